"""Generates a file, whose mode follows the umask."""

import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text("the same for all")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
