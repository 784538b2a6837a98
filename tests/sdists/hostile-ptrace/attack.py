"""Tries to trace its ancestors, to read and write their memory, to read their environment, and to end them."""

import ctypes
import json
import os
import signal

with open("targets.json", encoding="utf-8") as file:
    TARGETS = json.load(file)

PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206


class Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def reads(path):
    try:
        with open(path, "rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    others = sorted({*others, 1, os.getppid(), *TARGETS["processes"]})
    text = ctypes.create_string_buffer(8)
    mine = Piece(ctypes.addressof(text), 8)
    found = {}
    for other in others:
        found[f"trace {other}"] = any(libc.ptrace(how, other, None, None) == 0 for how in (PTRACE_ATTACH, PTRACE_SEIZE))
        found[f"vm {other}"] = libc.process_vm_readv(other, ctypes.byref(mine), 1, ctypes.byref(mine), 1, 0) > 0
        found[f"memory {other}"] = can_open(f"/proc/{other}/mem")
        found[f"environment {other}"] = reads(f"/proc/{other}/environ")
        found[f"files {other}"] = sees_files(f"/proc/{other}/fd")
    found["helper is seen"] = any(mentions(f"/proc/{n}/cmdline", TARGETS["mark"]) for n in TARGETS["processes"])
    if os.getppid() == 1 and TARGETS["kill"]:
        for number in (signal.SIGTERM, signal.SIGSEGV, signal.SIGKILL):
            try:
                os.kill(1, number)
            except OSError:
                pass
    return found, {"still here": True}


def can_open(path):
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        return False
    return True


def sees_files(path):
    try:
        names = os.listdir(path)
        return any(os.readlink(os.path.join(path, name)) for name in names)
    except OSError:
        return False


def mentions(path, text):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return text in file.read()
    except OSError:
        return False
