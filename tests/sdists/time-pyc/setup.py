"""Ships compiled modules: one beside its source, one alone."""

import pathlib
import py_compile

from setuptools import setup

pathlib.Path("tiny/made.py").write_text("ANSWER = 42\n")
py_compile.compile("tiny/made.py", doraise=True)
py_compile.compile("tiny/made.py", "tiny/alone.pyc", "alone.py", doraise=True)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["**/*.pyc"]})
