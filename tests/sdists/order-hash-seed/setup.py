"""Writes a set."""

import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(repr({"one", "two", "three", "four", "five", "six"}))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
