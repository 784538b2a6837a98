"""Ships a static archive made with `ar U`: it keeps the time, owner and mode of each object.

Newer versions of `ar` clamp the time to SOURCE_DATE_EPOCH where that is set.
"""

import os
import subprocess

from setuptools import setup

subprocess.run(["cc", "-g0", "-c", "answer.c"], check=True)
without = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
subprocess.run(["ar", "rcU", "tiny/libanswer.a", "answer.o"], check=True, env=without)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["libanswer.a"]})
