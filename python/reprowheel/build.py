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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build import BuildException, ProjectBuilder
from packaging.utils import InvalidSdistFilename, canonicalize_name, parse_sdist_filename, parse_wheel_filename

from reprowheel import normalize
from reprowheel.archives.sdist import same_version, unpack_sdist
from reprowheel.backend.adapters import backend_settings, hook_command, job_variables, legacy_settings
from reprowheel.backend.failure import failure
from reprowheel.backend.hooks import _check_requirements
from reprowheel.checks.after_build import _check_host, _foreign_paths
from reprowheel.checks.expected import check_metadata
from reprowheel.checks.leaks import refuse_leaks, rewrite_leaks
from reprowheel.checks.platform_tag import tag_for_glibc
from reprowheel.compilers.native import place_native
from reprowheel.compilers.prepare import _prefix_maps
from reprowheel.compilers.toolchain import with_caches, with_cpu_baseline, with_split_headers
from reprowheel.compilers.wrappers import write_wrappers
from reprowheel.compilers.zig import ZIG
from reprowheel.deep.preload import _preload_all
from reprowheel.environment.create import create_environment
from reprowheel.environment.interpreter import probe
from reprowheel.environment.isolation import run_isolated
from reprowheel.errors import BuildError, FetchError, RefusedError, UsageError
from reprowheel.files import EPOCH_1980, fixed_umask, write_json
from reprowheel.patches.apply import apply_patches
from reprowheel.report.write import Facts, build_report
from reprowheel.request import BuildRequest, BuildResult
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.archives.sdist import Sdist
    from reprowheel.environment.create import BuildEnvironment
    from reprowheel.workspace import Workspace

__all__ = ["build_wheel"]


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
