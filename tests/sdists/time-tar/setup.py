"""Ships a tar file: each member has its file's time and owner."""

import pathlib
import tarfile

from setuptools import setup

pathlib.Path("made.txt").write_text("the same at all times")
with tarfile.open("tiny/made.tar", "w") as archive:
    archive.add("made.txt")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.tar"]})
