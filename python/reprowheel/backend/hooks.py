"""The one PEP 517 front end: runs the hooks of a back end, for the stages build and lock.

Each hook runs in a process of its own, in the build environment, contained (docs/containment.md). pyproject-hooks implements
the protocol.
See docs/decisions.md, "One runner of hooks".
"""

from __future__ import annotations

import configparser
import re
import subprocess
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing, UnsupportedOperation

from reprowheel.archives.metadata import read_dist_info, read_wheel
from reprowheel.backend.adapters import hook_command
from reprowheel.backend.answers import AnswerError, checked_requirements, read_answer, take_metadata, take_wheel
from reprowheel.backend.build_system import read_pkg_info, static_entry_points
from reprowheel.backend.failure import explain, explain_loss, kept_log, printed_text
from reprowheel.containment import run_contained
from reprowheel.errors import LockError, ReprowheelError
from reprowheel.output.progress import following, step
from reprowheel.output.unexpected import machine_fault
from reprowheel.untrusted import UntrustedFileError
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reprowheel.archives.metadata import WheelMetadata
    from reprowheel.backend.adapters import ConfigSettings
    from reprowheel.backend.build_system import BuildSystem
    from reprowheel.containment import Containment
    from reprowheel.environment.create import BuildEnvironment
    from reprowheel.workspace import Workspace

__all__ = ["BackEnd", "ask_metadata", "last_output", "made_metadata"]


_LOG = "build.log"
_METADATA_HOOK = "prepare_metadata_for_build_wheel"
_T = TypeVar("_T")


class BackEnd:
    """The back end of one unpacked sdist.

    :param environment: the build environment: installed build requirements, and all variables that hooks see.
    :param workspace: a fresh workspace; it must outlive this object.
    :param settings: config settings for every hook.
    :param place: prefix of messages, such as `name==version`.
    :param error: class of the error to raise, that of the calling stage.
    :param containment: what the back end may read and write, and its limits.
    :param declare: returns text that says how to declare what hooks take from the host, for the tip of an error.
    :param keep_log: keep a long output in a file of the folder for temporary files, if a hook fails.
    :param around: wraps a command into another one, such as a compiler cache.
    """

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        *,
        system: BuildSystem,
        tree: Path,
        environment: BuildEnvironment,
        workspace: Workspace,
        settings: ConfigSettings,
        place: str,
        error: type[ReprowheelError],
        containment: Containment,
        declare: Callable[[Mapping[str, Sequence[str]]], str],
        around: Callable[[Sequence[str]], list[str]] = list,
        keep_log: bool = False,
    ) -> None:
        self._environment, self._workspace, self._settings = environment, workspace, settings
        self._place, self._error, self._declare, self._around = place, error, declare, around
        self._containment, self._keep_log = containment, keep_log
        self._out = workspace.directory("out")
        self._log = workspace.outside / _LOG
        self._hooks: Any = BuildBackendHookCaller(
            str(tree),
            system.backend,
            backend_path=list(system.backend_path) or None,
            runner=self._run,
            python_executable=str(environment.python),
        )

    def requires_for_wheel(self) -> tuple[str, ...]:
        """Return the requirements that `get_requires_for_build_wheel` reports, sorted."""
        call = partial(self._hooks.get_requires_for_build_wheel, self._settings)
        return self._call("get_requires_for_build_wheel", call, checked_requirements)

    def prepare_metadata(self) -> Path | None:
        """Return a copy of the `.dist-info` folder of the metadata hook, or None if the back end has no such hook."""
        hook = self._hooks.prepare_metadata_for_build_wheel
        call = partial(hook, str(self._out), self._settings, _allow_fallback=False)
        try:
            take = partial(take_metadata, out=self._out, workspace=self._workspace)
            return self._call(_METADATA_HOOK, call, take)
        except HookMissing:
            return None

    def build_wheel(self) -> Path:
        """Build the wheel and return the path of a copy that the build never saw.

        It is an error if the wheel lacks a part for want of an undeclared program.
        """
        call = partial(self._hooks.build_wheel, str(self._out), self._settings)
        wheel = self._call("build_wheel", call, partial(take_wheel, out=self._out, workspace=self._workspace))
        loss = explain_loss(wheel, printed_text(self._log), self._workspace, self._declare)
        if loss.why:
            msg = f"{self._place}: the build back end {loss.why}"
            raise self._error(msg, **loss.details)
        return wheel

    def _call(self, hook: str, call: Callable[[], Any], take: Callable[[Any], _T]) -> _T:
        """Run a hook, and return what `take` makes of its answer."""
        self._log.write_bytes(b"")
        step(f"{self._place}: back end: {hook}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # warnings about the back end, from pyproject-hooks
                answer = call()
            return take(answer)
        except HookMissing as e:
            if hook == _METADATA_HOOK:
                raise
            msg = f"{self._place}: its build back end has no hook {hook}"
            raise self._error(msg) from e
        except (AnswerError, UntrustedFileError) as e:
            left = "" if isinstance(e, AnswerError) else "left something else than it answered: "
            msg = f"{self._place}: its build back end's hook {hook} {left}{e}"
            raise self._error(msg, tip="A back end has to do as PEP 517 says; patch the sdist.") from e
        except OSError as e:
            msg = f"{self._place}: its build back end's hook {hook} could not be run: {machine_fault(e) or e}"
            raise self._error(msg) from e
        except (BackendUnavailable, UnsupportedOperation, subprocess.CalledProcessError) as e:
            printed = printed_text(self._log)
            if isinstance(e, BackendUnavailable):
                printed += str(e.traceback)
            name = re.sub(r".*:\s+", "", self._place).partition("==")[0]
            kept = kept_log(self._log, name) if self._keep_log else ""
            failure = explain(hook, printed, self._workspace, e, self._declare, package=name, kept=kept)
            msg = f"{self._place}: the build back end failed: {failure.why}"
            raise self._error(msg, **failure.details) from e

    def _run(self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        """Run one hook process; its output goes to the log, for messages, and its answer to where pyproject-hooks reads it."""
        command = self._around(hook_command(cmd, self._workspace))
        with following(self._log):
            code = run_contained(
                command,
                cwd=cwd or ".",
                variables={**self._environment.variables, **(extra_environ or {})},
                log=self._log,
                containment=self._containment,
                place=self._place,
                error=self._error,
            )
        if code:
            raise subprocess.CalledProcessError(code, command)
        Path(cmd[-1], "output.json").write_bytes(read_answer(self._workspace))


def ask_metadata(  # noqa: PLR0913 - keyword-only
    back_end: BackEnd,
    system: BuildSystem,
    tree: Path,
    *,
    key: str,
    say: Callable[[str], None],
    static_first: bool = False,
) -> WheelMetadata:
    """Return the metadata of an sdist's wheel: from the metadata hook, else from static PKG-INFO, else from a built wheel.

    If the hook fails, for example because a compiler is missing here, static PKG-INFO is used.

    :param tree: the unpacked sdist.
    :param key: `name==version` of the sdist, for messages.
    :param say: takes one progress line.
    :param static_first: run no hook if PKG-INFO is static.
    :raises LockError: the back end fails, and PKG-INFO is not static.
    """
    static = read_pkg_info(tree, system)
    if static is not None and static_first:
        return static
    try:
        directory = back_end.prepare_metadata()
    except LockError as e:
        if static is None:
            raise
        say(f"  {e.message}; its PKG-INFO is taken")
        directory = None
    if directory is not None:
        with made_metadata(key):
            metadata = read_dist_info(directory)
        points = static_entry_points(system)  # some hooks write METADATA only
        return metadata if points is None else replace(metadata, entry_points=points)
    if static is None:
        say(f"  {key}: its back end has no metadata hook: building the wheel")
        wheel = back_end.build_wheel()
        with made_metadata(key):
            return read_wheel(wheel)
    return static


@contextmanager
def made_metadata(key: str) -> Iterator[None]:
    """Turn errors of a block that reads what a back end made into a LockError with the sdist's `name==version`."""
    try:
        yield
    except (ValueError, LookupError, RuntimeError, configparser.Error, zipfile.BadZipFile, zlib.error, EOFError) as e:
        msg = f"{key}: the metadata that its back end made cannot be read ({' '.join(str(e).split())})"
        raise LockError(msg, tip="patch the sdist") from e


def last_output(workspace: Workspace) -> str:
    """Return what the last hook printed, with the mapped path of the workspace; the middle of a long text is left out."""
    log = workspace.outside / _LOG
    return printed_text(log).replace(str(workspace.root), MAPPED_ROOT) if log.exists() else ""
