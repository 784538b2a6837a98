"""Starts the helper inside a Bazel action, without installing anything.

argv: `[--bytecode FILE] [--wheel FILE]… [--facts JSON] -- VERB …`. Each wheel is a pure-Python one, or a directory of such, that
goes on `sys.path`; bytecode of helper and wheels is what `reprowheel_bytecode.py` made of the same files; what follows `--` are
the helper's own arguments (see `reprowheel.__main__`). Nothing here reads `--facts`: it tells Bazel's execution log, which has
digests of files only, what is in files that the action reads.
env: nothing.
Writes: nothing of its own.
Exit codes: the helper's; 2 for wrong use, 130 after an interrupt.

An older Python than the helper needs can read this file, and says so.
"""

from __future__ import annotations

import marshal
import os
import sys
import zipimport
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["main", "split_arguments", "use_bytecode"]

_OLDEST = (3, 11)
_TOO_OLD = (
    "ERROR reprowheel_launch.py: {} is Python {}.{}; expected CPython 3.11 or newer for the helper. To fix: name one with "
    "--@rules_reprowheel//python/config_settings:helper_python"
)


def split_arguments(argv: list[str]) -> tuple[list[str], str, list[str]]:
    """Split `argv` into the wheels, the file of bytecode, and the helper's arguments.

    :raises ValueError: something other than these options stands before `--`, or there is no `--`.
    """
    wheels: list[str] = []
    bytecode = ""
    rest = list(argv)
    while rest:
        option = rest.pop(0)
        if option == "--":
            return wheels, bytecode, rest
        if option not in ("--wheel", "--bytecode", "--facts") or not rest:
            break
        value = rest.pop(0)
        if option == "--wheel":
            wheels.append(value)
        elif option == "--bytecode":
            bytecode = value
    msg = "expected [--bytecode FILE] [--wheel FILE]... [--facts JSON] -- VERB ..."
    raise ValueError(msg)


def use_bytecode(path: str, folder: str) -> None:
    """Let what is imported from `folder` and from wheels not be compiled again.

    Actions run where no bytecode is kept, and modules in wheels have none: compiling them took a third of the start.
    Bytecode of another version of Python is left alone.
    """
    with open(path, "rb") as file:
        if file.read(len(MAGIC_NUMBER)) != MAGIC_NUMBER:
            return
        known: dict[str, bytes] = marshal.load(file)  # noqa: S302 - an action's input, as the sources are
    compiled, zipped = SourceFileLoader.get_code, zipimport.zipimporter.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        name = str(self.path)
        found = known.get(name[len(folder) + 1 :]) if name.startswith(folder + "/") else None
        return compiled(self, fullname) if found is None else marshal.loads(found)  # noqa: S302

    def get_zipped_code(self: Any, fullname: str) -> CodeType:  # noqa: ANN401 - its attributes are in no stub
        name = f"{os.path.basename(self.archive)}/{self.prefix}{fullname.rpartition('.')[2]}"
        found = known.get(f"{name}/__init__.py") or known.get(f"{name}.py")
        return zipped(self, fullname) if found is None else marshal.loads(found)  # noqa: S302

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
    zipimport.zipimporter.get_code = get_zipped_code  # type: ignore[method-assign]


def _import_path(wheel: str) -> str:
    """Return the absolute path that `sys.path` gets for a wheel."""
    path = os.path.abspath(wheel)
    if not os.path.exists(path):
        msg = f"{wheel}: no such wheel"
        raise ValueError(msg)
    return path


def main(argv: list[str]) -> int:
    """Put wheels and helper on `sys.path`, run the helper, return its exit code."""
    if sys.version_info[:2] < _OLDEST:
        print(_TOO_OLD.format(sys.executable, *sys.version_info[:2]), file=sys.stderr)  # noqa: T201 - a command line
        return 2
    try:
        wheels, bytecode, arguments = split_arguments(argv)
        paths = [_import_path(wheel) for wheel in wheels]
        here = os.path.dirname(os.path.abspath(__file__))
        if bytecode:
            use_bytecode(bytecode, here)
    except (OSError, ValueError) as e:
        print(f"ERROR reprowheel_launch.py: {e}", file=sys.stderr)  # noqa: T201 - a command line
        return 2
    # The folder of this file holds the package; the host's own site-packages come after all of it.
    sys.path[:0] = [here, *paths]
    try:
        if not sys.flags.utf8_mode:  # actions start it so; others may not
            from reprowheel.utf8_mode import ensure_utf8_mode  # noqa: PLC0415

            ensure_utf8_mode()
        from reprowheel.__main__ import main as helper  # noqa: PLC0415 - only importable from here on

        return helper(arguments)
    except KeyboardInterrupt:  # while modules are imported; later the helper itself ends so
        return 130


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
