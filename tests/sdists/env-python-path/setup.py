"""Uses a module where there is one."""

import pathlib

from setuptools import setup

try:
    from speedups import LEVEL
except ImportError:
    LEVEL = 0
pathlib.Path("tiny/made.txt").write_text(f"level {LEVEL}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
