"""Asks pip for its configuration."""

import pathlib
import subprocess
import sys

from setuptools import setup

command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
lines = [line for line in shown.splitlines() if line.startswith(("global.", "env.PIP_INDEX", ":env:.index", ":env:.cache"))]
cache = subprocess.run([*command[:-2], "cache", "dir"], check=True, capture_output=True, text=True).stdout
pathlib.Path("tiny/made.txt").write_text("\n".join([*lines, cache]))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
