"""Outside tools that judge the normalizer (binutils, elfutils, gdb), and the C files that it is tried on."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

__all__ = ["MAIN", "SOURCE", "build_id", "compile_c", "loaded_bytes", "loads", "run", "sections"]

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES = {"gdb": "gdb", "patchelf": "patchelf", "gcc": "gcc"}

SOURCE = """\
#include <stdio.h>
#include <string.h>

static int calls;
int table[64] = {1, 2, 3};
__thread int per_thread = 7;
const char *where(void) { return __FILE__; }

static __attribute__((noinline)) int helper(int a) { calls += a; return table[a % 64]; }

int add(int a, int b)
{
    per_thread += a;
    return helper(a) - table[a % 64] + a + b;
}
"""
"""A shared object's source; `add` is at line 11 and `add(2, 3)` is 5."""

MAIN = SOURCE + "int main(void) { return add(40, 2) == 42 ? 0 : 1; }\n"
"""The same as a program that exits with 0."""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run an outside tool and return what it printed; its absence or failure fails the test."""
    name = str(command[0])
    if shutil.which(name) is None:
        package = "elfutils" if name.startswith("eu-") else _PACKAGES.get(name, "binutils")
        pytest.fail(f"{name} is needed as an independent reference: install the package {package}")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}"
    return done.stdout


def compile_c(
    folder: Path, name: str, *flags: str, source: str = SOURCE, shared: bool = True, extra: Sequence[str] = ()
) -> Path:
    """Compile `source` as `sample.c` in `folder` and return the path of the result there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sample.c").write_text(source)
    kind = ["-shared", "-fPIC"] if shared else []
    run("gcc", "-O1", *kind, *flags, "-o", name, "sample.c", *extra, cwd=folder)
    return folder / name


def sections(path: Path) -> dict[str, tuple[int, ...]]:
    """Return readelf's view: name → (type as text is dropped) address, offset, size; only sections with a name."""
    found = {}
    for line in run("readelf", "-SW", path).splitlines():
        if match := re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+([0-9a-f]{8,16})\s+([0-9a-f]+)\s+([0-9a-f]+)\s", line):
            found[match[1]] = tuple(int(number, 16) for number in match.groups()[1:])
    return found


def loads(path: Path) -> list[tuple[int, ...]]:
    """Return readelf's view of the PT_LOAD segments: offset, address, file size, memory size."""
    found = []
    for line in run("readelf", "-lW", path).splitlines():
        if line.strip().startswith("LOAD"):
            offset, address, _, file_size, memory_size = line.split()[1:6]
            found.append(tuple(int(number, 16) for number in (offset, address, file_size, memory_size)))
    return found


def build_id(path: Path) -> str:
    """Return readelf's view of the build-id, or nothing."""
    match = re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-nW", path))
    return match[1] if match else ""


def loaded_bytes(path: Path) -> list[bytes]:
    """Return the bytes of all PT_LOAD segments, the build-id and the ELF header's section fields set to zero."""
    data = bytearray(path.read_bytes())
    if ".note.gnu.build-id" in (found := sections(path)):
        _, offset, size = found[".note.gnu.build-id"]
        data[offset + 16 : offset + size] = bytes(size - 16)
    data[40:48] = bytes(8)  # e_shoff
    data[60:64] = bytes(4)  # e_shnum, e_shstrndx
    return [bytes(data[offset : offset + size]) for offset, _, size, _ in loads(path)]
