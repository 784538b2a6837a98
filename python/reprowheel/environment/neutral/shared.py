"""Shared by the parts: the fixed values, and a class for functions that replace built-in ones."""

# mypy: ignore-errors

# `startup.py` replaces these lines. STARTED is the real time of the build's start if the epoch lies in the future, else None; the
# times of the sdist's files go with it.
EPOCH = 315532800
ROOT = ""
STARTED = None
SDIST_TIMES = frozenset()

HOST = "localhost"
USER = "reprowheel"
CPUS = 2


def command_line():
    """Return the words with which this process was started."""
    import os
    import sys

    words = getattr(sys, "orig_argv", None)  # since Python 3.10
    if words is not None:
        return words
    file, text = os.open("/proc/self/cmdline", os.O_RDONLY), b""  # without `site`, there is no `open` yet
    while piece := os.read(file, 1 << 16):
        text += piece
    os.close(file)
    return [os.fsdecode(word) for word in text.split(b"\0")[:-1]]


class Call:
    """A callable that does not become a method when it is an attribute of a class, as built-in functions do not."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        """Call the wrapped function."""
        return self._function(*args, **kwargs)
