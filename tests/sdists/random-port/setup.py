"""Records two ports that were free."""

import pathlib
import socket

from setuptools import setup

sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
pathlib.Path("tiny/made.txt").write_text(repr([one.getsockname()[1] for one in sockets]))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
