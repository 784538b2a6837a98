"""Asks pip for its configuration and its cache."""

import pathlib
import subprocess
import sys

from setuptools import setup

pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
answers = [
    subprocess.run([*pip, *question], check=True, capture_output=True, text=True).stdout
    for question in (["config", "list"], ["cache", "dir"])
]
pathlib.Path("tiny/made.txt").write_text("".join(answers))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
