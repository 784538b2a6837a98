"""Asks the linker for a random build id."""

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], extra_compile_args=["-g0"], extra_link_args=["-Wl,--build-id=uuid"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
