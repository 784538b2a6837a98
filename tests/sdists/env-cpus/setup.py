"""Writes how many processors there are."""

import multiprocessing
import os
import pathlib

from setuptools import setup

counts = [os.cpu_count(), multiprocessing.cpu_count(), len(os.sched_getaffinity(0))]
pathlib.Path("tiny/made.txt").write_text(repr(counts))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
