"""Records the time that another Python of the host says."""

import pathlib
import subprocess

from setuptools import setup

command = ["/usr/bin/python3", "-c", "import time; print(time.strftime('%Y-%m-%d %H:%M'))"]
pathlib.Path("tiny/made.txt").write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
