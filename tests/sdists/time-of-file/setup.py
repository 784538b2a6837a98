"""Records when a generated file was made."""

import os
import pathlib

from setuptools import setup

made = pathlib.Path("tiny/made.txt")
made.write_text("")
made.write_text(f"made {int(os.stat(made).st_mtime)}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
