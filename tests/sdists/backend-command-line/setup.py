"""Writes the command line that it was started with."""

import pathlib
import sys

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text("\n".join(sys.orig_argv))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
