"""Ships an object that counts how often it runs, of a source that is named by its absolute path, as CMake does.

GCC checks counters by a sum over the names of the source files.
"""

import os
import subprocess

from setuptools import setup

here = os.getcwd()
source = [f"-I{here}/include", "-isystem", f"{here}/include", "-c", f"{here}/answer.c"]
subprocess.run(["cc", "-g0", "-O1", "--coverage", "-frandom-seed=1", *source], check=True)
subprocess.run(["ar", "rcs", "tiny/libanswer.a", "answer.o"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["libanswer.a"]})
