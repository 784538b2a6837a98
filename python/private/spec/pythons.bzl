"""Which Pythons wheels can be for.

Phase: any (pure functions).
In: a version. Out: what is wrong with it.
"""

visibility(["//python/...", "//tests/starlark/..."])

_OLDEST = 9

def _numbers(version):
    """Gives the numbers of a Python 3 version, such as [3, 12]; None for another text."""
    parts = version.split(".")
    if len(parts) not in [2, 3] or parts[0] != "3" or [part for part in parts if not part.isdigit()]:
        return None
    return [int(part) for part in parts]

def python_version_error(version):
    """Checks the version of a target's Python.

    Args:
      version: (str) such as `3.12` or `3.12.4`.

    Returns:
      (str) what is wrong with it and how to fix it, or empty.
    """
    numbers = _numbers(version)
    plain = version.removesuffix("-freethreaded").removesuffix("t")
    if not numbers and _numbers(plain):
        return ("a free-threaded Python is a platform; expected the version alone. To fix: python_version = \"{}\", " +
                "target_platforms = [\"linux_x86_64_freethreaded\"].").format(plain)
    if not numbers:
        return "expected for example 3.12."
    if numbers[1] < _OLDEST:
        return ("wheels are built for CPython 3.{} and newer; expected one of these. To fix: lock for a newer Python, and write " +
                "its version here.").format(_OLDEST)
    return ""

def old_python_error(version):
    """Says that a toolchain's Python is too old.

    Args:
      version: (str) such as `3.8`; empty if the toolchain does not say.

    Returns:
      (str) a message, or empty.
    """
    numbers = _numbers(version)
    if not numbers or numbers[1] >= _OLDEST:
        return ""
    return ("the Python toolchain is {}; expected CPython 3.{} or newer. To fix: a toolchain of a newer Python, and a lock for " +
            "it.").format(version, _OLDEST)
