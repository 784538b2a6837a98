"""Records an inode number, which the kernel counts."""

import os
import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(str(os.fstat(os.pipe()[0]).st_ino))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
