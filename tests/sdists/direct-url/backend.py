"""Leaves a `direct_url.json` with a hash of the place of the build, as front ends do for what they fetched."""

import hashlib
import os
import zipfile

from setuptools import build_meta


def build_wheel(directory, settings=None, metadata=None):
    name = build_meta.build_wheel(directory, settings)
    place = hashlib.sha256(os.getcwd().encode()).hexdigest()
    with zipfile.ZipFile(f"{directory}/{name}", "a") as archive:
        archive.writestr("tiny-1.0.dist-info/direct_url.json", f'{{"url": "file:///{place}"}}')
    return name
