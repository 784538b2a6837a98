"""Writes a command of the helper for messages, in the form in which the user started it."""

from __future__ import annotations

import os
import shlex

__all__ = ["command"]


def command(verb: str, *words: object) -> str:
    """Return a command line: `reprowheel VERB …`, or the same by `bazel run`, where that has started this process."""
    bazel = "BUILD_WORKING_DIRECTORY" in os.environ  # `bazel run` sets it
    start = ["bazel", "run", f"@rules_reprowheel//tools:{verb}", "--"] if bazel else ["reprowheel", verb]
    return shlex.join([*start, *map(str, words)])
