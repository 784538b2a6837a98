"""Writes random numbers and identifiers."""

import pathlib
import random
import uuid

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(f"{random.random()} {uuid.uuid4()} {uuid.uuid1()}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
