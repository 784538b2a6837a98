"""Runs two jobs at once; both append to one file."""

import subprocess

from setuptools import setup

jobs = [
    subprocess.Popen(["sh", "-c", "sleep 0.1; echo $0 >> tiny/made.txt", name]) for name in ("first", "second")
]
for job in jobs:
    job.wait()
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
