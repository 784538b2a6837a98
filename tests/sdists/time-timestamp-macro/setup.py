"""Compiles `__TIMESTAMP__` of a generated file in; SOURCE_DATE_EPOCH has no influence on it."""

import shutil

from setuptools import Extension, setup

shutil.copyfile("native.c.in", "native.c")
extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g0"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
