"""Records the order of a set in an isolated child, which ignores PYTHONHASHSEED, and in one without an environment."""

import pathlib
import subprocess
import sys

from setuptools import setup

CODE = "print(list({f'name{number}' for number in range(20)}))"


def ask(*options, **more):
    """Return what a child prints."""
    return subprocess.run([sys.executable, *options, "-c", CODE], check=True, capture_output=True, text=True, **more).stdout


made = [ask("-I"), ask("-ISB"), ask("-EsB"), ask(env={})]
pathlib.Path("tiny/made.txt").write_text("".join(made))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
