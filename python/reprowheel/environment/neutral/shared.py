"""Shared by the parts: the fixed values, and a class for functions that replace built-in ones."""

# mypy: ignore-errors

# `startup.py` replaces these two lines.
EPOCH = 315532800
ROOT = ""

HOST = "localhost"
USER = "reprowheel"
CPUS = 2


class Call:
    """A callable that does not become a method when it is an attribute of a class, as built-in functions do not."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        """Call the wrapped function."""
        return self._function(*args, **kwargs)
