"""The private view of the file system: a root in memory, with what a build may read, and its workspace.

It is made by the first process of a build, in a mount namespace of its own. Nothing of the host's root stays in it. So from then
on, no process between the helper and the back end may import a module, or a codec.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.containment.kernel import (
    MNT_DETACH,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    call,
    mount,
    pivot_root,
    read_only,
)
from reprowheel.containment.places import DEVICES, hidden_from_others
from reprowheel.containment.task import USER

if TYPE_CHECKING:
    from reprowheel.containment.places import Places

__all__ = ["IN_MEMORY", "View", "close_view", "make_view"]

IN_MEMORY = ("/tmp", "/dev/shm")
"""Folders of a build that are in memory."""

_OLD, _NEW = "/old", "/new"
_PLAIN = MS_NOSUID | MS_NODEV
_NAMES = {
    "/etc/passwd": b"root:x:0:0:root:/:/bin/sh\nreprowheel:x:%d:%d:reprowheel:/:/bin/sh\n" % (USER, USER),
    "/etc/group": b"root:x:0:\nreprowheel:x:%d:\n" % USER,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What `make_view` shows.

    :param memory: bytes that `IN_MEMORY` may take, each.
    :param files: files that each may have.
    :param hide: hide files of /etc that only their owner may read.
    """

    places: Places
    memory: int
    files: int
    hide: bool


def make_view(view: View) -> None:
    """Change the root of this process to the view; `close_view` ends what is open for making it.

    :raises OSError: the kernel refuses a step.
    """
    base = os.path.dirname(view.places.writable[0])
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", base, "tmpfs", _PLAIN, "mode=0755,size=16m")
    os.chdir(base)
    for name in (_OLD, _NEW):
        os.mkdir(f".{name}")
    pivot_root(".", f".{_OLD}")
    os.chdir("/")
    mount("tmpfs", _NEW, "tmpfs", _PLAIN, "mode=0755,size=16m")
    for folder in IN_MEMORY:
        os.makedirs(_NEW + folder)
        mount("tmpfs", _NEW + folder, "tmpfs", _PLAIN, f"mode=1777,size={view.memory},nr_inodes={view.files}")
    _show_system(view)
    _show_devices()
    for path in view.places.writable:
        _bind(path)
    os.mkdir(f"{_NEW}/proc")
    mount("proc", f"{_NEW}/proc", "proc", _PLAIN | MS_NOEXEC)
    os.chdir(_NEW)
    pivot_root(".", ".")
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")
    mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | _PLAIN)


def close_view() -> None:
    """Make /proc read-only; before this, the first process needs it to name the user of the build."""
    mount(None, "/proc", None, MS_REMOUNT | MS_BIND | MS_RDONLY | _PLAIN | MS_NOEXEC)


def _show_system(view: View) -> None:
    for path in view.places.readable:
        _bind(path)
        read_only(_NEW + path)
    for path, target in view.places.links.items():
        if not os.path.lexists(_NEW + path):
            os.makedirs(os.path.dirname(_NEW + path), exist_ok=True)
            os.symlink(target, _NEW + path)
    for name, text in _NAMES.items():
        if os.path.isfile(_NEW + name) and not os.path.islink(_NEW + name):
            own = _NEW + "/." + os.path.basename(name)
            _write(own, text)
            mount(own, _NEW + name, None, MS_BIND)
            read_only(_NEW + name)
            os.unlink(own)
    for path, is_folder in hidden_from_others(f"{_NEW}/etc") if view.hide else ():
        if is_folder:
            mount("tmpfs", path, "tmpfs", _PLAIN | MS_RDONLY, "size=4k")
        else:
            mount(f"{_OLD}/dev/null", path, None, MS_BIND)


def _show_devices() -> None:
    for name in DEVICES:
        path = f"{_NEW}/dev/{name}"
        _write(path)
        mount(f"{_OLD}/dev/{name}", path, None, MS_BIND)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(f"/proc/self/{target}", f"{_NEW}/dev/{name}")


def _write(path: str, data: bytes = b"") -> None:
    """Write a file without what Python would import first: its library cannot be seen from here."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    os.write(descriptor, data)
    os.close(descriptor)


def _bind(path: str) -> None:
    """Show a path of the host at the same path."""
    source, target = _OLD + path, _NEW + path
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _write(target)
    mount(source, target, None, MS_BIND | MS_REC)
