"""The build stage: turns an sdist into a canonical wheel and a report.

Read `build_wheel` as a table of contents: every step is a call, and most steps have a package of their own.

The build happens in a private workspace. What it made is copied out of it, and only then read. The outputs are put into place
at the very end, by renames, the wheel last. So a build that fails or is killed leaves no wheel in the output directory.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name, parse_wheel_filename

from reprowheel import normalize
from reprowheel.archives.names import archive_identity
from reprowheel.archives.sdist import LAST_EPOCH, same_version, unpack_sdist
from reprowheel.backend.adapters import backend_settings, job_variables, legacy_settings
from reprowheel.backend.build_system import read_build_system
from reprowheel.backend.hooks import BackEnd, last_output
from reprowheel.backend.needed import check_requirements, named_wheels
from reprowheel.checks.after_build import check_tree, refuse_traces
from reprowheel.checks.at_once import told_at_once
from reprowheel.checks.leaks import rewrite_leaks
from reprowheel.checks.wheel_tag import tag_for_glibc
from reprowheel.compilers.prepare import prepare_compilers
from reprowheel.compilers.reach import cache_folders, header_folders, paths_in, program_paths, tool_paths, toolchain_paths
from reprowheel.compilers.records import has_compiled
from reprowheel.compilers.toolchain import with_caches
from reprowheel.compilers.zig import ZIG
from reprowheel.containment import Containment, Limits
from reprowheel.deep.preload import deep_variables, preload
from reprowheel.environment.create import create_environment
from reprowheel.environment.interpreter import probe
from reprowheel.errors import BuildError, FetchError, UsageError
from reprowheel.files import EPOCH_1980, RealTimes, fixed_umask, is_vacant, json_bytes
from reprowheel.output.progress import step
from reprowheel.output.publish import Outputs, check_file_target, check_folder_target
from reprowheel.output.unexpected import of_package
from reprowheel.patches.apply import apply_patches
from reprowheel.report.write import BuildState, build_report
from reprowheel.request import BuildResult
from reprowheel.rust import may_use_rust
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprowheel.archives.sdist import Sdist
    from reprowheel.backend.build_system import BuildSystem
    from reprowheel.environment.create import BuildEnvironment
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.request import BuildRequest
    from reprowheel.rust.prepare import PreparedRust
    from reprowheel.workspace import Workspace

__all__ = ["build_wheel"]


def build_wheel(request: BuildRequest) -> BuildResult:
    """Build one sdist.

    :raises UsageError: the request contradicts itself.
    :raises FetchError: the sdist is damaged, or has another name or version.
    :raises BuildError: the build environment cannot be made, or the back end fails.
    :raises RefusedError: the wheel has a path of this host, was made with undeclared host libraries or headers, or its
        metadata differs from the lock.
    """
    return told_at_once(request, _build, BuildError)


def _build(request: BuildRequest) -> BuildResult:
    """Build one sdist, once."""
    _check_request(request)
    out, request = request.out, _resolved(request)
    with fixed_umask(), create_workspace(request.work_root) as workspace:
        step(f"unpacking {request.sdist.name}")
        with of_package(request.sdist.name, BuildError):
            sdist = unpack_sdist(request.sdist, workspace.directory("src"))
        name, version = _identify(request, sdist)
        with of_package(f"{name}=={version}", BuildError):
            result = _build_unpacked(request, sdist, name, version, workspace)
            step(f"{name}=={version}: removing its workspace")
            return replace(result, wheel=out / result.wheel.name)


def _build_unpacked(request: BuildRequest, sdist: Sdist, name: str, version: str, workspace: Workspace) -> BuildResult:
    """Build an unpacked sdist."""
    started = _time_of_files(workspace)
    request = replace(request, toolchain=with_caches(request.toolchain, workspace.root))
    package = f"{name}=={version}"
    sdist, inputs = _patch(request, sdist, package)
    epoch = max(EPOCH_1980, sdist.epoch if request.epoch is None else request.epoch)
    step(f"{package}: looking at the interpreter and the compilers")
    interpreter = probe(request.python)
    system = _build_system(request, sdist, package, interpreter)
    compilers = prepare_compilers(
        request.toolchain, workspace, interpreter, cpu_baseline=request.cpu_baseline, native=request.native
    )
    rust = _prepare_rust(request, sdist, package, workspace)
    variables = {**compilers.variables, **job_variables(request.jobs, workspace), **compilers.native_variables}
    variables |= rust.variables if rust else {}
    times = RealTimes(epoch=epoch, started=started, known=sdist.times | {epoch})
    step(f"{package}: installing its {len(request.build_wheels)} build requirements")
    environment = create_environment(
        workspace,
        interpreter,
        request.build_wheels,
        times=times,
        extra=variables | dict(request.env),
        host_tools=request.host_tools,
        bytecode=request.bytecode_cache,
    )
    environment = preload(request, environment, workspace, epoch)
    compilers.write_wrappers(workspace, interpreter, epoch=epoch, cache=request.compiler_cache)
    if rust:
        _write_rust_wrappers(request, rust, interpreter, workspace, epoch)
    containment = _contain(request, interpreter, environment, workspace, rust.toolchain.folders if rust else ())
    try:
        raw = _run_back_end(package, sdist, system, interpreter, environment, workspace, request, containment)
        if rust:
            rust.check_locks(sdist.tree, package)
    except BuildError as e:
        if has_compiled(workspace.root / "headers"):
            e.undeclared = {}  # to compile all of it again might take hours
        raise
    finally:
        if request.log is not None:
            request.log.write_text(last_output(workspace), encoding="utf-8")
    times = replace(times, ended=_time_of_files(workspace) + 1)
    state = BuildState(sdist, name, version, times, interpreter, environment, {**inputs, **compilers.report})
    state = replace(state, rust=dict(rust.report)) if rust else state
    result = _finish(request, raw, workspace, state)
    return replace(result, cache_use=request.compiler_cache.use(workspace.root) if request.compiler_cache else None)


def _time_of_files(workspace: Workspace) -> int:
    """Return the time, in seconds, that a file gets now: the clock of the file system may be another one."""
    file = workspace.outside / "time"
    file.touch()
    seconds = int(file.stat().st_mtime)
    file.unlink()
    return seconds


def _check_request(request: BuildRequest) -> None:
    """Raise UsageError for requests that cannot be built, and for outputs that cannot be written."""
    for option, folder in (("--out", request.out), ("--debug-dir", request.debug_dir)):
        if folder is not None:
            check_folder_target(option, folder)
            if request.exclusive and not is_vacant(folder):
                msg = f"{option} {folder}: is not empty; with --exclusive, nothing else may be there"
                raise UsageError(msg, tip="Name a new folder, or build without --exclusive.")
    for option, file in (("--report", request.report), ("--wheel-file", request.wheel_file)):
        if file is not None:
            check_file_target(option, file)
    if request.epoch is not None and request.epoch > LAST_EPOCH:
        msg = f"--epoch {request.epoch}: is later than {LAST_EPOCH}, the last time that a zip archive can have"
        raise UsageError(msg, tip="It is in seconds since 1970; one in milliseconds is a thousand times too large.")
    if request.compiler_cache and (request.deep or request.toolchain.compiler == ZIG):
        what = "deep mode, which compilers run in" if request.deep else "Zig, which has a cache of its own"
        msg = f"a compiler cache does not go with {what}"
        raise UsageError(msg, tip="Build without --compiler-cache.")


def _resolved(request: BuildRequest) -> BuildRequest:
    """Return the request with absolute paths of outputs, without the links that are in them now."""
    names = ("out", "debug_dir", "report", "wheel_file")
    paths = {name: path for name in names if (path := getattr(request, name)) is not None}
    resolved: dict[str, Any] = {name: Path(os.path.realpath(path)) for name, path in paths.items()}
    return replace(request, **resolved)


def _identify(request: BuildRequest, sdist: Sdist) -> tuple[str, str]:
    """Return name and version of the sdist; raise FetchError if they are not the requested ones."""
    named = archive_identity(sdist.filename) or ("", "", False)  # old sdists may have no PKG-INFO
    name = canonicalize_name(request.name) if request.name else sdist.name or named[0]
    version = request.version or sdist.version or named[1]
    if not name or not version:
        msg = f"{sdist.filename}: has no PKG-INFO with a name and a version, and its file name has none"
        raise UsageError(msg, tip="Name them with --name and --version.")
    if (sdist.name and sdist.name != name) or (sdist.version and not same_version(sdist.version, version)):
        msg = f"{sdist.filename}: is {sdist.name}=={sdist.version}; expected {name}=={version}"
        raise FetchError(msg, tip="Check --name and --version; in a lock, its hash is that of another distribution's archive.")
    return name, version


def _patch(request: BuildRequest, sdist: Sdist, package: str) -> tuple[Sdist, dict[str, Any]]:
    """Apply the patches; changed files get a time one second after all others, so that build tools notice the change."""
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


def _prepare_rust(request: BuildRequest, sdist: Sdist, package: str, workspace: Workspace) -> PreparedRust | None:
    """Put crates and the variables of cargo into place; `None` if the sdist uses no Rust."""
    if not may_use_rust(sdist.tree):
        return None
    from reprowheel.rust.prepare import prepare_rust  # noqa: PLC0415 - most builds need none of it

    return prepare_rust(
        sdist.tree,
        named_wheels(request.build_wheels),
        workspace,
        package=package,
        toolchain=request.rust_toolchain,
        crates=request.crates,
        cargo_locks=request.cargo_locks,
        jobs=request.jobs,
        how_to_lock=request.how_to_lock,
        fetch=request.how_to_fetch_crates,
    )


def _write_rust_wrappers(
    request: BuildRequest, rust: PreparedRust, interpreter: Interpreter, workspace: Workspace, epoch: int
) -> None:
    """Put `rustc` and `cargo` on the PATH of the build."""
    from reprowheel.rust.wrappers import write_wrappers  # noqa: PLC0415 - most builds need none of it

    write_wrappers(
        rust.toolchain,
        workspace,
        interpreter.executable,
        cpu_baseline=request.cpu_baseline,
        preload={} if request.deep else deep_variables(workspace, request.toolchain, epoch=epoch),
        cache=request.compiler_cache,
        epoch=epoch,
    )


def _contain(
    request: BuildRequest,
    interpreter: Interpreter,
    environment: BuildEnvironment,
    workspace: Workspace,
    more: Sequence[str] = (),
) -> Containment:
    """Return what the back end may read and write, and its limits: a 0 in the request is the default of `Limits`.

    :param more: further folders that it may read.
    """
    cache = request.compiler_cache
    given = {
        "processes": request.max_processes,
        "memory": request.max_memory_mb << 20,
        "seconds": request.max_seconds,
        "disk": request.max_disk_mb << 20,
        "files": request.max_files,
    }
    readable = interpreter.paths + (program_paths(cache.program) if cache else [])
    readable += tool_paths(environment.host_tools) + header_folders(request.host_headers)
    readable += [os.fspath(request.perturb_preload)] if request.perturb_preload else []
    return Containment(
        root=workspace.root,
        readable=tuple(readable),
        linked=(*toolchain_paths(request.toolchain), *more, *paths_in(request.env.values())),
        writable=tuple(cache_folders(request.toolchain, cache)),
        allowed=tuple(request.allow_uncontained),
        limits=Limits(**{name: value for name, value in given.items() if value}),
    )


def _build_system(request: BuildRequest, sdist: Sdist, package: str, interpreter: Interpreter) -> BuildSystem:
    """Return the back end and what it requires, which must be there before any of its hooks runs."""
    if not any((sdist.tree / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg")):
        msg = f"{sdist.filename}: has neither pyproject.toml nor setup.py, so it is no sdist"
        raise FetchError(msg, tip="Name the archive that its project publishes as the source distribution.")
    system = read_build_system(sdist.tree, place=package, error=BuildError)
    given = named_wheels(request.build_wheels)
    check_requirements(package, system.requires, given, interpreter.markers, tip=request.how_to_lock)
    return system


def _run_back_end(  # noqa: PLR0913, PLR0917 - what the steps before have made
    package: str,
    sdist: Sdist,
    system: BuildSystem,
    interpreter: Interpreter,
    environment: BuildEnvironment,
    workspace: Workspace,
    request: BuildRequest,
    containment: Containment,
) -> Path:
    """Run the PEP 517 back end and return the raw wheel."""
    options = legacy_settings(
        package,
        system.backend,
        {requirement.name for requirement in environment.requirements},
        {"--global-option": request.global_options, "--build-option": request.build_options},
        request.config_settings.keys(),
    )
    given = {**request.config_settings, **options}
    back_end = BackEnd(
        system=system,
        tree=sdist.tree,
        environment=environment,
        workspace=workspace,
        settings=backend_settings(system.backend, workspace.root / "build", given, request.jobs),
        place=package,
        error=BuildError,
        containment=containment,
        declare=partial(request.say_how, package),
        keep_log=request.keep_log,
        around=partial(cache.around, root=workspace.root) if (cache := request.compiler_cache) else list,
    )
    installed = {requirement.name: requirement.version for requirement in environment.requirements}
    asked = {*system.requires, *back_end.requires_for_wheel()}
    check_requirements(package, asked, installed, interpreter.markers, tip=request.how_to_lock)
    return back_end.build_wheel()


def _finish(request: BuildRequest, raw: Path, workspace: Workspace, state: BuildState) -> BuildResult:
    """Normalize the raw wheel, check it, write it, and publish all outputs."""
    package = f"{state.name}=={state.version}"
    name, version, _, _ = parse_wheel_filename(raw.name)
    if name != state.name or not same_version(str(version), state.version):
        msg = f"{package}: the back end built {name}=={version}"
        raise BuildError(msg)
    step(f"{package}: normalizing {raw.name}")
    tree, debug = workspace.outside / "tree", workspace.outside / "debug"
    normalize.unpack_wheel(raw, tree)
    rewrites = rewrite_leaks(tree, workspace)
    debug.mkdir()
    files = normalize.normalize_tree(tree, debug_dir=debug, times=state.times)
    files = normalize.keep_recorded(
        package, wheel=raw, tree=tree, reports=files, rewritten=[rewrite.path for rewrite in rewrites], debug=debug
    )
    step(f"{package}: checking what the wheel tells and needs of this host")
    from_host = check_tree(request, package, tree, workspace, state.interpreter, tools=state.environment.host_tools)
    state = replace(state, found={**state.found, **from_host})
    filename = tag_for_glibc(package, tree, raw.name, request.toolchain.glibc)
    wheel = normalize.write_wheel(tree, workspace.outside / "wheel", filename=filename)
    refuse_traces((tree, debug), workspace, state.interpreter)
    report = build_report(request, state, wheel, files, rewrites)
    return _publish(request, wheel, debug, report)


def _publish(request: BuildRequest, wheel: Path, debug: Path, report: dict[str, Any]) -> BuildResult:
    """Write all outputs to the paths of the request; the wheel comes last."""
    step(f"{report['name']}=={report['version']}: writing the outputs")
    with Outputs(f"{report['name']}=={report['version']}") as outputs:
        add = outputs.add_folder if request.exclusive else outputs.add_files
        if request.debug_dir is not None:
            add(request.debug_dir, debug)
        if request.report is not None:
            outputs.add_file(request.report, json_bytes(report))
        if request.wheel_file is not None:
            outputs.add_file(request.wheel_file, wheel)
        add(request.out, wheel.parent)
        outputs.commit()
    return BuildResult(wheel=request.out / wheel.name, sha256=report["wheel"]["sha256"], report=report)
