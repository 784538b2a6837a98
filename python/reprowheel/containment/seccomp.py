"""A filter of system calls (seccomp(2)): what lets a process reach other processes, namespaces or the kernel fails.

The filter is a program of classic BPF. It refuses all calls of other ABIs, such as 32-bit calls on x86-64, because their
numbers mean other calls.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from reprowheel.containment import kernel
from reprowheel.containment.kernel import call

__all__ = ["filter_program", "install_filter"]

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""Machine → its audit number, and its column in the table of calls."""

_X32 = 0x40000000
_CLONE_NEW = 0x7E020080
"""All flags CLONE_NEW*: time, mount, cgroup, UTS, IPC, user, PID and network namespaces."""

_CALLS = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
"""Call → its numbers on x86-64 and aarch64."""

_SYSTEM_V = ("shmget", "msgget", "semget", "mq_open")
_WITH_CONDITIONS = frozenset({"clone", "clone3", "ioctl", "socket", "socketpair", "unshare", *_SYSTEM_V})
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: they type into a terminal
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


def filter_program(machine: str, *, network: bool, processes: bool) -> bytes:
    """Return the filter for a machine.

    :param network: the build has network and mount namespaces of its own; else all sockets but pairs are refused.
    :param processes: the build has an IPC namespace of its own; else System V IPC and message queues are refused.
    :raises OSError: the numbers of the machine's system calls are not known.
    """
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"seccomp: no filter is known for {machine}")
    audit, column = _ARCHITECTURES[machine]
    numbers = {name: number for name, columns in _CALLS.items() if (number := columns[column]) is not None}
    rules = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, audit), _error(errno.ENOSYS), (_LOAD, 0, 0, _NUMBER)]
    rules += [(_AT_LEAST, 0, 1, _X32), _error(errno.ENOSYS)]
    for name, number in numbers.items():
        refused = [_error(errno.EPERM)] if name not in _WITH_CONDITIONS else _condition(name, network=network, own_ipc=processes)
        rules += [(_EQUAL, 0, len(refused), number), *refused] if refused else []
    rules.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *rule) for rule in rules)


def _error(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERROR | number)


def _condition(name: str, *, network: bool, own_ipc: bool) -> list[tuple[int, int, int, int]]:
    """Return the rules for a call that is refused with some arguments only; they end in a decision."""
    allow, refuse = (_RETURN, 0, 0, _ALLOW), _error(errno.EPERM)
    if name == "clone3":
        return [_error(errno.ENOSYS)]  # its flags are in memory, which a filter cannot read; the C library then calls clone
    if name in _SYSTEM_V:
        return [] if own_ipc else [refuse]
    first, second = (_LOAD, 0, 0, _ARGUMENT), (_LOAD, 0, 0, _ARGUMENT + 8)
    if name in ("clone", "unshare"):
        return [first, (_ANY_BIT, 0, 1, _CLONE_NEW if name == "unshare" else _CLONE_NEW & ~0xFF), refuse, allow]
    if name == "ioctl":
        return [second, *((_EQUAL, len(_TERMINAL) - n, 0, code) for n, code in enumerate(_TERMINAL)), allow, refuse]
    families = (_AF_UNIX,) if name == "socketpair" else (_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK) if network else ()
    known = [(_EQUAL, len(families) - n, 0, family) for n, family in enumerate(families)]
    return [first, *known, _error(errno.EAFNOSUPPORT), allow]


def install_filter(*, network: bool, processes: bool) -> None:
    """Filter the calls of this process and of all that it starts.

    :raises OSError: the kernel has no filters, or the machine is not known.
    """
    program = filter_program(platform.machine(), network=network, processes=processes)
    buffer = ctypes.create_string_buffer(program)
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    try:
        call("prctl", _PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.c_char_p(described), 0, 0)
    except OSError as e:
        raise OSError(e.errno, "seccomp: the kernel takes no filter") from e
