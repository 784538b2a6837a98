"""Copies the source tree to a temporary directory and builds there."""

import os
import shutil
import tempfile

from setuptools import build_meta


def build_wheel(directory, settings=None, metadata=None):
    with tempfile.TemporaryDirectory(prefix="tiny-") as temporary:
        shutil.copytree(".", os.path.join(temporary, "source"))
        os.chdir(os.path.join(temporary, "source"))
        return build_meta.build_wheel(directory, settings)
