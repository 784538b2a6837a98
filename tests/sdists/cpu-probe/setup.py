"""Looks up what this CPU can do."""

import pathlib

from setuptools import setup

words = pathlib.Path("/proc/cpuinfo").read_text().split()
pathlib.Path("tiny/made.txt").write_text("fast" if "avx2" in words else "slow")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
