"""Copies an interpreter to another prefix; a build with the copy shows whether the prefix changes the wheel."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.environment.interpreter import probe
from reprowheel.errors import BuildError

if TYPE_CHECKING:
    from reprowheel.environment.interpreter import Interpreter

__all__ = ["copy_interpreter"]

_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "test", "tests", "site-packages", "dist-packages", "idlelib", "turtledemo", "ensurepip", "*.a"
)


def copy_interpreter(interpreter: Interpreter, destination: Path) -> Path:
    """Copy executable, standard library, headers and shared libraries; return the executable.

    The `sysconfig` data of the copy name the new prefix, unless the old one is `/usr` or `/usr/local`, which other programs
    share.

    :raises BuildError: the copy does not use `destination` as its prefix.
    """
    prefix = interpreter.prefix
    executable = destination / "bin" / interpreter.name
    executable.parent.mkdir(parents=True)
    shutil.copyfile(interpreter.executable, executable)
    executable.chmod(0o755)
    for source in dict.fromkeys((interpreter.stdlib, interpreter.platstdlib)):
        target = destination / os.path.relpath(source, prefix)
        shutil.copytree(source, target, ignore=_LEFT_OUT, dirs_exist_ok=True, symlinks=False, ignore_dangling_symlinks=True)
    for include in dict.fromkeys((interpreter.include, interpreter.platinclude)):
        shutil.copytree(include, destination / "include" / os.path.basename(include), dirs_exist_ok=True)
    for header in Path(prefix, "include").glob(f"*/{os.path.basename(interpreter.include)}/pyconfig.h"):
        target = destination / header.relative_to(prefix)  # on Debian, the common header includes one for the architecture
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(header, target)
    for directory in dict.fromkeys((os.path.join(prefix, "lib"), interpreter.libdir)):
        for library in sorted(Path(directory).glob("libpython*.so*")):
            shutil.copyfile(library, destination / "lib" / library.name)
    if prefix not in {"/usr", "/usr/local"}:
        _configure(destination, prefix)
    found = probe(os.fspath(executable)).prefix
    if found != os.fspath(destination):
        msg = f"a copy of {interpreter.executable} keeps the prefix {found}"
        raise BuildError(msg)
    return executable


def _configure(destination: Path, prefix: str) -> None:
    """Write the new prefix into the `sysconfig` data of the copy."""
    pattern = re.compile(rf"(?<![\w/-])(?<![\w.]\.){re.escape(prefix)}(?=/|['\" ])|(?<=-[LI]){re.escape(prefix)}(?=/)")
    for data in destination.rglob("_sysconfigdata*.py"):
        data.write_text(pattern.sub(os.fspath(destination), data.read_text(encoding="utf-8")), encoding="utf-8")
