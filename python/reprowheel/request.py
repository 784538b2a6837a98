"""What a build is asked for, and what it gives: the data between the command line and the build stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprowheel.settings import BuildSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reprowheel.archives.metadata import ExpectedMetadata
    from reprowheel.compilers.cache import CacheUse, CompilerCache
    from reprowheel.compilers.toolchain import CcToolchain

__all__ = ["BuildRequest", "BuildResult", "requirement_template"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequest(BuildSettings):
    """All that a wheel's bytes depend on, and where to put it: the settings, what is built with what, and the outputs.

    :param sdist: the archive that is built.
    :param build_wheels: the whole closure of build requirements, as wheels.
    :param toolchain: C and C++ compilers, from `find_toolchain` or `read_toolchain`.
    :param python: interpreter to build with and for.
    :param out: directory that will hold exactly the wheel; must not exist or be empty.
    :param name: normalized name the sdist must have, or empty to take the sdist's.
    :param version: version the sdist must have, or empty to take the sdist's.
    :param compiler_cache: answers for compilers where it can. The wheel does not depend on it.
    :param expected: metadata that the wheel must have.
    :param debug_dir: directory for split debug information.
    :param report: file for the report.
    :param wheel_file: the wheel once more, under a name that is known before it is built.
    :param work_root: where the private workspace is made; `None` for /tmp.
    :param perturb_preload: library that shows the build's processes another world; only `verify` sets it.
    """

    sdist: Path
    build_wheels: Sequence[Path]
    toolchain: CcToolchain
    python: str
    out: Path
    name: str = ""
    version: str = ""
    compiler_cache: CompilerCache | None = None
    expected: ExpectedMetadata | None = None
    debug_dir: Path | None = None
    report: Path | None = None
    wheel_file: Path | None = None
    work_root: Path | None = None
    perturb_preload: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildResult:
    """A finished build.

    :param wheel: where the wheel is.
    :param sha256: the wheel's digest.
    :param report: what the build was made of and what became of it, as JSON; docs/contracts.md has its form.
    :param cache_use: what a compiler cache answered, where there was one.
    """

    wheel: Path
    sha256: str
    report: dict[str, Any]
    cache_use: CacheUse | None = None


def requirement_template(request: BuildRequest) -> BuildRequest:
    """Return what builds of build requirements take from a request: what it is built with and where, and no setting."""
    return BuildRequest(
        sdist=request.sdist,
        build_wheels=request.build_wheels,
        toolchain=request.toolchain,
        python=request.python,
        out=request.out,
        compiler_cache=request.compiler_cache,
        work_root=request.work_root,
        perturb_preload=request.perturb_preload,
    )
