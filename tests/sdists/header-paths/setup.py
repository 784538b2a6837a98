"""Includes a header of a build requirement; the header uses `__FILE__`."""

import headers

from setuptools import Extension, setup

extension = Extension("tiny.native", ["native.c"], include_dirs=[headers.get_include()], extra_compile_args=["-g0"])
setup(name="tiny", version="1.0", packages=["tiny"], ext_modules=[extension])
