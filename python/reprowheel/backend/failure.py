"""Explains in one line why a back end failed: from its output, and from what its processes looked for in vain."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprowheel import limits
from reprowheel.backend.cargo_errors import cargo_error
from reprowheel.backend.compiler_errors import first_error
from reprowheel.backend.incomplete import lacking
from reprowheel.backend.missing import missing_parts, what_brings
from reprowheel.backend.wanted_programs import wanted_programs
from reprowheel.untrusted import UntrustedFileError, read_untrusted
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from reprowheel.workspace import Workspace

__all__ = [
    "NETWORK_FILE",
    "Explanation",
    "cause",
    "explain",
    "explain_loss",
    "kept_log",
    "printed_text",
    "wanted_network",
]

NETWORK_FILE = "network"
"""File in the workspace to which Python processes of a build append `HOST:PORT` lines (see `neutral/network.py`)."""

_LINES, _LINE, _WHY = 40, 2000, 300
_NO_NETWORK = re.compile(
    r"(?i)network is unreachable|could ?n[o']t resolve|name resolution|name or service not known|unable to resolve"
    r"|getaddrinfo|EAI_AGAIN|ENETUNREACH|NewConnectionError|no such host|failed to lookup address|dns error"
)
"""Messages of programs that find no network: the C library, curl, git, wget, urllib3, node, Go, Rust."""

_COMPILING = re.compile(
    r"(?i)command '.*' (?:failed|died)|returned non-zero exit status|ninja: build stopped|make(?:\[\d+\])?: \*\*\*"
    r"|CMake Error|Configuring incomplete|could not compile|collect2: error|compilation terminated|CompileError|LinkError"
    r"|meson-log\.txt|CMake build failed|linker command failed|\d+ errors? generated"
)
"""What a build says last if a program that it ran has failed."""
_ENDING = 12
_PLACED = re.compile(r"\S+:\d+:.*error", re.IGNORECASE)

_NOT_FOUND = re.compile(r"fatal error: .*(?:No such file|not found)|cannot find -l|ModuleNotFoundError")


def printed_text(log: Path) -> str:
    """Return the output of a back end: its beginning and its end, with a line between them that says how much is missing.

    :param log: the file with the output, however large it is.
    """
    with log.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= limits.OUTPUT_HEAD + limits.OUTPUT_TAIL:
            return file.read(size).decode("utf-8", "replace")
        head = file.read(limits.OUTPUT_HEAD)
        file.seek(size - limits.OUTPUT_TAIL)
        tail = file.read(limits.OUTPUT_TAIL)
    between = f"\n({size - limits.OUTPUT_HEAD - limits.OUTPUT_TAIL} bytes are not shown)\n"
    return head.decode("utf-8", "replace") + between + tail.decode("utf-8", "replace")


def kept_log(log: Path, package: str) -> str:
    """Copy an output that is longer than what an error shows into the folder for temporary files; return the copy's path.

    :returns: an empty string if there is no need for a copy, or no room.
    """
    try:
        if log.stat().st_size < limits.OUTPUT_HEAD and len(log.read_bytes().splitlines()) <= _LINES:
            return ""
        handle, path = tempfile.mkstemp(prefix=f"reprowheel-{package}-", suffix=".log")
        with os.fdopen(handle, "wb") as copy, log.open("rb") as whole:
            shutil.copyfileobj(whole, copy, 1 << 20)
    except OSError:
        return ""
    return path


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a build failed.

    :param why: the reason in one line; empty: it did not fail.
    :param programs: undeclared programs of the host that it looked for.
    :param declaration: the part of the tip that declares them.
    """

    why: str
    tip: str
    programs: Sequence[str]
    declaration: str

    @property
    def details(self) -> dict[str, Any]:
        """The keyword arguments of the error."""
        missing = {"host_tools": list(self.programs)} if self.programs else {}
        return {"tip": self.tip, "undeclared": missing, "declaration": self.declaration}


def explain(  # noqa: PLR0913 - the last is keyword-only
    hook: str,
    printed: str,
    workspace: Workspace,
    error: Exception,
    declare: Callable[[Mapping[str, Sequence[str]]], str],
    *,
    package: str = "the package",
    kept: str = "",
) -> Explanation:
    """Return the reason, and a tip with the last lines of the back end's output.

    :param hook: the hook that failed (PEP 517).
    :param printed: the output of the back end, from `printed_text`.
    :param error: the error of the runner of hooks.
    :param declare: returns text that says how to declare what a build takes from its host.
    :param package: name of the distribution, for the tip.
    :param kept: path of a file with the whole output; empty: there is none.
    """
    root = os.fspath(workspace.root)
    lines = printed.replace(root, MAPPED_ROOT).splitlines()
    tail = [line[-_LINE:] for line in lines[-_LINES:]]
    programs = wanted_programs(workspace.root, printed)
    cargo = cargo_error(lines)
    why = (cargo.why or about(programs, tail) or cause(tail, lines) or str(error)).replace(root, MAPPED_ROOT)[:_WHY]
    text = "\n".join(f"  | {line}" for line in tail)
    where = f" (all of it is in {kept})" if kept else ""
    tip = f"The last lines that its hook {hook} printed{where}:\n{text}" if tail else f"Its hook {hook} printed nothing."
    tip = f"{cargo.tip} {tip}".lstrip()
    network = wanted_network(workspace.root / NETWORK_FILE, [*tail, why])
    if network:
        tip = (
            "Give the build what it fetches: a patch, a build requirement, native_deps; or switch the download off with a"
            f" variable or config setting. {tip}"
        )
    if not programs:
        lacks = missing_parts([why]) or ([] if _PLACED.match(why) else missing_parts(tail))
        brought = what_brings(package, lacks, declare)
        hint = brought or _unnamed_module(why, workspace.root)
        return Explanation(f"{why}{network}", f"{hint} {tip}".lstrip(), (), "")
    declaration = declare({"host_tools": programs})
    tip = f"{_if_needed(programs, declaration)} {tip}"
    return Explanation(f"{why}; {_looked_for(programs)}{network}", tip, programs, declaration)


def explain_loss(
    wheel: Path, printed: str, workspace: Workspace, declare: Callable[[Mapping[str, Sequence[str]]], str]
) -> Explanation:
    """Return what a wheel lacks for want of a program that the host has; `why` is empty if there is no such thing."""
    programs = wanted_programs(workspace.root, printed)
    lack = lacking(wheel, printed) if programs else ""
    if not lack:
        return Explanation("", "", (), "")
    declaration = declare({"host_tools": programs})
    return Explanation(f"{lack}; {_looked_for(programs)}", _if_needed(programs, declaration), programs, declaration)


def _unnamed_module(why: str, root: Path) -> str:
    """Return what to do about a module that no build requirement brings; empty if it is one of the sdist's own."""
    module = re.search(r"No module named '([A-Za-z_]\w*)", why)
    if not module or any(root.glob(f"src/*/{module[1]}*")) or any(root.glob(f"src/*/src/{module[1]}*")):
        return ""
    where = "build-system.requires of its pyproject.toml"
    return f"None of its build requirements has the module {module[1]}: what brings it belongs into {where}."


def _looked_for(programs: Sequence[str]) -> str:
    return f"it looked for {' and '.join(programs)}, which this host has and which {'are' if programs[1:] else 'is'} not declared"


def _if_needed(programs: Sequence[str], declaration: str) -> str:
    return f"If it needs {'them' if programs[1:] else 'it'}: {declaration}."


def about(programs: Sequence[str], lines: Sequence[str]) -> str:
    """Return the first line that says that one of these programs is missing, or an empty string."""
    names = [re.escape(os.path.basename(program)) for program in programs]
    missing = re.compile(rf"(?i)(?=.*(?:error|required|fatal|not found|no such file))(?:.*\W)?(?:{'|'.join(names)})(?:\W|$)")
    return next((line.strip() for line in lines if missing.match(line)), "") if names else ""


def cause(lines: Sequence[str], whole: Sequence[str] = ()) -> str:
    """Return the line that tells why a back end failed: the first about a missing file or network, else the last one.

    Where the end only says that a compiler or a builder has failed, it is the first error of that, with its file and line.

    :param whole: all lines of the output; empty: `lines`.
    """
    said = [line.strip() for line in lines if line.strip()]
    last = said[-1] if said else ""
    if any(_COMPILING.search(line) for line in said[-_ENDING:]) and (error := first_error(whole or lines)):
        return error
    telling = (line for line in said if _NOT_FOUND.search(line) or _NO_NETWORK.search(line))
    return next(telling, last)


def wanted_network(asked: Path, lines: Sequence[str]) -> str:
    """Return text to append to the message if a back end tried to use the network, else an empty string.

    :param asked: path of `NETWORK_FILE` in the workspace.
    :param lines: the output of the back end.
    """
    try:
        hosts = read_untrusted(asked.parent, asked.name, limit=limits.OUTPUT_HEAD).decode(errors="replace").split("\n")
    except UntrustedFileError:
        hosts = []
    if hosts:
        return f"; it tried to reach {hosts[0][:80]}, and builds have no network"
    return "; builds have no network" if any(_NO_NETWORK.search(line) for line in lines) else ""
