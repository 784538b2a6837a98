"""An isolated environment in which a build back end is asked questions while a lock is written.

A back end sees the locked wheels, a fixed set of variables and a PATH with two folders: the environment's own `bin` and
one with links to a shell, POSIX utilities and compilers. Tools that exist as wheels (CMake, Ninja, SWIG …) are not
there, so a back end that looks for them on the host asks for their wheels on every host alike. Rust is there, because
no wheel provides it. The back end runs with the user's rights: only what has a locked hash is run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reprowheel._lock_metadata import BuildSystem

__all__ = ["BackEnd", "BuildEnvironment", "link_host_tools", "make_environment"]

_UTILITIES = frozenset(
    """
    [ awk basename bash bzip2 cat chmod cmp cp cut date diff dirname echo egrep env expr false fgrep file find gawk grep
    gzip head id install ln ls m4 make mawk mkdir mktemp mv perl pkg-config pkgconf printf pwd readlink realpath rm rmdir
    sed sh size sort tail tar tee test touch tr true uname uniq wc which xargs xz
    cargo rustc
    """.split(),
)
_COMPILER = re.compile(
    r"""(?x)
    (?:[a-z0-9_]+-)*                                   # target triple, or gcc- and llvm- of their own ar, nm, ranlib
    (?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|cpp|gfortran|flang|ar|as|ld|nm|ranlib|strip|objcopy|objdump|readelf
       |c89|c99|ld\.(?:bfd|gold|lld|mold))
    (?:-[0-9.]+)?
    """,
)
_SCHEME = "import json, sysconfig; print(json.dumps(sysconfig.get_paths()))"
_SHOWN_LINES = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildEnvironment:
    """A virtual environment and the folder of host tools its programs may use."""

    python: Path
    tools: Path


class BackEnd:
    """The back end of one unpacked sdist, each hook in a process of its own.

    :param epoch: SOURCE_DATE_EPOCH, seconds.
    :param scratch: an existing empty folder for HOME, temporary files and results.
    :param place: `name==version`, for messages.
    """

    def __init__(
        self,
        *,
        system: BuildSystem,
        tree: Path,
        environment: BuildEnvironment,
        epoch: int,
        scratch: Path,
        place: str,
    ) -> None:
        from pyproject_hooks import BuildBackendHookCaller  # noqa: PLC0415 - only where a back end is run

        self._place = place
        self._scratch = scratch
        self._variables = _variables(environment, epoch, scratch)
        self._output = ""
        self._hooks: Any = BuildBackendHookCaller(
            os.fspath(tree),
            system.backend,
            backend_path=list(system.backend_path) or None,
            runner=self._run,
            python_executable=os.fspath(environment.python),
        )

    def requires_for_wheel(self) -> tuple[str, ...]:
        """Return what `get_requires_for_build_wheel` asks for, sorted."""
        return tuple(sorted(self._call("get_requires_for_build_wheel", self._hooks.get_requires_for_build_wheel)))

    def prepare_metadata(self) -> Path | None:
        """Return the `.dist-info` folder of the metadata hook, or None if the back end has no such hook."""
        from pyproject_hooks import HookMissing  # noqa: PLC0415

        target = self._scratch / "metadata"
        target.mkdir(exist_ok=True)
        hook = self._hooks.prepare_metadata_for_build_wheel
        try:
            name = self._call(
                "prepare_metadata_for_build_wheel",
                lambda: hook(os.fspath(target), _allow_fallback=False),
                HookMissing,
            )
        except HookMissing:
            return None
        return target / str(name)

    def build_wheel(self) -> Path:
        """Build the wheel and return its path; it is good for reading metadata and for use while locking only."""
        target = self._scratch / "wheel"
        target.mkdir(exist_ok=True)
        name = self._call("build_wheel", lambda: self._hooks.build_wheel(os.fspath(target)))
        return target / str(name)

    def _call(self, hook: str, call: Callable[[], Any], *expected: type[Exception]) -> Any:  # noqa: ANN401
        self._output = ""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the back end, relayed by pyproject_hooks
                return call()
        except expected:
            raise
        except Exception as e:
            from pyproject_hooks import BackendUnavailable  # noqa: PLC0415

            output = self._output
            if isinstance(e, BackendUnavailable):
                output = output or str(e.traceback)
            lines = [line for line in output.splitlines() if line.strip()]
            for line in lines[-_SHOWN_LINES:]:
                print(f"  | {line}", file=sys.stderr)
            reason = lines[-1].strip() if lines else f"{type(e).__name__}: {e}"
            msg = f"{self._place}: its build back end failed in {hook} ({reason})"
            raise LockError(msg, tip="its output is above; it saw only its locked build requirements") from e

    def _run(
        self,
        argv: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        """Run one hook process; its output is kept for messages."""
        run = subprocess.run(
            argv,
            cwd=cwd,
            env={**self._variables, **(extra_environ or {})},
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            umask=0o022,
        )
        self._output = run.stdout
        if run.returncode != 0:
            raise subprocess.CalledProcessError(run.returncode, argv, run.stdout)


def make_environment(python: str, wheels: Iterable[Path], directory: Path, tools: Path) -> BuildEnvironment:
    """Make a virtual environment in `directory` that holds exactly `wheels`.

    :param python: the interpreter it is made with.
    :param tools: what `link_host_tools` filled.
    :raises LockError: the interpreter has no venv, or a wheel cannot be installed.
    """
    argv = [python, "-I", "-m", "venv", "--without-pip", "--symlinks", os.fspath(directory)]
    run = subprocess.run(argv, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode != 0:
        detail = (run.stderr or run.stdout).strip().splitlines()
        msg = f"interpreter {python} cannot make a virtual environment ({detail[-1] if detail else 'no reason given'})"
        raise LockError(msg, tip="install its venv module, or name another interpreter with --python EXE")
    executable = directory / "bin" / "python"
    answer = subprocess.run([executable, "-I", "-c", _SCHEME], check=True, capture_output=True, text=True)
    scheme = _scheme(answer.stdout)
    for wheel in sorted(wheels):
        _install(wheel, scheme, executable)
    return BuildEnvironment(python=executable, tools=tools)


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
            if name not in _UTILITIES and not _COMPILER.fullmatch(name):
                continue
            source, link = Path(folder, name), directory / name
            if not os.path.lexists(link) and shutil.which(source):
                link.symlink_to(source.absolute())
    return directory


def _variables(environment: BuildEnvironment, epoch: int, scratch: Path) -> dict[str, str]:
    """Return the whole environment of a back end: nothing is inherited."""
    home, temporary = scratch / "home", scratch / "tmp"
    for directory in (home, temporary):
        directory.mkdir(exist_ok=True)
    return {
        "HOME": os.fspath(home),
        "LC_ALL": "C.UTF-8",
        "MATURIN_NO_INSTALL_RUST": "1",  # else maturin asks for a wheel that downloads a compiler
        "PATH": os.pathsep.join([os.fspath(environment.python.parent), os.fspath(environment.tools)]),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "SOURCE_DATE_EPOCH": str(epoch),
        "TMPDIR": os.fspath(temporary),
        "TZ": "UTC",
        "ZERO_AR_DATE": "1",
    }


def _scheme(text: str) -> dict[str, str]:
    paths: dict[str, str] = json.loads(text)
    return {key: paths[key] for key in ("purelib", "platlib", "scripts", "data", "include")}


def _install(wheel: Path, scheme: Mapping[str, str], python: Path) -> None:
    """Install one wheel by `installer`."""
    from installer import install  # noqa: PLC0415 - only where an environment is made
    from installer.destinations import SchemeDictionaryDestination  # noqa: PLC0415
    from installer.sources import WheelFile  # noqa: PLC0415

    try:
        with WheelFile.open(wheel) as source:
            headers = os.path.join(scheme["include"], source.distribution)
            destination = SchemeDictionaryDestination(
                {**{k: v for k, v in scheme.items() if k != "include"}, "headers": headers},
                interpreter=os.fspath(python),
                script_kind="posix",
                bytecode_optimization_levels=(),
            )
            install(source, destination, additional_metadata={"INSTALLER": b"reprowheel\n"})
    except Exception as e:
        msg = f"{wheel.name}: cannot be installed into a build environment ({type(e).__name__}: {e})"
        raise LockError(msg, tip="the wheel is damaged or two build requirements have a file in common") from e
