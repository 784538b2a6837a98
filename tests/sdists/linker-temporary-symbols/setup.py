"""Compiles, assembles and links in one step: the symbol table names the temporary object files."""

import subprocess

from setuptools import setup

subprocess.run(["cc", "-shared", "-fPIC", "-o", "tiny/native.so", "one.c", "two.s"], check=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["native.so"]})
