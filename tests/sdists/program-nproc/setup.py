"""Asks `nproc` for the number of processors."""

import subprocess

from setuptools import setup

subprocess.run("nproc > tiny/made.txt", shell=True, check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
