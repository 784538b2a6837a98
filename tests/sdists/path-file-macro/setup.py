"""Finds a header by an absolute path; the header uses `__FILE__` and `assert`."""

import os

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], include_dirs=[os.path.abspath("include")], extra_compile_args=["-g0", "-UNDEBUG"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
