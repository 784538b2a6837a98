"""Ships a file that `gzip` packed, whose header has the file's time, and its digest."""

import hashlib
import pathlib
import subprocess

from setuptools import setup

packed = pathlib.Path("tiny/made.txt.gz")
pathlib.Path("tiny/made.txt").write_text("the same at all times")
subprocess.run(["gzip", "--force", "tiny/made.txt"], check=True)
pathlib.Path("tiny/made.sum").write_bytes(hashlib.sha512(packed.read_bytes()).digest())
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.*"]})
