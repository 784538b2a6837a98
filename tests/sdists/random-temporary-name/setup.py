"""Writes the name of a temporary directory."""

import pathlib
import tempfile

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(tempfile.mkdtemp())
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
