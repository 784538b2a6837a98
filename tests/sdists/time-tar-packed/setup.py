"""Ships a tar file that `tar` packed: each member has its file's time and owner, under compression."""

import pathlib
import subprocess

from setuptools import setup

pathlib.Path("made.txt").write_text("the same at all times")
subprocess.run(["tar", "-czf", "tiny/made.tar.gz", "made.txt"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.tar.gz"]})
