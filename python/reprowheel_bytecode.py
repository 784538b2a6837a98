"""Compiles the helper and what it imports, once, for all actions of one interpreter.

argv: `OUT [--wheel FILE]… SOURCE…`. Each FILE is a pure-Python wheel, each SOURCE a file of the helper.
env: `PYTHONHASHSEED`, which must be set: sets in bytecode are in their own order.
Writes: OUT: the interpreter's magic number, and a marshalled dict of bytecode by name: `reprowheel/x.py`, or
`NAME.whl/x.py` for what is in a wheel (`reprowheel_launch.py` reads it). Equal inputs give equal bytes.
Exit codes: 0; 2 for wrong use. What does not compile is left out, and fails where it is imported.
"""

from __future__ import annotations

import marshal
import os
import sys
import zipfile
from importlib.util import MAGIC_NUMBER

__all__ = ["compile_all", "main"]

_HERE = os.path.dirname(os.path.abspath(__file__))


def compile_all(wheels: list[str], sources: list[str]) -> dict[str, bytes]:
    """Return the bytecode of everything, in order of names."""
    texts: dict[str, bytes] = {}
    for source in sources:
        if source.endswith(".py"):
            with open(source, "rb") as file:
                texts[_name(source)] = file.read()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            texts |= {f"{os.path.basename(wheel)}/{m}": archive.read(m) for m in archive.namelist() if m.endswith(".py")}
    found = {}
    for name in sorted(texts):
        try:
            found[name] = marshal.dumps(compile(texts[name], name, "exec", dont_inherit=True))
        except (SyntaxError, ValueError):
            continue
    return found


def _name(source: str) -> str:
    """Return what comes after the folder of this file, as the launcher beside it will see it."""
    return os.path.relpath(os.path.abspath(source), _HERE).replace(os.sep, "/")


def main(argv: list[str]) -> int:
    """Compile and write."""
    wheels, sources, rest = [], [], argv[1:]
    while rest:
        word = rest.pop(0)
        if word == "--wheel" and rest:
            wheels.append(rest.pop(0))
        else:
            sources.append(word)
    if not argv or not sources or sources[0].startswith("--"):
        print("ERROR reprowheel_bytecode.py: expected OUT [--wheel FILE]... SOURCE...", file=sys.stderr)  # noqa: T201 - a command line
        return 2
    with open(argv[0], "wb") as file:
        file.write(MAGIC_NUMBER)
        marshal.dump(compile_all(wheels, sources), file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
