"""What generated requirements.bzl files load. Not for users: it may change with any release.

Phase: loading.
In: what a macro was called with. Out: what is wrong with it.
"""

load("//python/private/choice:requirement_names.bzl", _requirement_error = "requirement_error")

requirement_error = _requirement_error
