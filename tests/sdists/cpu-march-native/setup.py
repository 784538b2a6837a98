"""Compiles for the CPU at hand."""

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g0", "-O3", "-march=native"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
