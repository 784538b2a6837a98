"""Asks a build back end, while a lock is written, what it needs and what its wheel will say.

It runs as in a build (neutral interpreter, locked wheels only, no inherited variable, no network), but for PATH, which
has two folders: the environment's own `bin` and one with links to a shell, POSIX utilities and compilers. Tools that
exist as wheels (CMake, Ninja, SWIG …) are not there, so a back end that looks for them on the host asks for their
wheels on every host alike. Rust is there, because no wheel provides it.
"""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing

from reprowheel.archives.metadata import WheelMetadata, read_dist_info, read_wheel
from reprowheel.backend.adapters import backend_settings
from reprowheel.backend.build_system import BuildSystem, read_pkg_info, static_entry_points
from reprowheel.backend.failure import NETWORK_FILE, wanted_network
from reprowheel.environment.create import BuildEnvironment, create_environment
from reprowheel.environment.isolation import run_isolated
from reprowheel.errors import BuildError, LockError
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.workspace import Workspace

__all__ = ["BackEnd", "ask_metadata"]

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


def _check_requirements(package: str, required: set[str], environment: BuildEnvironment) -> None:
    """Raise unless every requirement of the back end is installed in a version it accepts."""
    installed = {r.name: r.version for r in environment.requirements}
    for text in sorted(required):
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = installed.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            found = f"{version} is locked" if version else "none is locked"
            msg = f"{package}: its build back end requires {text}; {found}"
            raise BuildError(msg, tip="Lock its build requirements again: reprowheel lock REQUIREMENTS --out FILE.")


def ask_metadata(back_end: BackEnd, system: BuildSystem, tree: Path, *, key: str, say: Callable[[str], None]) -> WheelMetadata:
    """Ask the metadata hook; else PKG-INFO where it binds every wheel; else build the wheel and read it.

    A hook that fails, because it wants a compiler that is not here, is no reason not to lock what PKG-INFO binds.

    :param tree: the unpacked sdist.
    :param key: whose it is, for messages.
    :param say: takes one progress line.
    :raises LockError: the back end fails.
    """
    static = read_pkg_info(tree, system)
    try:
        directory = back_end.prepare_metadata()
    except LockError as e:
        if static is None:
            raise
        say(f"  {e.message}; its PKG-INFO is taken")
        directory = None
    if directory is not None:
        metadata = read_dist_info(directory)
        points = static_entry_points(system)  # some hooks write METADATA only
        return metadata if points is None else replace(metadata, entry_points=points)
    if static is None:
        say(f"  {key}: its back end has no metadata hook: building the wheel")
        return read_wheel(back_end.build_wheel())
    return static
