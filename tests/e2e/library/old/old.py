"""Runs in the oldest Python that is supported: a fetched wheel and a built one of a hub for it."""

import importlib.metadata
import sys

import lib_native
import other_name

assert sys.version_info[:2] == (3, 9), sys.version
assert other_name.__file__.endswith("site-packages/other_name/__init__.py"), other_name.__file__
assert lib_native.__file__.endswith(".cpython-39-x86_64-linux-gnu.so"), lib_native.__file__
for name in ["lib-plain", "lib-native"]:
    files = importlib.metadata.files(name)
    assert files and all(file.locate().exists() for file in files), (name, files)
