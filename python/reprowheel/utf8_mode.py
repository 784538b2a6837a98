"""Brings the helper into Python's UTF-8 mode (PEP 540), so that names and texts do not depend on the locale.

See docs/decisions.md, "UTF-8 mode".
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from reprowheel.errors import UsageError

__all__ = ["ensure_utf8_mode", "ensure_utf8_names"]

_OPTION = [b"-X", b"utf8"]


def ensure_utf8_mode() -> None:
    """Start this program again in UTF-8 mode, unless it is in it already; then this function does not return.

    The arguments are passed on as the bytes that they were: what Python has made of them depends on the locale. The first
    option counts, so `-X utf8=0` of the caller does not. An interpreter that does not know the mode goes on as it is.
    """
    if sys.flags.utf8_mode:
        return
    try:
        words = Path("/proc/self/cmdline").read_bytes().split(b"\0")[1:-1]
    except OSError:
        words = [os.fsencode(word) for word in sys.orig_argv[1:]]
    if words[:2] != _OPTION:
        os.execv(sys.executable, [os.fsencode(sys.executable), *_OPTION, *words])  # noqa: S606 - the same program


def ensure_utf8_names() -> None:
    """Raise unless the names of files are UTF-8 in this process; else names in archives would depend on the locale.

    :raises UsageError: a program that uses the Python API runs in another locale, without UTF-8 mode.
    """
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8":
        msg = f"names of files are {encoding} in this process; expected utf-8, since results would depend on the locale"
        raise UsageError(msg, tip="Start Python in UTF-8 mode: python3 -X utf8, or PYTHONUTF8=1.")
