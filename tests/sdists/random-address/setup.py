"""Writes the address of an object."""

import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(repr(object()))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
