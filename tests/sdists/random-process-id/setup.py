"""Writes the number of its process."""

import os
import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(str(os.getpid()))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
