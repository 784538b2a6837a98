"""Records the time that the module in C behind `datetime` says."""

import _datetime
import pathlib

from setuptools import setup

pathlib.Path("tiny/made.txt").write_text(f"{_datetime.datetime.now():%Y-%m-%d %H:%M} {_datetime.date.today()}")
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
