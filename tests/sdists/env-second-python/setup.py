"""Generates a file with the `python3` on PATH."""

import subprocess

from setuptools import setup

subprocess.run("python3 -c 'print(42)' > tiny/made.txt", shell=True, check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
