"""Records for how long the machine has run."""

import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(pathlib.Path("/proc/uptime").read_text())
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
