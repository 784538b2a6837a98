"""Checks a built wheel: no trace of the build path, no undeclared input from the host, metadata as in the build lock."""
