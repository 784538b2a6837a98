"""Uses two packages that were built from their sdists, one of them with its C extension."""

import importlib.metadata

import markupsafe
import six
from markupsafe import _speedups

assert markupsafe._escape_inner is _speedups._escape_inner, "the C extension is not what escapes"
assert markupsafe.escape("a < b") == "a &lt; b"
assert not six.PY2
assert importlib.metadata.version("six") == six.__version__
