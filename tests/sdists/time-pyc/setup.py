"""Ships compiled modules: one beside its source, one alone."""

import pathlib
import py_compile

from setuptools import setup

pathlib.Path("tiny/made.py").write_text("ANSWER = 42\n")
form = py_compile.PycInvalidationMode.TIMESTAMP  # with SOURCE_DATE_EPOCH the default has no time
py_compile.compile("tiny/made.py", doraise=True, invalidation_mode=form)
py_compile.compile("tiny/made.py", "tiny/alone.pyc", "alone.py", doraise=True, invalidation_mode=form)
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["**/*.pyc"]})
