"""The one reader of TOML locks: pylock.toml and uv.lock as a list of locked distributions, with markers as texts.

It imports nothing but the standard library and itself. The helper imports it, and the module extension runs it with the
host's Python (`python/private/lock/toml.bzl`), which has no other package of the helper.
"""
