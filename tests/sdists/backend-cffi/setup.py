"""Lets cffi compile in a temporary directory and ships what came out."""

import shutil
import tempfile

from cffi import FFI
from setuptools import Distribution, setup


class BinaryDistribution(Distribution):
    def has_ext_modules(self):
        return True


builder = FFI()
builder.cdef("int answer(void);")
builder.set_source("native", "int answer(void) { return 42; }", extra_compile_args=["-g"])
shutil.copy(builder.compile(tmpdir=tempfile.mkdtemp()), "tiny")
setup(
    name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["*.so"]}, distclass=BinaryDistribution
)
