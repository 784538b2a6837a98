"""The surroundings of one build of `verify`, and a session with the files that several builds share."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.compilers.toolchain import with_caches
from reprowheel.environment.interpreter import probe
from reprowheel.errors import BuildError, ReprowheelError
from reprowheel.output.printable import warn
from reprowheel.programs import bare_environment, run_program
from reprowheel.removal import OpenDirectory
from reprowheel.rust.place import find_archives
from reprowheel.verify.interpreter import copy_interpreter
from reprowheel.verify.locales import make_locale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprowheel.request import BuildRequest

__all__ = ["Session", "Surroundings"]


@dataclass(kw_only=True, slots=True)
class Surroundings:
    """The surroundings of one build; perturbations change them before the build starts.

    :param directory: folder of this build's outputs and working directory.
    :param env: all environment variables of the process that runs the build.
    :param umask: umask of that process; `None`: that of this process. An empty value of `nice`, `affinity`, `host_name` and
        `user_id` means the same.
    :param shim: macros of `shim.c`; empty: no library is preloaded.
    :param known_values: (cause, value without, value with the perturbation), for explanations.
    """

    session: Session
    directory: Path
    request: BuildRequest
    cwd: Path
    env: dict[str, str]
    umask: int | None = None
    nice: int = 0
    affinity: tuple[int, ...] = ()
    host_name: str = ""
    user_id: tuple[int, int] | None = None
    close_stdin: bool = False
    shim: dict[str, str] = field(default_factory=dict)
    known_values: list[tuple[str, str, str]] = field(default_factory=list)


class Session:
    """Temporary folders, variants of the shim, and copies of interpreter and Rust toolchain, made once each; a context."""

    def __init__(self, request: BuildRequest) -> None:
        self.request = _absolute(request)
        self._temporary = tempfile.TemporaryDirectory(prefix="reprowheel-verify-")
        self.scratch = Path(self._temporary.name).resolve()
        if request.rust_toolchain:
            from reprowheel.rust.toolchain import for_any_folder  # noqa: PLC0415 - only for Rust

            toolchain = for_any_folder(request.rust_toolchain, self.scratch / "rust-toolchain.json")
            self.request = replace(self.request, rust_toolchain=toolchain)
        self._elsewhere: list[Path] = []
        self._shims: dict[str, Path | str] = {}
        self._interpreter: Path | str = ""
        self._rust: Path | str = ""
        self._locales: dict[str, str] = {}
        self._count = 0

    def __enter__(self) -> Session:  # noqa: PYI034 - Self is new in Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        for path in (*self._elsewhere, *self.scratch.iterdir()):
            if path.is_dir() and not path.is_symlink():  # a build that was killed may have left its workspace in it
                with contextlib.suppress(OSError):
                    warn(OpenDirectory(path).remove())
        self._temporary.cleanup()

    def surroundings(self) -> Surroundings:
        """Return unperturbed surroundings with a new directory."""
        self._count += 1
        directory = self.scratch / f"build-{self._count}"
        directory.mkdir()
        request = replace(
            self.request,
            out=directory / "dist",
            exclusive=True,
            debug_dir=directory / "debug",
            report=directory / "report.json",
            log=directory / "build.log",
        )
        return Surroundings(session=self, directory=directory, request=request, cwd=Path.cwd(), env=dict(os.environ))

    def directory_elsewhere(self, bases: tuple[str, ...], room: int) -> Path | None:
        """Make a directory below the first of `bases` that is writable and has `room` bytes free; `None` if there is none."""
        for base in bases:
            if os.path.isdir(base) and os.access(base, os.W_OK | os.X_OK) and shutil.disk_usage(base).free >= room:
                path = Path(tempfile.mkdtemp(prefix="rv", dir=base))
                self._elsewhere.append(path)
                return path
        return None

    def shim(self, macros: Mapping[str, str]) -> Path:
        """Return the library to preload, compiled with these macros by the toolchain of the build.

        :raises BuildError: it cannot be compiled or loaded.
        """
        key = json.dumps(macros, sort_keys=True)
        if key not in self._shims:
            self._shims[key] = self._compile(macros)
        made = self._shims[key]
        if isinstance(made, str):
            raise BuildError(made)
        return made

    def _compile(self, macros: Mapping[str, str]) -> Path | str:
        target = self.scratch / f"shim-{len(self._shims)}.so"
        source = Path(__file__).with_name("shim.c")
        flags = [f"-D{name}={value}" for name, value in sorted(macros.items())]
        toolchain = with_caches(self.request.toolchain, self.scratch)
        command = [*toolchain.driver(), "-shared", "-fPIC", "-O1", *flags, os.fspath(source)]
        run = run_program(
            [*command, "-Wl,-Bsymbolic", "-o", os.fspath(target), "-ldl", "-pthread"],
            bare_environment({"TMPDIR": os.fspath(self.scratch)} | dict(toolchain.env)),
            errors="replace",
        )
        if run.returncode:
            line = next((line for line in run.stderr.splitlines() if "error" in line), "no message")
            return f"the library to preload does not compile here: {line.strip()[:160]}"
        probe_run = run_program(["/bin/sh", "-c", "exit 0"], {"LD_PRELOAD": os.fspath(target)}, errors="replace")
        if probe_run.returncode or probe_run.stderr:
            return f"the library to preload cannot be used here: {probe_run.stderr.strip()[:160]}"
        return target

    def locale(self, name: str) -> Path:
        """Return the folder for LOCPATH that has this locale.

        :raises BuildError: it cannot be made.
        """
        folder = self.scratch / "locales"
        if name not in self._locales:
            self._locales[name] = make_locale(name, folder)
        if self._locales[name]:
            raise BuildError(self._locales[name])
        return folder

    def moved_interpreter(self) -> Path:
        """Return the executable of a copy of the build's interpreter, in another prefix.

        :raises BuildError: the interpreter cannot be copied, or the copy does not run.
        """
        if not self._interpreter:
            try:
                self._interpreter = copy_interpreter(probe(self.request.python), self.scratch / "moved" / "python")
            except (OSError, ReprowheelError, shutil.Error) as e:
                self._interpreter = f"the interpreter cannot be copied: {str(e)[:160]}"
        if isinstance(self._interpreter, str):
            raise BuildError(self._interpreter)
        return self._interpreter

    def moved_rust(self) -> Path:
        """Return the description of a copy of the build's Rust toolchain, in another folder.

        :raises BuildError: the toolchain cannot be copied.
        """
        if not self._rust:
            from reprowheel.verify.rust import copy_rust  # noqa: PLC0415 - only for Rust

            places = [self.scratch / "moved", *filter(None, [self.directory_elsewhere(("/var/tmp",), 0)])]
            places[0].mkdir(exist_ok=True)
            try:
                self._rust = copy_rust(self.request.rust_toolchain, places)
            except (OSError, ReprowheelError, shutil.Error) as e:
                self._rust = f"the Rust toolchain cannot be copied: {str(e)[:160]}"
        if isinstance(self._rust, str):
            raise BuildError(self._rust)
        return self._rust

    def moved_inputs(self, request: BuildRequest) -> BuildRequest:
        """Return the request with its sdist, build requirements and crates copied to another folder."""
        directory = self.scratch / "moved" / "inputs" / "elsewhere"
        if not directory.exists():
            directory.mkdir(parents=True)
            for path in (request.sdist, *request.build_wheels):
                shutil.copyfile(path, directory / path.name)
            for name, crate in find_archives(request.crates).files.items():
                (directory / "crates").mkdir(exist_ok=True)
                shutil.copyfile(crate, directory / "crates" / name)
        wheels = [directory / wheel.name for wheel in request.build_wheels]
        crates = [directory / "crates"] if request.crates else []
        return replace(request, sdist=directory / request.sdist.name, build_wheels=wheels, crates=crates)


def _absolute(request: BuildRequest) -> BuildRequest:
    """Return the request with absolute paths, because builds have working directories of their own."""
    return replace(
        request,
        sdist=Path(os.path.abspath(request.sdist)),
        build_wheels=[Path(os.path.abspath(wheel)) for wheel in request.build_wheels],
        crates=[Path(os.path.abspath(path)) for path in request.crates],
        cargo_locks={place: Path(os.path.abspath(path)) for place, path in request.cargo_locks.items()},
        python=os.path.abspath(shutil.which(request.python) or request.python),
        work_root=Path(os.path.abspath(request.work_root)) if request.work_root else None,
    )
