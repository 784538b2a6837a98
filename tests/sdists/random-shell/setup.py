"""Records random numbers of the shell, which takes time and process numbers as seed."""

import pathlib
import subprocess

from setuptools import setup

command = ["bash", "-c", "echo $RANDOM $RANDOM $RANDOM"]
pathlib.Path("tiny/made.txt").write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
