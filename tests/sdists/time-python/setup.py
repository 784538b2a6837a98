"""Writes the time of the build: as text and in a pickle."""

import datetime
import pathlib
import pickle
import time

from setuptools import setup

now = datetime.datetime.now()
lines = [now.isoformat(), str(time.time()), time.strftime("%Y-%m-%d %H:%M"), str(datetime.date.today())]
pathlib.Path("tiny/made.txt").write_text("\n".join(lines))
pathlib.Path("tiny/made.pickle").write_bytes(pickle.dumps(now))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.*"]})
