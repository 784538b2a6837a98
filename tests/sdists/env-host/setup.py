"""Writes on which host it is built."""

import os
import pathlib
import platform
import socket

from setuptools import setup

lines = [socket.gethostname(), platform.node(), platform.release(), os.uname().nodename]
pathlib.Path("tiny/made.txt").write_text("\n".join(lines))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
