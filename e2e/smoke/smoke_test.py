"""Uses two packages that were built from their sdists, one of them with its C extension."""

import importlib.metadata

import markupsafe
import six
from markupsafe import _speedups

assert markupsafe._escape_inner is _speedups._escape_inner, "the C extension is not what escapes"
assert markupsafe.escape("a < b") == "a &lt; b"
assert six.PY3
assert {name: importlib.metadata.version(name) for name in ("markupsafe", "six")} == {"markupsafe": "3.0.4", "six": six.__version__}
