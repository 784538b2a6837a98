"""What the lock says is what is imported, with its dependencies, extras and metadata."""

import importlib.metadata
import importlib.util

import words

assert words.words() == ["one", "two", "bravo"], words.words()
assert importlib.metadata.version("bravo") == "2.0"
# bravo asks for charlie[fast], and that for delta; what only other Pythons need is not there.
import charlie
import delta

assert charlie.NAME == "charlie"
assert delta.NAME == "delta"
assert importlib.util.find_spec("windows_only") is None
# Nothing else of the hub is on the path.
assert importlib.util.find_spec("shared_namespace") is None
