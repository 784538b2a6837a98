"""Compiles with compressed debug information."""

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g", "-gz"], extra_link_args=["-gz"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
