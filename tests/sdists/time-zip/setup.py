"""Ships a zip file: each member has its file's time."""

import pathlib
import zipfile

from setuptools import setup

pathlib.Path("made.txt").write_text("the same at all times")
with zipfile.ZipFile("tiny/made.zip", "w") as archive:
    archive.write("made.txt")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.zip"]})
