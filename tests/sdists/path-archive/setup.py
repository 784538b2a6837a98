"""Ships a static archive whose object has debug information."""

import subprocess

from setuptools import setup

subprocess.run(["cc", "-g", "-c", "answer.c"], check=True)
subprocess.run(["ar", "rcs", "tiny/libanswer.a", "answer.o"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["libanswer.a"]})
