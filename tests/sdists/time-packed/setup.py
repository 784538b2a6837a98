"""Ships archives that Python packed: a tar file under compression, a zip file in a zip file."""

import pathlib
import tarfile
import zipfile

from setuptools import setup

pathlib.Path("made.txt").write_text("the same at all times")
with tarfile.open("tiny/made.tar.xz", "w:xz") as archive:
    archive.add("made.txt")
for name, member in (("inner.zip", "made.txt"), ("tiny/made.zip", "inner.zip")):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(member)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.tar.xz", "made.zip"]})
