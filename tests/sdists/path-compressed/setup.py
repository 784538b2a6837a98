"""Hides the build directory in zlib-compressed data."""

import os
import pathlib
import zlib

from setuptools import setup

pathlib.Path("tiny/made.bin").write_bytes(zlib.compress(f"built in {os.getcwd()}".encode()))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.bin"]})
