"""Ships a file with a zip archive in its middle; in that is a compressed tar file, and in that the build directory."""

import io
import os
import pathlib
import tarfile
import zipfile

from setuptools import setup

text = (os.getcwd() + "\n").encode()
member = tarfile.TarInfo("made.txt")
member.size = len(text)
inner, outer = io.BytesIO(), io.BytesIO()
with tarfile.open(fileobj=inner, mode="w:gz") as archive:
    archive.addfile(member, io.BytesIO(text))
with zipfile.ZipFile(outer, "w") as archive:
    archive.writestr(zipfile.ZipInfo("inner.tar.gz"), inner.getvalue())
pathlib.Path("tiny/made.bin").write_bytes(b"HEAD" + outer.getvalue() + b"TAIL")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.bin"]})
