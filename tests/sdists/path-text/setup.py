"""Writes the build directory as text: plain, in UTF-16, in JSON with escaped slashes, as an identifier."""

import json
import os
import pathlib
import re

from setuptools import setup

here = os.getcwd()
pathlib.Path("tiny/made.txt").write_text(f"built in {here}\n")
pathlib.Path("tiny/made.utf16").write_text(here, encoding="utf-16")
pathlib.Path("tiny/made.json").write_text(json.dumps({"place": here}).replace("/", "\\/"))
pathlib.Path("tiny/made.h").write_text("#define GUARD" + re.sub(r"\W", "_", here) + "\n")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.*"]})
