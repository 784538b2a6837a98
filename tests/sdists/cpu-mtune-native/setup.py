"""Tunes for the CPU at hand, in both spellings."""

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g", "-mtune=native", "-mcpu=native"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
