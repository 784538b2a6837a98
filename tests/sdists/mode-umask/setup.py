"""Writes the umask."""

import os
import pathlib

from setuptools import setup

umask = os.umask(0)
os.umask(umask)
pathlib.Path("tiny/made.txt").write_text(f"{umask:o}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
