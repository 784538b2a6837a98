"""Compiles in what a header says where the host has it."""

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g0"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
