"""Counts characters with a tool that follows the locale."""

import pathlib
import subprocess

from setuptools import setup

pathlib.Path("text").write_text("\u00e9t\u00e9", encoding="utf-8")
subprocess.run("wc -m < text > tiny/made.txt", shell=True, check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
