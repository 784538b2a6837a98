"""Ships a static archive with an object for link-time optimization."""

import subprocess

from setuptools import setup

subprocess.run(["cc", "-g0", "-O2", "-flto", "-ffat-lto-objects", "-c", "answer.c"], check=True)
subprocess.run(["ar", "rcs", "tiny/libanswer.a", "answer.o"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["libanswer.a"]})
