"""The build stage: an sdist, a build environment and toolchains go in, a canonical wheel and a report come out.

Everything happens in a private workspace; the output directory is filled at the very end, by renames, so a build that
fails or is killed leaves nothing in it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tomllib
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build import BuildException, ProjectBuilder
from packaging.requirements import Requirement
from packaging.utils import InvalidSdistFilename, canonicalize_name, parse_sdist_filename, parse_wheel_filename

from reprowheel import normalize
from reprowheel._backends import backend_settings, hook_command, job_variables, legacy_settings
from reprowheel._deep import deep_variables
from reprowheel._environment import create_environment
from reprowheel._expected import check_metadata
from reprowheel._failure import failure
from reprowheel._host_headers import check_host_headers, declaration, host_headers, read_headers, undeclared
from reprowheel._host_libraries import check_host_libraries
from reprowheel._interpreter import probe
from reprowheel._isolation import run_isolated
from reprowheel._leaks import refuse_leaks, rewrite_leaks
from reprowheel._native import place_native
from reprowheel._patch import apply_patches
from reprowheel._platform_tag import tag_for_glibc
from reprowheel._report import Facts, build_report
from reprowheel._sdist import same_version, unpack_sdist
from reprowheel._toolchain import with_cpu_baseline, write_wrappers
from reprowheel._workspace import MAPPED_ROOT, create_workspace
from reprowheel._zig import ZIG, with_caches, with_split_headers
from reprowheel.determinism import EPOCH_1980, fixed_umask, write_json
from reprowheel.errors import BuildError, FetchError, RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel._compiler_cache import CacheUse, CompilerCache
    from reprowheel._environment import BuildEnvironment
    from reprowheel._expected import ExpectedMetadata
    from reprowheel._interpreter import Interpreter
    from reprowheel._native import NativeInputs
    from reprowheel._sdist import Sdist
    from reprowheel._toolchain import CcToolchain
    from reprowheel._workspace import Workspace

__all__ = ["BuildRequest", "BuildResult", "build_wheel"]


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


def build_wheel(request: BuildRequest) -> BuildResult:
    """Build one sdist.

    :raises FetchError: the sdist is damaged or is another distribution.
    :raises BuildError: the environment cannot be made, or the back end fails.
    :raises RefusedError: the wheel leaks its place of build, needs or was made with something undeclared of the
        host, or contradicts its lock.
    """
    if request.out.exists() and any(request.out.iterdir()):
        msg = f"output directory {request.out} is not empty"
        raise UsageError(msg)
    if request.compiler_cache and (request.deep or request.toolchain.compiler == ZIG):
        what = "deep mode, which compilers run in" if request.deep else "Zig, which has a cache of its own"
        msg = f"a compiler cache does not go with {what}"
        raise UsageError(msg, tip="Build without --compiler-cache.")
    with fixed_umask(), create_workspace(request.work_root) as workspace:
        request = replace(request, toolchain=with_caches(request.toolchain, workspace.root))
        sdist = unpack_sdist(request.sdist, workspace.directory("src"))
        name, version = _identify(request, sdist)
        sdist, inputs = _patch(request, sdist, f"{name}=={version}")
        epoch = max(EPOCH_1980, sdist.epoch if request.epoch is None else request.epoch)
        interpreter = probe(request.python)
        toolchain = with_cpu_baseline(request.toolchain, request.cpu_baseline)
        toolchain = with_split_headers(toolchain, interpreter.include, workspace.root)
        extra = dict(toolchain.env) | job_variables(request.jobs, workspace)
        if request.native is not None:
            native = place_native(request.native, workspace, toolchain)
            toolchain, extra = native.toolchain, extra | dict(native.variables)
            inputs |= {"native": native.report}
        environment = create_environment(
            workspace,
            interpreter,
            request.build_wheels,
            epoch=epoch,
            extra=extra | dict(request.env),
        )
        environment = _preload_all(request, environment, workspace, epoch)
        write_wrappers(
            toolchain,
            workspace.directory("tools"),
            python=Path(interpreter.executable),
            root=workspace.root,
            maps=_prefix_maps(workspace, interpreter),
            epoch=epoch,
            headers=workspace.directory("headers"),
            cache=request.compiler_cache,
        )
        raw = _run_backend(f"{name}=={version}", sdist, environment, workspace, request)
        result = _finish(request, raw, workspace, Facts(sdist, name, version, epoch, interpreter, environment, inputs))
        return replace(result, cache_use=request.compiler_cache.use(workspace.root) if request.compiler_cache else None)


def _named(filename: str) -> tuple[str, str]:
    """Return what an sdist's file name says: sdists from before PEP 625 may have no PKG-INFO at the top."""
    with contextlib.suppress(InvalidSdistFilename):
        name, version = parse_sdist_filename(filename)
        return name, str(version)
    return "", ""


def _patch(request: BuildRequest, sdist: Sdist, package: str) -> tuple[Sdist, dict[str, Any]]:
    """Apply the patches; what they change is a second newer than everything else, so builders see that it changed."""
    if not request.patches:
        return sdist, {}
    newest = sdist.epoch + 1
    try:
        applied = apply_patches(sdist.tree, request.patches, strip=request.patch_strip, mtime=newest)
    except (BuildError, UsageError) as e:
        msg = f"{package}: {e.message}"
        raise type(e)(msg, tip=e.tip) from e
    report = [{"filename": p.filename, "sha256": p.sha256, "files": list(p.files)} for p in applied]
    return replace(sdist, epoch=newest), {"patches": report}


def _preload_all(request: BuildRequest, environment: BuildEnvironment, workspace: Workspace, epoch: int) -> BuildEnvironment:
    """Add deep mode's library and that of `verify`, where they are asked for."""
    if request.deep:
        given = environment.variables.get("LD_PRELOAD", "")
        variables = deep_variables(workspace, request.toolchain, epoch=epoch)
        environment = replace(environment, variables=dict(environment.variables) | variables)
        environment = _preloaded(environment, given)
    return _preloaded(environment, os.fspath(request.perturb_preload or ""))


def _preloaded(environment: BuildEnvironment, library: str) -> BuildEnvironment:
    """Add a library behind those that are preloaded already, which so have the last word."""
    if not library:
        return environment
    libraries = [environment.variables.get("LD_PRELOAD", ""), library]
    return replace(environment, variables=dict(environment.variables) | {"LD_PRELOAD": ":".join(filter(None, libraries))})


def _identify(request: BuildRequest, sdist: Sdist) -> tuple[str, str]:
    """Return name and version, having compared what was asked for with what the archive says of itself."""
    named = _named(sdist.filename)
    name = canonicalize_name(request.name) if request.name else sdist.name or named[0]
    version = request.version or sdist.version or named[1]
    if not name or not version:
        msg = f"{sdist.filename}: has no PKG-INFO with a name and a version, and its file name has none"
        raise UsageError(msg, tip="Name them with --name and --version.")
    if (sdist.name and sdist.name != name) or (sdist.version and not same_version(sdist.version, version)):
        msg = f"{sdist.filename}: is {sdist.name}=={sdist.version}; expected {name}=={version}"
        raise FetchError(msg, tip="Check the hash in the lock: it names another distribution's archive.")
    return name, version


def _prefix_maps(workspace: Workspace, interpreter: Interpreter) -> list[tuple[str, str]]:
    """Return what compilers write instead of real paths; the last match wins."""
    maps = [(os.getcwd(), f"{MAPPED_ROOT}/execroot")] if os.getcwd() != "/" else []
    headers = {os.path.realpath(p) for p in (interpreter.include, interpreter.platinclude)}
    headers |= {interpreter.include, interpreter.platinclude}
    maps += [(path, f"{MAPPED_ROOT}/python/include/{os.path.basename(interpreter.include)}") for path in sorted(headers)]
    return [*maps, (os.fspath(workspace.root), MAPPED_ROOT)]


def _run_backend(
    package: str,
    sdist: Sdist,
    environment: BuildEnvironment,
    workspace: Workspace,
    request: BuildRequest,
) -> Path:
    """Run the PEP 517 back end and return the raw wheel."""
    log = workspace.root / "build.log"
    log.touch()
    backend = _declared_backend(sdist.tree)
    legacy = legacy_settings(
        package,
        backend,
        {requirement.name for requirement in environment.requirements},
        {"--global-option": request.global_options, "--build-option": request.build_options},
        request.config_settings.keys(),
    )

    def run(cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        variables = dict(environment.variables) | dict(extra_environ or {})
        command = hook_command(cmd, workspace)
        if request.compiler_cache:
            command = request.compiler_cache.around(command, workspace.root)
        if code := run_isolated(command, cwd=cwd or os.fspath(sdist.tree), variables=variables, log=log):
            msg = f"command exited with status {code}"
            raise BuildException(msg)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the back end's own; it is not the reader's package
            builder = ProjectBuilder(sdist.tree, python_executable=os.fspath(environment.python), runner=run)
            settings = dict(request.config_settings) | legacy
            chosen = backend_settings(backend, workspace.root / "build", settings, request.jobs)
            required = builder.build_system_requires | builder.get_requires_for_build("wheel", chosen)
            _check_requirements(package, required, environment)
            return Path(builder.build("wheel", workspace.directory("out"), chosen))
    except BuildError:
        raise
    except Exception as e:
        raise failure(package, log, workspace, e) from e


def _declared_backend(tree: Path) -> str:
    """Return `build-system.build-backend`, or nothing (PEP 518)."""
    path = tree / "pyproject.toml"
    system = tomllib.loads(path.read_text(encoding="utf-8")).get("build-system", {}) if path.is_file() else {}
    return str(system.get("build-backend", ""))


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


def _finish(request: BuildRequest, raw: Path, workspace: Workspace, facts: Facts) -> BuildResult:
    """Normalize the raw wheel, check it, write it, and publish all outputs."""
    package = f"{facts.name}=={facts.version}"
    name, version, _, _ = parse_wheel_filename(raw.name)
    if name != facts.name or not same_version(str(version), facts.version):
        msg = f"{package}: the back end built {name}=={version}"
        raise BuildError(msg)
    tree, debug = workspace.root / "tree", workspace.root / "debug"
    normalize.unpack_wheel(raw, tree)
    rewrites = rewrite_leaks(tree, workspace)
    debug.mkdir()
    files = normalize.normalize_tree(tree, debug_dir=debug, epoch=facts.epoch)
    from_host = _check_host(request, package, tree, workspace, facts.interpreter)
    try:
        check_metadata(package, tree, request.expected)
    except RefusedError as e:
        if not request.patches:
            raise
        tip = "A patch changes what it requires, which the lock cannot know; leave it out of the patch."
        raise RefusedError(e.message, tip=tip) from e
    filename = tag_for_glibc(package, tree, raw.name, request.toolchain.glibc)
    wheel = normalize.write_wheel(tree, workspace.directory("wheel"), filename=filename)
    foreign = _foreign_paths(facts.interpreter)
    refuse_leaks(tree, workspace, foreign)
    refuse_leaks(debug, workspace, foreign)
    report = build_report(request, facts, wheel, files, rewrites) | from_host
    return _publish(request, wheel, debug, report)


def _check_host(
    request: BuildRequest, package: str, tree: Path, workspace: Workspace, interpreter: Interpreter
) -> dict[str, Any]:
    """Refuse what the build took from the host undeclared; return what it took, for the report."""
    read = read_headers(workspace.directory("headers"))
    headers = host_headers(read, request.toolchain, interpreter, workspace.root)
    unknown = declaration(undeclared(headers, request.host_headers))
    libraries = check_host_libraries(package, tree, request.host_libraries, headers=unknown)
    return {
        "host_libraries": list(libraries),
        "host_headers": check_host_headers(package, headers, request.host_headers),
    }


def _foreign_paths(interpreter: Interpreter) -> list[str]:
    """Return the paths of this host that no wheel may hold: those that are long enough to be nobody else's."""
    paths = {interpreter.prefix, interpreter.exec_prefix, os.getcwd()}
    return sorted(path for path in paths if path.count("/") > 2 and not path.startswith("/usr/"))


def _publish(request: BuildRequest, wheel: Path, debug: Path, report: dict[str, Any]) -> BuildResult:
    """Copy the outputs beside their places and rename them there; the wheel comes last."""
    if request.debug_dir is not None:
        request.debug_dir.mkdir(parents=True, exist_ok=True)
        shutil.copytree(debug, request.debug_dir, dirs_exist_ok=True)
    if request.report is not None:
        request.report.parent.mkdir(parents=True, exist_ok=True)
        write_json(request.report, report)
    if request.wheel_file is not None:
        request.wheel_file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheel, request.wheel_file)
    request.out.mkdir(parents=True, exist_ok=True)
    partial = request.out.parent / f".{request.out.name}.{os.getpid()}.partial"
    final = request.out / wheel.name
    try:
        shutil.copyfile(wheel, partial)
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)
    return BuildResult(wheel=final, sha256=report["wheel"]["sha256"], report=report)
