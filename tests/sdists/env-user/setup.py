"""Writes who builds, and where they are at home."""

import getpass
import os
import pathlib

from setuptools import setup

lines = [getpass.getuser(), os.path.expanduser("~"), os.environ["USER"]]
pathlib.Path("tiny/made.txt").write_text("\n".join(lines))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
