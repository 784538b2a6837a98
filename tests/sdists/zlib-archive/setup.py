"""Compresses as zlib does: there is more than one zlib."""

import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text("".join(str(number * number) for number in range(3000)))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
