"""Records the compiler's command line, which names the build directory."""

import os

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g0", "-frecord-gcc-switches", "-fprofile-dir=" + os.getcwd()])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
