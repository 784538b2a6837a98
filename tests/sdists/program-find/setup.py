"""Lists files with `find`."""

import subprocess

from setuptools import setup

subprocess.run("find data -type f > tiny/made.txt", shell=True, check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
