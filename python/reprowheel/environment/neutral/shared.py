"""What the parts share: the values that everything is fixed to, and what stands for a built-in function."""

# mypy: ignore-errors

# `startup.py` replaces these two lines.
EPOCH = 315532800
ROOT = ""

HOST = "localhost"
USER = "reprowheel"
CPUS = 2


class Call:
    """A callable that, like a built-in function, does not become a method when a class holds it."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        """Call the function."""
        return self._function(*args, **kwargs)
