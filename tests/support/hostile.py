"""Hostile sdists, and the situations in which they are built: as root, as an ordinary user, where unshare(2) is forbidden.

`tests/sdists/hostile-NAME/attack.py` has a function `attack()`. It returns what it reached, which must be nothing, and what
must go on working. A tiny back end calls it and puts both into the wheel.
"""

from __future__ import annotations

import atexit
import compileall
import ctypes
import functools
import json
import os
import platform
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import installer
import packaging
import pyproject_hooks
from elftools import __file__ as elftools_file

from support.builds import ROOT, make_sdist

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SITUATIONS", "Situation", "attack", "found_in", "hostile_files", "hostile_sdist", "outcome", "without_namespaces"]

SDISTS = ROOT / "tests" / "sdists"
USER = 54321
"""Number of an ordinary user that nothing else here belongs to."""

_BACK_END = """\
import json, os, zipfile
from attack import attack

INFO = "STEM-1.0.dist-info"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    reached, works = attack()
    files = {
        "found.json": json.dumps({"reached": sorted(k for k, v in reached.items() if v),
                                 "broken": sorted(k for k, v in works.items() if not v)}),
        INFO + "/METADATA": "Metadata-Version: 2.1\\nName: STEM\\nVersion: 1.0\\n",
        INFO + "/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files[INFO + "/RECORD"] = "".join(name + ",,\\n" for name in [*files, INFO + "/RECORD"])
    with zipfile.ZipFile(os.path.join(directory, "STEM-1.0-py3-none-any.whl"), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return "STEM-1.0-py3-none-any.whl"
"""
_PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "back_end"\nbackend-path = ["."]\n'


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Who builds, and what the kernel allows.

    :param user: an ordinary user builds.
    :param namespaces: unshare(2) and clone(2) may make namespaces.
    :param options: what a build then has to allow.
    """

    user: bool
    namespaces: bool
    options: tuple[str, ...] = ()


_SHARED = ("--allow-uncontained=processes",)
SITUATIONS = {
    "root": Situation(user=False, namespaces=True),
    "user": Situation(user=True, namespaces=True),
    "root without unshare": Situation(user=False, namespaces=False, options=_SHARED),
    "user without unshare": Situation(user=True, namespaces=False, options=_SHARED),
}


def hostile_files(name: str, targets: Mapping[str, Any] | None = None, stem: str = "tiny") -> dict[str, str]:
    """Return the files of an sdist with the attack NAME; `targets` is what it attacks, `stem` the name of its distribution."""
    source = (SDISTS / f"hostile-{name}" / "attack.py").read_text(encoding="utf-8")
    files = {"pyproject.toml": _PYPROJECT, "back_end.py": _BACK_END.replace("STEM", stem), "attack.py": source}
    return files | {"targets.json": json.dumps(dict(targets or {}))}


def hostile_sdist(name: str, directory: Path, targets: Mapping[str, Any] | None = None) -> Path:
    """Return the sdist of `tests/sdists/hostile-NAME`."""
    return make_sdist(directory, hostile_files(name, targets))


def found_in(wheel: Path) -> dict[str, Any]:
    """Return what the attack of a built wheel reached, and what it found broken."""
    with zipfile.ZipFile(wheel) as archive:
        return dict(json.loads(archive.read("found.json")))


@functools.cache
def _readable_helper() -> Path:
    """Return a copy of the helper and of what it imports that every user may read."""
    folder = Path(tempfile.mkdtemp(prefix="reprowheel-helper-", dir="/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    modules = [installer.__file__, packaging.__file__, pyproject_hooks.__file__, elftools_file]
    for package in (ROOT / "python" / "reprowheel", *(Path(str(file)).parent for file in modules)):
        shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder, quiet=1)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def without_namespaces() -> None:
    """Forbid new namespaces to this process and all that it starts, as the default profile of container engines does."""
    audit, unshare, clone, clone3 = (0xC000003E, 272, 56, 435) if platform.machine() == "x86_64" else (0xC00000B7, 97, 220, 435)
    allow, refuse, unknown = 0x7FFF0000, 0x00050001, 0x00050026
    rules = [
        (0x20, 0, 0, 4),
        (0x15, 0, 7, audit),
        (0x20, 0, 0, 0),
        (0x15, 6, 0, unshare),
        (0x15, 6, 0, clone3),
        (0x15, 0, 3, clone),
        (0x20, 0, 0, 16),
        (0x45, 2, 0, 0x7E020000),
        (0x06, 0, 0, allow),
        (0x06, 0, 0, allow),
        (0x06, 0, 0, refuse),
        (0x06, 0, 0, unknown),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    described = struct.pack("@HP", len(rules), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(described), 0, 0):
        raise OSError(ctypes.get_errno(), "the filter of the test cannot be set")


def entering(situation: Situation) -> Callable[[], None]:
    """Return a function that brings a new process into a situation, with limits for the case that protection fails."""

    def enter() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        if situation.user:
            os.setgroups([])
            os.setresgid(USER, USER, USER)
            os.setresuid(USER, USER, USER)
        if not situation.namespaces:
            without_namespaces()

    return enter


def attack(
    sdist: Path, situation: Situation, directory: Path, *more: str, variables: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[str], Path]:
    """Start a build of a hostile sdist; return its process, and the folder that its wheel will be in."""
    place = directory / "built"
    place.mkdir(mode=0o777, exist_ok=True)
    place.chmod(0o777)
    sdist.chmod(0o644)
    arguments = ["build", sdist, "--out", place / "out", "--report", place / "report.json", *situation.options, *more]
    python = os.path.realpath(sys.executable)
    process = subprocess.Popen(
        [python, "-s", "-B", "-m", "reprowheel", *map(str, arguments)],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": os.fspath(_readable_helper())} | dict(variables or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=entering(situation),  # noqa: PLW1509 - the tests have one thread
        start_new_session=True,
    )
    return process, place / "out"


def outcome(process: subprocess.Popen[str], out: Path, *, seconds: float = 60) -> tuple[int, str, dict[str, Any]]:
    """Wait for a build; return its exit code, what it printed, and what the attack reached."""
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    wheels = sorted(out.glob("*.whl")) if out.is_dir() else []
    if not wheels:
        return process.returncode, errors, {}
    return process.returncode, errors, found_in(wheels[0])
