"""Asks the system for random bytes."""

import os
import pathlib
import secrets

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(f"{os.urandom(8).hex()} {secrets.token_hex(8)}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
