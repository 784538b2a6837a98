"""The calls of the kernel that Python's library lacks. Each raises OSError with the name of the call."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import socket
import struct

__all__ = [
    "call",
    "drop_capabilities",
    "fix_addresses",
    "has_capability",
    "interfaces_up",
    "mount",
    "pivot_root",
    "prctl",
    "raise_loopback",
    "read_only",
    "system_call",
    "unshare",
]

NEW_MOUNTS = 0x00020000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PROCESSES = 0x20000000
NEW_NETWORK = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38

CAP_CHOWN, CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN = 0, 6, 7, 21

_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 1, 2
_MOUNT_SETATTR = 442  # the same number on all architectures
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522
_ADDR_NO_RANDOMIZE = 0x0040000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_LIBC = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library.

    :raises OSError: it returned -1.
    """
    result: int = getattr(_LIBC, name)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def system_call(number: int, *arguments: object, name: str) -> int:
    """Call the kernel by the number of a system call.

    :raises OSError: the call failed.
    """
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result: int = _LIBC.syscall(ctypes.c_long(number), *given)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def unshare(flags: int) -> None:
    """Enter new namespaces, as the call of this name."""
    call("unshare", ctypes.c_int(flags))


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or a folder at a second place."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    try:
        call("mount", texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])
    except OSError as e:
        raise OSError(e.errno, f"mount {target}: {os.strerror(e.errno or 0)}") from e


def read_only(path: str) -> None:
    """Make a mount and all mounts below it read-only, without set-user-ID programs."""
    attributes = struct.pack("=QQQQ", _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    try:
        system_call(
            _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), _AT_RECURSIVE, attributes, len(attributes), name="mount_setattr"
        )
    except OSError:  # Linux before 5.12
        _remount_each(path)


def _remount_each(path: str) -> None:
    """Do the same for each mount by itself, with the flags that it already has."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        places = [line.split(" ")[4].encode("latin-1", "replace").decode("unicode_escape") for line in file]
    for place in places:
        if place == path or place.startswith(f"{path}/"):
            flags = os.statvfs(place).f_flag & 0xF  # ST_RDONLY, ST_NOSUID, ST_NODEV, ST_NOEXEC have the values of MS_*
            mount(None, place, None, flags | MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of the file system; the old root is at `old`."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(38, f"pivot_root: no number is known on {platform.machine()}")
    system_call(number, os.fsencode(new), os.fsencode(old), name="pivot_root")


def prctl(option: int, value: int, *more: object) -> None:
    """Change a property of this process."""
    call("prctl", ctypes.c_int(option), ctypes.c_ulong(value), *(more or (ctypes.c_ulong(0),) * 3))


def has_capability(number: int) -> bool:
    """Say whether this process has a capability in its user namespace."""
    with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
        words = next((line.split() for line in file if line.startswith("CapEff:")), ["", "0"])
    return bool(int(words[1], 16) >> number & 1)


def drop_capabilities() -> None:
    """Give up all capabilities for good: the bounding set if it may be changed, then the sets of this process."""
    for number in range(64):
        if _LIBC.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0) != 0:
            break
    capset = _CAPSET.get(platform.machine())
    if capset is not None:
        header, sets = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
        system_call(capset, header, sets, name="capset")


def fix_addresses() -> None:
    """Turn off address space randomization for the programs that this process starts: personality(2).

    Then tables that are ordered by address, such as Python's sets of objects, always have the same order, and names that are
    made from an address are the same. If the policy of the kernel or container forbids the call, addresses stay random.
    """
    current = _LIBC.personality(ctypes.c_ulong(0xFFFFFFFF))
    if current != -1:
        _LIBC.personality(ctypes.c_ulong(current | _ADDR_NO_RANDOMIZE))


def raise_loopback() -> None:
    """Bring the interface `lo` up, because some tools talk to themselves over 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        flags = _interface_flags(sock, "lo")
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | _IFF_UP, b""))


def interfaces_up() -> list[str]:
    """Return the network interfaces that are up; some kernels put idle tunnels into each new namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return sorted(name for _, name in socket.if_nameindex() if _interface_flags(sock, name) & _IFF_UP)


def _interface_flags(sock: socket.socket, name: str) -> int:
    flags: int = struct.unpack("16sH14s", fcntl.ioctl(sock, _SIOCGIFFLAGS, struct.pack("16sH14s", name.encode(), 0, b"")))[1]
    return flags
