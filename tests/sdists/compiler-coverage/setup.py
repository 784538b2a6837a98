"""Ships a static archive with an object that counts how often it runs; counters carry a stamp."""

import subprocess

from setuptools import setup

subprocess.run(["cc", "-g0", "-O1", "--coverage", "-c", "answer.c"], check=True)
subprocess.run(["ar", "rcs", "tiny/libanswer.a", "answer.o"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["libanswer.a"]})
