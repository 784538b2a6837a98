"""Generates a file, which is packed with the time it was made."""

import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text("the same at all times")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
