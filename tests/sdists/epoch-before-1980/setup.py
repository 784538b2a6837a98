"""Packs a zip file with the time that it was told to build at. All files of the sdist are from 1970."""

import os
import time
import zipfile

from setuptools import setup

when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))
with zipfile.ZipFile("tiny/made.zip", "w") as archive:
    archive.writestr(zipfile.ZipInfo("made.txt", when[:6]), "made")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.zip"]})
