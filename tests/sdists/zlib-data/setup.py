"""Ships data that zlib compressed."""

import pathlib
import zlib

from setuptools import setup

text = "".join(str(number * number) for number in range(3000))
pathlib.Path("tiny/made.bin").write_bytes(zlib.compress(text.encode()))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.bin"]})
