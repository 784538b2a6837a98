"""The default Python's lock is used."""

import importlib.util

import alpha_data
import delta

assert alpha_data.words() == ["one", "two"]
assert delta.NAME == "delta"
assert importlib.util.find_spec("backport") is None
