"""Underlines a heading that is the build directory."""

import os
import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text("=" * len(os.getcwd()) + "\n")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
