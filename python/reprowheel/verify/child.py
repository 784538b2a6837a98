"""The process that runs one build of `verify`: it changes its surroundings, builds, and writes the result.

argv: the path of a `ChildBuild`, which the parent has pickled into its own private directory.
env: the perturbed environment, which must not influence the build. Reads: the inputs of the request. Writes: its outputs and
`ChildBuild.result`.
Exit codes: 0 if `ChildBuild.result` was written, also if the build failed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pickle
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from reprowheel.build import build_wheel
from reprowheel.output.live import show_progress
from reprowheel.output.unexpected import as_error

if TYPE_CHECKING:
    from types import FrameType

    from reprowheel.request import BuildRequest

__all__ = ["ChildBuild", "main"]

_CLONE_NEWUTS = 0x04000000
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildBuild:
    """One build, and the part of its surroundings that only the process itself can change."""

    request: BuildRequest
    result: Path
    umask: int | None
    nice: int
    affinity: tuple[int, ...]
    host_name: str
    user_id: tuple[int, int] | None
    close_stdin: bool
    verbose: bool = False


def main(argv: list[str]) -> int:
    """Run the build and return the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # so that no build is left behind if the parent is killed
    child: ChildBuild = pickle.loads(Path(argv[0]).read_bytes())  # noqa: S301 - written by the parent, mode 0700
    missing = _enter(child)
    answer: dict[str, object] = {"missing": missing, "pid": os.getpid()}
    try:
        with show_progress(verbose=True) if child.verbose else contextlib.nullcontext():
            result = build_wheel(child.request)
        answer |= {"wheel": result.wheel.name}
    except Exception as e:  # noqa: BLE001 - the parent tells it, as `main` does
        error = as_error(e)
        answer |= {"error": error.message, "tip": error.tip, "exit_code": error.exit_code}
    child.result.write_text(json.dumps(answer), encoding="utf-8")
    return 0


def _stop(signum: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signum, signal.SIG_IGN)
    raise SystemExit(128 + signum)


def _enter(child: ChildBuild) -> dict[str, str]:
    """Change the surroundings; return perturbation → reason for those that are not possible here."""
    missing: dict[str, str] = {}
    if child.close_stdin:
        sys.stdin = None
        os.close(0)
    if child.umask is not None:
        os.umask(child.umask)
    for name, wanted, change in (
        ("nice", child.nice, lambda: os.nice(child.nice)),
        ("cpus", child.affinity, lambda: os.sched_setaffinity(0, child.affinity)),
    ):
        try:
            if wanted:
                change()
        except OSError as e:
            missing[name] = e.strerror or str(e)
    try:
        _enter_namespaces(child)
    except OSError as e:
        if child.user_id:
            missing["user-id"] = f"a user namespace: {e.strerror}"
    return missing


def _enter_namespaces(child: ChildBuild) -> None:
    """Become another user and give the machine another name, by namespaces.

    If only the name cannot be changed, that is no error, because the preloaded library changes it, too.

    :raises OSError: the kernel refuses a user namespace.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if child.host_name and not child.user_id and libc.unshare(_CLONE_NEWUTS) == 0:
        _set_host_name(child.host_name)
        return
    if not child.user_id and not child.host_name:
        return
    if libc.unshare(_CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    inside = child.user_id or (uid, gid)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inside[0]} {uid} 1"), ("gid_map", f"{inside[1]} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
    if child.host_name and libc.unshare(_CLONE_NEWUTS) == 0:
        _set_host_name(child.host_name)


def _set_host_name(name: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.sethostname(name.encode(), len(name))
