"""Ships a static archive made with `ar U`: it keeps the time, owner and mode of each object."""

import subprocess

from setuptools import setup

subprocess.run(["cc", "-g0", "-c", "answer.c"], check=True)
subprocess.run(["ar", "rcU", "tiny/libanswer.a", "answer.o"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["libanswer.a"]})
