"""Records how long something took, by a clock that counts from the machine's start."""

import pathlib
import time

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(f"{time.perf_counter_ns()} {time.monotonic_ns()}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
