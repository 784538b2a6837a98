"""Leaves a temporary file in the package, and packs all files of the package."""

import tempfile

from setuptools import setup

with tempfile.NamedTemporaryFile(prefix="made-", dir="tiny", delete=False) as stray:
    stray.write(b"left behind")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["*"]})
