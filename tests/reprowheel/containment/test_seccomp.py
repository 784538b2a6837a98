"""The filter of system calls: what it decides, by the rules of classic BPF, and whether its numbers are the kernel's."""

from __future__ import annotations

import errno
import os
import platform
import re
import struct
from pathlib import Path

import pytest

from reprowheel.containment.seccomp import _CALLS, filter_program

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
ALLOWED = "allowed"
NEW_USER, THREAD = 0x10000000, 0x00010000


def decide(program: bytes, architecture: int, number: int, *arguments: int) -> str:
    """Run a filter; return what becomes of a call."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *(0,) * (6 - len(arguments)))
    rules = [struct.unpack_from("=HBBI", program, place) for place in range(0, len(program), 8)]
    place, value = 0, 0
    while True:
        code, yes, no, operand = rules[place]
        place += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif code == 0x06:
            return ALLOWED if operand == 0x7FFF0000 else errno.errorcode[operand & 0xFFFF]
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            place += yes if holds else no


@pytest.mark.parametrize(("machine", "architecture", "column"), [("x86_64", X86_64, 0), ("aarch64", AARCH64, 1)])
def test_every_call_of_the_table(machine: str, architecture: int, column: int) -> None:
    """What is refused always is; what depends on its arguments is allowed with harmless ones; other calls are allowed."""
    program = filter_program(machine, network=True, processes=True)
    harmless = {"clone", "unshare", "ioctl", "socket", "socketpair", "shmget", "msgget", "semget", "mq_open"}
    for name, numbers in _CALLS.items():
        if numbers[column] is None:
            continue
        expected = ALLOWED if name in harmless else "ENOSYS" if name == "clone3" else "EPERM"
        assert decide(program, architecture, numbers[column], 1) == expected, name
    known = {numbers[column] for numbers in _CALLS.values()}
    assert {decide(program, architecture, number) for number in range(460) if number not in known} == {ALLOWED}


@pytest.mark.parametrize(
    ("name", "arguments", "network", "decision"),
    [
        ("clone", (NEW_USER | 17,), True, "EPERM"),
        ("clone", (THREAD | 0x100,), True, ALLOWED),
        ("unshare", (NEW_USER,), True, "EPERM"),
        ("unshare", (0x80,), True, "EPERM"),
        ("unshare", (0x400,), True, ALLOWED),
        ("ioctl", (0, 0x5412), True, "EPERM"),
        ("ioctl", (0, 0x541C), True, "EPERM"),
        ("ioctl", (0, 0x5401), True, ALLOWED),
        ("socket", (1,), True, ALLOWED),
        ("socket", (2,), True, ALLOWED),
        ("socket", (16,), True, ALLOWED),
        ("socket", (40,), True, "EAFNOSUPPORT"),
        ("socket", (17,), True, "EAFNOSUPPORT"),
        ("socket", (1,), False, "EAFNOSUPPORT"),
        ("socket", (10,), False, "EAFNOSUPPORT"),
        ("socketpair", (1,), False, ALLOWED),
        ("socketpair", (40,), False, "EAFNOSUPPORT"),
    ],
)
def test_arguments(name: str, arguments: tuple[int, ...], network: bool, decision: str) -> None:
    """New namespaces, typing into terminals and sockets that lead out are refused, on both machines."""
    for machine, architecture, column in (("x86_64", X86_64, 0), ("aarch64", AARCH64, 1)):
        number = _CALLS[name][column]
        assert number is not None
        program = filter_program(machine, network=network, processes=False)
        assert decide(program, architecture, number, *arguments) == decision


@pytest.mark.parametrize(("architecture", "number"), [(0x40000003, 20), (AARCH64, 172), (X86_64, 0x40000000 + 39)])
def test_other_interfaces_are_refused(architecture: int, number: int) -> None:
    """getpid(2) as i386, aarch64 and x32 call it does not exist; as x86-64 calls it, it does (control)."""
    program = filter_program("x86_64", network=True, processes=True)
    assert decide(program, architecture, number) == "ENOSYS"
    assert decide(program, X86_64, 39) == ALLOWED


def test_unknown_machine() -> None:
    """A machine whose numbers are not known has no filter, and that is no success."""
    with pytest.raises(OSError, match="no filter is known for riscv64"):
        filter_program("riscv64", network=True, processes=True)


def test_numbers_are_those_of_the_headers() -> None:
    """The numbers of this machine's system calls are those in the headers of its kernel."""
    headers = [Path(f"/usr/include/{platform.machine()}-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h")]
    header = next(path for path in headers if path.exists())  # whoever has a compiler has them
    told = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text(encoding="utf-8")))
    column = 0 if platform.machine() == "x86_64" else 1
    compared = {name: numbers[column] for name, numbers in _CALLS.items() if name in told}
    assert compared == {name: int(told[name]) for name in compared}
    assert len(compared) > 40
    assert os.uname().machine == platform.machine()
