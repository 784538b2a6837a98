"""Includes sources in the order in which the directory lists them."""

import glob

from setuptools import Extension, setup

sources = glob.glob("src/*.c")
included = "".join(f'#include "{source}"\n' for source in sources)
open("included.h", "w").write(included)
setup(
    name="tiny",
    version="1.0",
    packages=["tiny"],
    ext_modules=[Extension("tiny.native", ["native.c"], include_dirs=["."], extra_compile_args=["-g0"])],
)
