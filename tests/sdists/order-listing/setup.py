"""Records files in the order of `os.listdir`, `os.walk`, `os.scandir` and `pathlib`."""

import os
import pathlib

from setuptools import setup

listings = [
    os.listdir("data"),
    [files for _, _, files in os.walk("data")],
    [entry.name for entry in os.scandir("data")],
    [path.name for path in pathlib.Path("data").iterdir()],
]
pathlib.Path("tiny/made.txt").write_text("".join(f"{listing}\n" for listing in listings))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
