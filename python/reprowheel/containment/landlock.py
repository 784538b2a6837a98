"""Rules on files for a process and all that it starts: landlock(7). They need no rights, so they work in containers, too."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from reprowheel.containment import kernel
from reprowheel.containment.kernel import system_call

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["landlock_version", "restrict_files"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on all architectures
_VERSION_FLAG, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_ALL_V1, _REFER, _TRUNCATE, _DEVICE_IOCTL = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_IOCTL
_SCOPES = 3  # abstract sockets and signals
_NETWORK = 3  # bind and connect of TCP


def landlock_version() -> int:
    """Return the version of the kernel's interface; 0: it has none."""
    try:
        return system_call(_CREATE, 0, 0, _VERSION_FLAG, name="landlock_create_ruleset")
    except OSError:
        return 0


def restrict_files(readable: Iterable[str], writable: Iterable[str], *, network: bool) -> None:
    """Refuse all opening of files except below these paths; `no_new_privs` must be set.

    :param network: whether sockets are restricted by other means; else TCP is refused, too.
    :raises OSError: the kernel refuses the rules.
    """
    version = landlock_version()
    newer = ((2, _REFER), (3, _TRUNCATE), (5, _DEVICE_IOCTL))
    rights = _ALL_V1 | sum(right for since, right in newer if version >= since)
    attributes = struct.pack("=QQQ", rights, _NETWORK if version >= 4 and not network else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = system_call(_CREATE, attributes, size, 0, name="landlock_create_ruleset")
    try:
        for path in readable:
            _add(rules, path, _READ)
        for path in writable:
            _add(rules, path, rights)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        system_call(_RESTRICT, rules, 0, name="landlock_restrict_self")
    finally:
        os.close(rules)


def _add(rules: int, path: str, rights: int) -> None:
    """Allow `rights` below a path; a path that does not exist needs no rule."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = rights if os.path.isdir(path) else rights & _OF_FILES
        system_call(_ADD, rules, _PATH_BENEATH, struct.pack("=Qi", allowed, place), 0, name="landlock_add_rule")
    finally:
        os.close(place)
