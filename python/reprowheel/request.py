"""The request and the result of a build: the data between the command line and the build stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reprowheel.output.command import command
from reprowheel.output.declare import OPTIONS, declare
from reprowheel.settings import BuildSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.archives.metadata import ExpectedMetadata
    from reprowheel.compilers.cache import CacheUse, CompilerCache
    from reprowheel.compilers.toolchain import CcToolchain

__all__ = ["BuildRequest", "BuildResult", "requirement_template"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequest(BuildSettings):
    """One build: its settings, its inputs, and the paths of its outputs. The bytes of the wheel depend on nothing else.

    :param sdist: the archive to build.
    :param build_wheels: the transitive closure of build requirements, as wheels.
    :param toolchain: C and C++ compilers, from `find_toolchain` or `read_toolchain`.
    :param python: interpreter to build with and for.
    :param out: directory that the wheel is added to.
    :param name: normalized name that the sdist must have; empty: any.
    :param version: version that the sdist must have; empty: any.
    :param hub: name of the hub in MODULE.bazel, for messages; empty: unknown.
    :param compiler_cache: compiler cache to use. The wheel does not depend on it.
    :param bytecode_cache: folder that keeps bytecode of build requirements. The wheel does not depend on it.
    :param expected: metadata that the wheel must have.
    :param debug_dir: directory for split debug information.
    :param report: file for the report.
    :param log: file for what the back end's last hook printed, also if the build fails.
    :param wheel_file: path for a second copy of the wheel, known before the wheel is built.
    :param exclusive: `out` and `debug_dir` must be new or empty, and have the outputs of this build alone in the end.
    :param work_root: folder in which the private workspace is made; `None`: /tmp.
    :param keep_log: keep the output of a back end that fails in a file, if it is longer than what the error shows.
    :param rust_toolchain: folder or JSON file of the Rust toolchain; `None`: that of the host, if the sdist uses Rust.
    :param crates: archives of crates, and folders of them.
    :param cargo_locks: path in the sdist → Cargo.lock for an sdist that has none there.
    :param locking: what messages say to do if a build requirement is missing or stale; empty: what holds for any caller.
    :param perturb_preload: library to preload into the processes of the build; only `verify` sets it.
    """

    sdist: Path
    build_wheels: Sequence[Path]
    toolchain: CcToolchain
    python: str
    out: Path
    name: str = ""
    version: str = ""
    hub: str = ""
    compiler_cache: CompilerCache | None = None
    bytecode_cache: Path | None = None
    expected: ExpectedMetadata | None = None
    debug_dir: Path | None = None
    report: Path | None = None
    log: Path | None = None
    wheel_file: Path | None = None
    exclusive: bool = False
    work_root: Path | None = None
    keep_log: bool = False
    rust_toolchain: Path | None = None
    crates: Sequence[Path] = ()
    cargo_locks: Mapping[str, Path] = field(default_factory=dict)
    locking: str = ""
    perturb_preload: Path | None = None

    @property
    def how_to_lock(self) -> str:
        """What to do if a build requirement is missing, or is there in another version only."""
        if self.locking:
            return self.locking
        if self.hub:
            return f"Its build lock is stale. Write it again: `bazel run @{self.hub}//:lock.update`"
        return f"Lock its build requirements: `{command('lock', self.sdist, '--out', 'build-lock.json')}`"

    @property
    def how_to_fetch_crates(self) -> str:
        """What to do if a crate is missing."""
        if self.hub:
            return f"Its build lock is stale. Write it again: `bazel run @{self.hub}//:lock.update`"
        return f"Fetch its crates: `{command('fetch-crates', self.sdist, '--out', 'crates')}`; then build with --crates crates."

    def say_how(self, package: str, missing: Mapping[str, Sequence[str]]) -> str:
        """Return the declaration of what a package takes from the host, for messages.

        :param package: `name==version`.
        :param missing: setting → what is not declared.
        """
        return declare(package, self.hub, {name: getattr(self, name) for name in OPTIONS}, missing)


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildResult:
    """A finished build.

    :param wheel: path of the wheel.
    :param sha256: digest of the wheel.
    :param report: the report as a JSON object; docs/contracts.md, "Report", has its format.
    :param cache_use: use of the compiler cache; `None` without one.
    """

    wheel: Path
    sha256: str
    report: dict[str, Any]
    cache_use: CacheUse | None = None


def requirement_template(request: BuildRequest) -> BuildRequest:
    """Return a request for builds of build requirements: with the tools, work root and containment of a request only."""
    return BuildRequest(
        sdist=request.sdist,
        build_wheels=request.build_wheels,
        toolchain=request.toolchain,
        python=request.python,
        out=request.out,
        hub=request.hub,
        compiler_cache=request.compiler_cache,
        bytecode_cache=request.bytecode_cache,
        work_root=request.work_root,
        keep_log=request.keep_log,
        rust_toolchain=request.rust_toolchain,
        crates=request.crates,
        locking=request.locking,
        perturb_preload=request.perturb_preload,
        allow_uncontained=request.allow_uncontained,
        max_processes=request.max_processes,
        max_memory_mb=request.max_memory_mb,
        max_seconds=request.max_seconds,
        max_disk_mb=request.max_disk_mb,
        max_files=request.max_files,
    )
