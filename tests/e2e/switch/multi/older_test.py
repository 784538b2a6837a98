"""The other Python's lock is used: another version, and a package that only it has."""

import importlib.metadata

import backport
import delta

assert delta.NAME == "older delta"
assert importlib.metadata.version("delta") == "3.0"
