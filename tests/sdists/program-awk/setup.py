"""Records random numbers of awk, which takes the time as seed."""

import pathlib
import subprocess

from setuptools import setup

command = ["awk", "BEGIN { srand(); print rand(), rand() }"]
pathlib.Path("tiny/made.txt").write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
