"""Compiles the build directory in as a string and as a UTF-16 literal."""

import os

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], define_macros=[("PLACE", f'"{os.getcwd()}"')], extra_compile_args=["-g0"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
