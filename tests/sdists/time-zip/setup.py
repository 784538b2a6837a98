"""Ships a zip file: its member has the file's time, asked for by hand."""

import os
import pathlib
import time
import zipfile

from setuptools import setup

pathlib.Path("made.txt").write_text("the same at all times")
member = zipfile.ZipInfo("made.txt", time.gmtime(os.stat("made.txt").st_mtime)[:6])
with zipfile.ZipFile("tiny/made.zip", "w") as archive:
    archive.writestr(member, "the same at all times")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.zip"]})
