"""Tries to read a home folder and secrets of the system, and to write outside its workspace."""

import ctypes
import json
import os
import stat

with open("targets.json", encoding="utf-8") as file:
    TARGETS = json.load(file)


def reads(path):
    try:
        with open(path, "rb") as file:
            return bool(file.read(1))
    except OSError:
        return False


def writes(folder):
    path = os.path.join(folder, "written-by-a-build")
    try:
        with open(path, "wb") as file:
            file.write(b"x")
        os.unlink(path)
    except OSError:
        return False
    return True


def changes(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    except OSError:
        return False
    return True


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    found = {f"read {path}": reads(path) for path in TARGETS["secrets"]}
    found |= {f"write in {path}": writes(path) for path in TARGETS["folders"]}
    found |= {f"change {path}": changes(path) for path in TARGETS["files"]}
    found["change the standard library"] = changes(os.__file__) or writes(os.path.dirname(os.path.realpath(os.__file__)))
    found["change a sysctl"] = changes("/proc/sys/kernel/core_pattern")
    found["mount"] = libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0
    found["a namespace"] = libc.unshare(0x10000000) == 0 or libc.unshare(0x00020000) == 0
    try:
        os.mknod("device", stat.S_IFBLK | 0o600, os.stat("/").st_dev)
        found["a disk"] = reads("device")
    except OSError:
        found["a disk"] = False
    return found, {"own files": writes("."), "system": reads("/usr/bin/env"), "null": changes("/dev/null")}
