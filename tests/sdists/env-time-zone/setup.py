"""Writes a fixed moment in local time."""

import pathlib
import time

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(time.strftime("%c", time.localtime(1_000_000_000)))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
