"""Ships an object whose debug information names the interpreter's headers."""

import subprocess
import sysconfig

from setuptools import setup

include = sysconfig.get_path("include")
subprocess.run(["cc", "-g", "-O1", "-I", include, "-c", "native.c", "-o", "tiny/native.o"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["native.o"]})
