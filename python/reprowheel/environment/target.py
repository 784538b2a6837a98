"""Computes the wheel tags (PEP 425, PEP 600, PEP 656) of the interpreter of a build.

The interpreter itself tells only what it is (`entering/describe.py`), as it may be older than any library of the helper.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from packaging.tags import compatible_tags, cpython_tags, mac_platforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.environment.interpreter import Interpreter

__all__ = ["abis", "platforms", "release_of", "wheel_tags"]

_IN_32_BITS = {"x86_64": "i686", "aarch64": "armv8l"}
"""Machine of the kernel → architecture of a 32-bit interpreter on it."""
_ALSO = {"armv8l": ("armv8l", "armv7l")}
_MANYLINUX = frozenset("x86_64 i686 aarch64 armv7l ppc64 ppc64le s390x loongarch64 riscv64".split())
_NAMED = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
"""Minor version of glibc 2 → the older name of its tag."""


def release_of(full_version: str) -> str:
    """Return what Requires-Python is compared with, as pip has it: 3.15.0b1 and 3.15.0+ count as 3.15.0."""
    found = re.match(r"\d+(\.\d+)*", full_version)
    return found[0] if found else full_version


def wheel_tags(interpreter: Interpreter) -> tuple[str, ...]:
    """Return the tags of wheels that an interpreter can install, best first."""
    major, minor = map(int, interpreter.markers["python_version"].split("."))
    found = platforms(interpreter)
    tags = [*cpython_tags((major, minor), abis(interpreter), found)]
    tags += compatible_tags((major, minor), f"cp{major}{minor}", found)
    return tuple(map(str, tags))


def abis(interpreter: Interpreter) -> list[str]:
    """Return the ABIs of its extension modules, such as `cp314t`; a debug build also loads those of other builds."""
    plain = "cp" + interpreter.markers["python_version"].replace(".", "") + ("t" if interpreter.free_threaded else "")
    return [f"{plain}d", plain] if interpreter.debug else [plain]


def platforms(interpreter: Interpreter) -> list[str]:
    """Return its platform tags, best first."""
    system, _, machine = interpreter.platform.partition("-")
    if system == "macosx" and interpreter.macos:
        major, minor = [*map(int, interpreter.macos.split(".")), 0][:2]
        return list(mac_platforms((major, minor), interpreter.markers["platform_machine"]))
    machine = re.sub(r"[.-]", "_", machine)
    if system != "linux":
        return [re.sub(r"[.-]", "_", interpreter.platform)]
    machine = _IN_32_BITS.get(machine, machine) if interpreter.bits == 32 else machine
    machines = _ALSO.get(machine, (machine,))
    libc = _manylinux(interpreter, machines) if interpreter.libc else _musllinux(interpreter, machines)
    return [*(f"linux_{name}" for name in machines), *libc]


def _manylinux(interpreter: Interpreter, machines: tuple[str, ...]) -> Iterator[str]:
    version = re.match(r"glibc 2\.(\d+)", interpreter.libc)
    soft_float = "armv7l" in machines and "eabihf" not in interpreter.soabi
    if version is None or soft_float or _MANYLINUX.isdisjoint(machines):
        return
    oldest = 5 if {"x86_64", "i686"} & set(machines) else 17
    for machine in machines:
        for minor in range(int(version[1]), oldest - 1, -1):
            yield f"manylinux_2_{minor}_{machine}"
            if minor in _NAMED:
                yield f"{_NAMED[minor]}_{machine}"


def _musllinux(interpreter: Interpreter, machines: tuple[str, ...]) -> Iterator[str]:
    """Yield the tags of musl, whose version only its loader tells; an interpreter that is linked statically loads no modules."""
    loader = _loader(interpreter.executable)
    if "musl" not in os.path.basename(loader):
        return
    said = subprocess.run([loader], check=False, capture_output=True, text=True).stderr
    if version := re.search(r"^Version (\d+)\.(\d+)", said, re.MULTILINE):
        for machine in machines:
            for minor in range(int(version[2]), -1, -1):
                yield f"musllinux_{version[1]}_{minor}_{machine}"


def _loader(executable: str) -> str:
    """Return the loader that an ELF file names; nothing if it names none."""
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - not needed where the C library is glibc
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    with open(executable, "rb") as file:
        try:
            segments: Iterator[Any] = ELFFile(file).iter_segments("PT_INTERP")
            return next((str(segment.get_interp_name()) for segment in segments), "")
        except ELFError:
            return ""
