"""The perturbations: properties of machine, user and time that the bytes of a wheel must not depend on.

Each is one small object. Its function `apply` changes the surroundings of a build before the build starts. It returns an empty
string, or the reason why the change is not possible here.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import BuildError
from reprowheel.verify.locales import LOCALES
from reprowheel.verify.noise import DECOY, DECOYS, NOISE, PYDISTUTILS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprowheel.verify.surroundings import Surroundings

__all__ = ["PERTURBATIONS", "RUST_TOOLCHAIN", "Perturbation", "perturbation_table"]

RUST_TOOLCHAIN = "rust-toolchain"
"""Name of the perturbation that concerns only sdists that use Rust."""
_HOST = "zperturbedhost"
_KERNEL = "4.4.302-perturbed"
_CLOCK_SHIFT = 3 * 365 * 86400 + 61 * 86400 + 9 * 3600 + 47 * 60 + 13
"""In seconds: about three years, so that year, month, day, hour, minute and second all differ."""
_NICE = 7
_ROOM = 4 << 30
"""Bytes that must be free on the file system for the second build's workspace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Perturbation:
    """One change of the surroundings.

    :param changes: what is different for the build.
    :param how: by which means it is changed.
    :param causes: names of causes (`reprowheel.compare.causes`) of the differences that it can make.
    """

    name: str
    changes: str
    how: str
    apply: Callable[[Surroundings], str]
    causes: tuple[str, ...] = ()


def _work_root(s: Surroundings) -> str:
    current = s.request.work_root or Path("/tmp")
    here = current.stat().st_dev
    bases = [base for base in ("/dev/shm", "/var/tmp", "/run/shm", str(Path.home())) if os.path.isdir(base)]
    bases.sort(key=lambda base: os.stat(base).st_dev == here)
    directory = s.session.directory_elsewhere(tuple(b for b in bases if Path(b) != current), _ROOM)
    if directory is None:
        return "no other directory has 4 GiB free"
    s.request = replace(s.request, work_root=directory)
    return ""


def _cwd(s: Surroundings) -> str:
    here = f"{Path.cwd()}/"
    toolchain = s.request.toolchain
    flags = (*toolchain.c_flags, *toolchain.cxx_flags, *toolchain.link_shared_flags, *toolchain.link_executable_flags)
    if any(here in text for text in (*toolchain.tools.values(), *flags)):
        return "the C/C++ toolchain lies below the working directory"
    s.cwd = s.directory / "another working directory" / "deeper"
    s.cwd.mkdir(parents=True)
    return ""


def _inputs(s: Surroundings) -> str:
    s.request = s.session.moved_inputs(s.request)
    return ""


def _interpreter(s: Surroundings) -> str:
    try:
        s.request = replace(s.request, python=os.fspath(s.session.moved_interpreter()))
    except BuildError as e:
        return e.message
    return ""


def _rust_toolchain(s: Surroundings) -> str:
    try:
        s.request = replace(s.request, rust_toolchain=s.session.moved_rust())
    except BuildError as e:
        return e.message
    return ""


def _home(s: Surroundings) -> str:
    home = s.directory / "home of somebody else"
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".pydistutils.cfg").write_text(PYDISTUTILS, encoding="utf-8")
    (home / ".config" / "pip" / "pip.conf").write_text("[global]\nno-binary = :all:\n", encoding="utf-8")
    s.env |= {"HOME": str(home)} | {f"XDG_{n}_HOME": str(home / n.lower()) for n in ("CACHE", "CONFIG", "DATA", "STATE")}
    s.env["XDG_RUNTIME_DIR"] = str(home / "run")
    return ""


def _user_name(s: Surroundings) -> str:
    before = os.environ.get("USER") or os.environ.get("LOGNAME") or ""
    s.env |= {"USER": "perturbed", "LOGNAME": "perturbed", "USERNAME": "perturbed"}
    s.known_values.append(("user", before, "perturbed"))
    return ""


def _user_id(s: Surroundings) -> str:
    others = [entry for entry in pwd.getpwall() if entry.pw_uid not in {0, os.getuid()}]
    if not others:
        return "the machine knows no other user"
    other = next((entry for entry in others if entry.pw_name == "daemon"), others[0])
    s.user_id = (other.pw_uid, other.pw_gid)
    s.known_values.append(("user", str(os.getuid()), str(other.pw_uid)))
    with contextlib.suppress(KeyError):
        s.known_values.append(("user", pwd.getpwuid(os.getuid()).pw_name, other.pw_name))
    return ""


def _host_name(s: Surroundings) -> str:
    s.host_name = _HOST
    s.shim["HOST_NAME"] = f'"{_HOST}"'
    s.known_values.append(("host-name", socket.gethostname(), _HOST))
    return ""


def _kernel(s: Surroundings) -> str:
    s.shim["KERNEL"] = f'"{_KERNEL}"'
    s.known_values.append(("kernel", os.uname().release, _KERNEL))
    s.known_values.append(("kernel", os.uname().version, f"#1 SMP {_KERNEL}"))
    return ""


def _umask(s: Surroundings) -> str:
    current = os.umask(0o022)
    os.umask(current)
    s.umask = 0o002 if current == 0o077 else 0o077
    return ""


def _time_zone(s: Surroundings) -> str:
    s.env["TZ"] = "Asia/Kathmandu" if os.environ.get("TZ") != "Asia/Kathmandu" else "America/St_Johns"
    return ""


def _locale(perturbation: str) -> Callable[[Surroundings], str]:
    """Return the function that sets one locale."""
    name = LOCALES[perturbation]

    def apply(s: Surroundings) -> str:
        try:
            folder = s.session.locale(name)
        except BuildError as e:
            return e.message
        s.env |= {"LANG": name, "LC_ALL": name, "LC_NUMERIC": name, "LANGUAGE": "tr:ja:de", "LOCPATH": os.fspath(folder)}
        return ""

    return apply


def _directory_order(s: Surroundings) -> str:
    s.shim["DIRECTORY_ORDER"] = "1"
    return ""


def _clock(s: Surroundings) -> str:
    s.shim["CLOCK_SHIFT"] = f"{_CLOCK_SHIFT}LL"
    return ""


def _cpus(s: Surroundings) -> str:
    available = sorted(os.sched_getaffinity(0))
    configured = os.cpu_count() or 1
    shown = 3 if configured != 3 else 2
    s.affinity = (available[-1],)
    s.shim["CPUS"] = str(shown)
    s.known_values += [
        ("cpus", str(len(available)), "1"),
        ("cpus", str(configured), str(shown)),
        ("cpus", str(configured), "1"),
    ]
    return ""


def _hash_seed(s: Surroundings) -> str:
    s.env["PYTHONHASHSEED"] = "4294967" if os.environ.get("PYTHONHASHSEED") != "4294967" else "77"
    return ""


def _tmpdir(s: Surroundings) -> str:
    directory = s.directory / "temporary files"
    directory.mkdir()
    s.env |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(directory))
    return ""


def _environment(s: Surroundings) -> str:
    own = s.env.get("LD_LIBRARY_PATH", "")  # the interpreter of the helper may need it
    s.env |= NOISE
    s.env["LD_LIBRARY_PATH"] = f"{own}:{NOISE['LD_LIBRARY_PATH']}" if own else NOISE["LD_LIBRARY_PATH"]
    return ""


def _path(s: Surroundings) -> str:
    directory = s.directory / "decoys"
    directory.mkdir()
    for name in DECOYS:
        (directory / name).write_text(DECOY, encoding="utf-8")
        (directory / name).chmod(0o755)
    s.env["PATH"] = f"{directory}:{s.env.get('PATH', os.defpath)}"
    return ""


def _stdin(s: Surroundings) -> str:
    s.close_stdin = True
    return ""


def _nice(s: Surroundings) -> str:
    s.nice = _NICE
    return ""


_LOCALE = "`LC_ALL`, `LANG`, …; the sdist's hash chooses one of the three"
_ALL = (
    ("work-root", "path and file system of the workspace", "`--work-root` on another file system", _work_root, "path"),
    ("cwd", "working directory, and where the outputs go", "another directory, of another length", _cwd, "path"),
    ("inputs", "paths of the sdist, of the build requirements and of crates", "copies in another directory", _inputs, "path"),
    ("interpreter", "prefix of the interpreter", "a copy of it, configured for where it is", _interpreter, "path"),
    (
        RUST_TOOLCHAIN,
        "folder of the Rust toolchain; only for sdists that use Rust",
        "a copy by hard links",
        _rust_toolchain,
        "path",
    ),
    (
        "home",
        "home directory, and the user's configuration in it",
        "`HOME`, `XDG_*`, a `.pydistutils.cfg`",
        _home,
        "path",
    ),
    ("user-name", "what variables call the user", "`USER`, `LOGNAME`, `USERNAME`", _user_name, "user"),
    ("user-id", "uid and gid, and the names they stand for", "a user namespace", _user_id, "user"),
    (
        "host-name",
        "the machine's name",
        "a UTS namespace; `uname` and `gethostname` preloaded",
        _host_name,
        "host-name",
    ),
    ("kernel", "release and version of the kernel", "`uname` preloaded", _kernel, "kernel"),
    ("umask", "modes of new files", "`umask 077`", _umask, "mode"),
    ("time-zone", "the local time", "`TZ`", _time_zone, "time-zone time"),
    *(
        (name, f"language, number format, sorting, encoding: {called}", _LOCALE, _locale(name), "locale order")
        for name, called in LOCALES.items()
    ),
    ("directory-order", "order of names in a directory", "`readdir` preloaded: reversed", _directory_order, "order"),
    ("clock", "date and time", "clock functions preloaded: three years and some hours later", _clock, "time"),
    ("cpus", "number of CPUs", "affinity to one CPU; `sysconf` preloaded: another number", _cpus, "cpus"),
    ("hash-seed", "order of Python's sets in the helper", "`PYTHONHASHSEED`", _hash_seed, "order"),
    ("tmpdir", "where temporary files go", "`TMPDIR`, `TEMP`, `TMP`", _tmpdir, "path"),
    (
        "environment",
        "what a user's shell exports",
        f"{len(NOISE)} variables: `CFLAGS`, `PYTHONPATH`, …",
        _environment,
        "",
    ),
    ("path", "programs found first on PATH", "decoys that fail: `python3`, `gcc`, `git`, …", _path, ""),
    ("stdin", "standard input", "closed", _stdin, ""),
    ("nice", "scheduling priority, so the order of parallel jobs", "`nice 7`", _nice, "order"),
)

PERTURBATIONS: tuple[Perturbation, ...] = tuple(
    Perturbation(name=name, changes=changes, how=how, apply=apply, causes=tuple(causes.split()))
    for name, changes, how, apply, causes in _ALL
)
"""All perturbations, in the order in which they are applied and shown."""


def perturbation_table() -> str:
    """Return the table of perturbations in Markdown, as in docs/verify.md."""
    rows = [f"| {p.name} | {p.changes} | {p.how} |" for p in PERTURBATIONS]
    return "\n".join(["| name | what is changed | how |", "|---|---|---|", *rows]) + "\n"
