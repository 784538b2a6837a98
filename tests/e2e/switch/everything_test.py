"""All packages of the lock work together."""

import importlib.metadata
import importlib.util

import native
import shared_namespace.one
import shared_namespace.two

assert native.answer() == 42
assert (shared_namespace.one.NAME, shared_namespace.two.NAME) == ("one", "two")
names = {d.metadata["Name"] for d in importlib.metadata.distributions() if "site-packages" in str(d.locate_file(""))}
assert {"alpha-data", "bravo", "charlie", "delta", "native", "ns-one", "ns-two", "ring-one", "ring-two"} <= names, names
assert "windows-only" not in names
