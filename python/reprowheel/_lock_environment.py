"""Asks a build back end, while a lock is written, what it needs and what its wheel will say.

It runs as in a build (neutral interpreter, locked wheels only, no inherited variable, no network), but for PATH, which
has two folders: the environment's own `bin` and one with links to a shell, POSIX utilities and compilers. Tools that
exist as wheels (CMake, Ninja, SWIG …) are not there, so a back end that looks for them on the host asks for their
wheels on every host alike. Rust is there, because no wheel provides it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing

from reprowheel._backends import backend_settings
from reprowheel._environment import create_environment
from reprowheel._failure import NETWORK_FILE, wanted_network
from reprowheel._isolation import run_isolated
from reprowheel._workspace import MAPPED_ROOT
from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprowheel._interpreter import Interpreter
    from reprowheel._lock_metadata import BuildSystem
    from reprowheel._workspace import Workspace

__all__ = ["BackEnd", "link_host_tools"]

_UTILITIES = frozenset(
    (
        "[ awk basename bash bzip2 cat chmod cmp cp cut date diff dirname echo egrep env expr false fgrep file find "
        "gawk grep gzip head id install ln ls m4 make mawk mkdir mktemp mv perl pkg-config pkgconf printf pwd readlink "
        "realpath rm rmdir sed sh size sort tail tar tee test touch tr true uname uniq wc which xargs xz cargo rustc"
    ).split(" "),
)
_COMPILER = re.compile(
    r"""(?x)
    (?:[a-z0-9_]+-)*                                   # target triple, or gcc- and llvm- of their own ar, nm, ranlib
    (?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|cpp|gfortran|flang|ar|as|ld|nm|ranlib|strip|objcopy|objdump|readelf
       |c89|c99|ld\.(?:bfd|gold|lld|mold))
    (?:-[0-9.]+)?
    """,
)
_ALIASES = {"cc": ("gcc", "clang"), "c++": ("g++", "clang++")}
_SHOWN_LINES = 40


class BackEnd:
    """The back end of one unpacked sdist, each hook in a process of its own.

    :param wheels: what it may import: the closure of its build requirements.
    :param tools: the folder `link_host_tools` filled.
    :param epoch: SOURCE_DATE_EPOCH, seconds.
    :param workspace: a fresh one; it must outlive this object.
    :param place: what messages begin with.
    """

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        *,
        system: BuildSystem,
        tree: Path,
        interpreter: Interpreter,
        wheels: Sequence[Path],
        tools: Path,
        epoch: int,
        workspace: Workspace,
        place: str,
    ) -> None:
        self._place = place
        self._root = workspace.root
        self._out = workspace.directory("out")
        path = os.pathsep.join([os.fspath(workspace.root / "env" / "bin"), os.fspath(tools)])
        extra = {
            "MATURIN_NO_INSTALL_RUST": "1",  # else maturin asks for a wheel that downloads a compiler
            "PATH": path,
        }
        environment = create_environment(workspace, interpreter, wheels, epoch=epoch, extra=extra)
        self._variables = environment.variables
        self._log = workspace.root / "log.txt"
        self._settings = backend_settings(system.backend, workspace.root / "build", {})
        self._hooks: Any = BuildBackendHookCaller(
            os.fspath(tree),
            system.backend,
            backend_path=list(system.backend_path) or None,
            runner=self._run,
            python_executable=os.fspath(environment.python),
        )

    def requires_for_wheel(self) -> tuple[str, ...]:
        """Return what `get_requires_for_build_wheel` asks for, sorted."""
        name = "get_requires_for_build_wheel"
        return tuple(sorted(self._call(name, lambda: self._hooks.get_requires_for_build_wheel(self._settings))))

    def prepare_metadata(self) -> Path | None:
        """Return the `.dist-info` folder of the metadata hook, or None if the back end has no such hook."""
        target = os.fspath(self._out)
        hook = self._hooks.prepare_metadata_for_build_wheel
        name = "prepare_metadata_for_build_wheel"
        try:
            folder = self._call(name, lambda: hook(target, self._settings, _allow_fallback=False))
        except HookMissing:
            return None
        return self._out / str(folder)

    def build_wheel(self) -> Path:
        """Build the wheel and return its path; it is good for reading metadata and for use while locking only."""
        target = os.fspath(self._out)
        return self._out / str(self._call("build_wheel", lambda: self._hooks.build_wheel(target, self._settings)))

    def _call(self, hook: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the hook returns
        self._log.unlink(missing_ok=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the back end, relayed by pyproject_hooks
                return call()
        except HookMissing:
            raise
        except Exception as e:
            output = self._log.read_text(encoding="utf-8", errors="replace") if self._log.is_file() else ""
            if isinstance(e, BackendUnavailable):
                output += str(e.traceback)
            output = output.replace(os.fspath(self._root), MAPPED_ROOT)
            lines = [line.rstrip() for line in output.splitlines() if line.strip()]
            shown = "".join(f"\n  | {line}" for line in lines[-_SHOWN_LINES:])
            tip = "it saw only its own build requirements and no network"
            reason = lines[-1].strip() if lines else f"{type(e).__name__}: {e}"
            network = wanted_network(self._root / NETWORK_FILE, lines)
            msg = f"{self._place}: its build back end failed in {hook} ({reason}){network}"
            raise LockError(msg, tip=f"{tip}; the last lines it printed:{shown}" if shown else tip) from e

    def _run(self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        """Run one hook process; its output is kept for messages."""
        variables = {**self._variables, **(extra_environ or {})}
        code = run_isolated(cmd, cwd=cwd or ".", variables=variables, log=self._log)
        if code != 0:
            raise subprocess.CalledProcessError(code, list(cmd))


def link_host_tools(directory: Path, search: str | None = None) -> Path:
    """Fill `directory` with links to the host's shell, utilities and compilers, the first of each on PATH.

    :param search: value of PATH; default: this process's.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = search if search is not None else os.environ.get("PATH", os.defpath)
    for folder in dict.fromkeys(path.split(os.pathsep)):
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            if name in _UTILITIES or _COMPILER.fullmatch(name):
                _link(Path(folder, name), directory / name)
    for alias, names in _ALIASES.items():
        for name in names:
            if os.path.lexists(directory / name):
                _link(directory / name, directory / alias)
    return directory


def _link(source: Path, link: Path) -> None:
    """Link to a program unless it is none or another came first."""
    if not os.path.lexists(link) and shutil.which(source):
        link.symlink_to(source.absolute())
