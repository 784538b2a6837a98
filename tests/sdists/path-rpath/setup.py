"""Links with a run path in the build directory."""

import os

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], runtime_library_dirs=[os.path.abspath("lib")], extra_compile_args=["-g0"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
