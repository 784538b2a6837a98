"""What a build is asked for, and what it gives: the data between the command line and the build stage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.archives.metadata import ExpectedMetadata
    from reprowheel.compilers.cache import CacheUse, CompilerCache
    from reprowheel.compilers.native import NativeInputs
    from reprowheel.compilers.toolchain import CcToolchain

__all__ = ["BuildRequest", "BuildResult", "requirement_template"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequest:
    """All that a wheel's bytes depend on, and where to put it.

    :param name: normalized name the sdist must have, or empty to take the sdist's.
    :param build_wheels: the whole closure of build requirements, as wheels.
    :param python: interpreter to build with and for.
    :param host_headers: patterns of headers that compilers may take from the host; see `check_host_headers`.
    :param global_options: for `setup.py` in front of its command; `build_options`: for its command `bdist_wheel`.
    :param epoch: seconds since 1970, or `None` for the newest member time of the sdist.
    :param patches: applied in order to the unpacked sdist; see `apply_patches`.
    :param native: headers and libraries that the build finds.
    :param cpu_baseline: CPU that code is made for; empty for what the platform's wheels run on.
    :param jobs: how many jobs may run at once; 0 for the builders' default. The wheel must not depend on it.
    :param compiler_cache: answers for compilers where it can. The wheel does not depend on it.
    :param out: directory that will hold exactly the wheel; must not exist or be empty.
    :param wheel_file: the wheel once more, under a name that is known before it is built.
    :param work_root: where the workspace is made; see `create_workspace`.
    :param deep: preload a library that fixes what every process of the build sees of this machine (docs/deep-mode.md).
    :param perturb_preload: library that shows the build's processes another world; only `verify` sets it.
    """

    sdist: Path
    build_wheels: Sequence[Path]
    toolchain: CcToolchain
    python: str
    out: Path
    name: str = ""
    version: str = ""
    epoch: int | None = None
    config_settings: Mapping[str, str | list[str]] = field(default_factory=dict)
    global_options: Sequence[str] = ()
    build_options: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    host_libraries: Sequence[str] = ()
    host_headers: Sequence[str] = ()
    patches: Sequence[Path] = ()
    patch_strip: int = 0
    native: NativeInputs | None = None
    cpu_baseline: str = ""
    jobs: int = 0
    compiler_cache: CompilerCache | None = None
    expected: ExpectedMetadata | None = None
    debug_dir: Path | None = None
    report: Path | None = None
    wheel_file: Path | None = None
    work_root: Path | None = None
    deep: bool = False
    perturb_preload: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildResult:
    """A finished build: the wheel's place and digest, the report as written, and what it had of a compiler cache."""

    wheel: Path
    sha256: str
    report: dict[str, Any]
    cache_use: CacheUse | None = None


def requirement_template(request: BuildRequest) -> BuildRequest:
    """Return what builds of build requirements take from a request: toolchain, interpreter, work root."""
    template = replace(request, name="", version="", epoch=None, host_libraries=(), host_headers=())
    template = replace(template, config_settings={}, global_options=(), build_options=(), env={})
    template = replace(template, wheel_file=None, patches=(), patch_strip=0, native=None, cpu_baseline="", jobs=0, deep=False)
    return replace(template, expected=None, debug_dir=None, report=None)
