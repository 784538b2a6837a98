"""Ships a file that `gzip` packed: its header has the file's time."""

import pathlib
import subprocess

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text("the same at all times")
subprocess.run(["gzip", "--force", "tiny/made.txt"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt.gz"]})
