"""Imports what the lock has, among it all C extensions."""

import importlib

NAMES = """
alembic bs4 celery charset_normalizer docopt flask httpx itsdangerous markupsafe._speedups msgpack._cmsgpack
multidict._multidict psutil pydantic requests rich simplejson._speedups sqlalchemy tabulate wrapt yaml._yaml
"""
loaded = {name: importlib.import_module(name) for name in NAMES.split()}
assert str(loaded["markupsafe._speedups"]._escape_inner("<")) == "&lt;"
msgpack = importlib.import_module("msgpack")
assert msgpack.unpackb(msgpack.packb({"a": [1, 2.5]})) == {"a": [1, 2.5]}
