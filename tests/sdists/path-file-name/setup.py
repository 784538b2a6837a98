"""Names a file after the build directory."""

import os
import pathlib

from setuptools import setup

pathlib.Path("tiny", "made" + os.getcwd().replace("/", "-")).write_text("")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made*"]})
