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

def _guess(version):
    """Gives the version that a text of another form means, such as 3.14 for `cp314` or `3.14.0rc1`; empty if none."""
    text = version.lower().lstrip("abcdefghijklmnopqrstuvwxyz=<>~!^ ").replace("_", ".").replace("-", ".")
    parts = text.split(".")
    minor = parts[1] if parts[1:] else (parts[0][1:] if parts[0] not in ["3", "2"] else "")
    minor = minor[:len(minor) - len(minor.lstrip("0123456789"))]
    return "3." + minor if text.startswith("3") and minor and len(minor) < 3 and int(minor) >= _OLDEST else ""

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
        guess = _guess(version)
        return "expected for example 3.12." + (" To fix: python_version = \"{}\".".format(guess) if guess else "")
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
