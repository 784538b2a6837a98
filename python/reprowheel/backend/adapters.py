"""Adapts to what is special to a build back end, never to a package (docs/decisions.md, "One adapter per back end").

An adapter returns config settings (PEP 517) that keep the back end's own directories at a stable path. Options that are older
than PEP 517 are passed only to setuptools, the one back end that has them.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from reprowheel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from reprowheel.workspace import Workspace

__all__ = ["EXCHANGE", "HOOKS", "ConfigSettings", "backend_settings", "hook_command", "job_variables", "legacy_settings"]

HOOKS, EXCHANGE = "hooks", "exchange"
"""Folder in the workspace for one hook, and the folder in it for the hook's arguments and answer."""

ConfigSettings = dict[str, str | list[str]]


def _meson_python(build: Path, jobs: int) -> ConfigSettings:
    """Without these settings, meson-python makes a randomly named directory in the source tree, and runs one job per CPU."""
    settings: ConfigSettings = {"build-dir": str(build)}
    if jobs:
        settings["compile-args"] = f"-j{jobs}"
    return settings


def _scikit_build_core(build: Path, _jobs: int) -> ConfigSettings:
    """Without this setting, scikit-build-core makes a randomly named temporary directory."""
    return {"build-dir": str(build)}


_ADAPTERS: dict[str, Callable[[Path, int], ConfigSettings]] = {
    "mesonpy": _meson_python,
    "scikit_build_core": _scikit_build_core,
}


_WITHOUT_OPTIONS = frozenset({"flit_core", "hatchling", "maturin", "mesonpy", "pdm", "poetry", "scikit_build_core", "uv_build"})
"""Back ends that never run a setup.py. Any other back end may use setuptools, which then is among its requirements."""


def job_variables(jobs: int, workspace: Workspace) -> dict[str, str]:
    """Return the environment variables that set the number of parallel jobs; empty for 0, which keeps the tools' defaults.

    setuptools takes its number from a configuration file, which is written to the workspace and named by a variable.
    """
    if not jobs:
        return {}
    names = ("CMAKE_BUILD_PARALLEL_LEVEL", "MAX_JOBS", "NPY_NUM_BUILD_JOBS")
    variables = dict.fromkeys(names, str(jobs)) | {"MAKEFLAGS": f"-j{jobs}"}
    if jobs > 1:
        options = workspace.root / "jobs.cfg"
        options.write_text(f"[build_ext]\nparallel = {jobs}\n", encoding="utf-8")
        variables["DIST_EXTRA_CONFIG"] = os.fspath(options)
    return variables


def backend_settings(backend: str, build: Path, given: Mapping[str, str | list[str]], jobs: int = 0) -> ConfigSettings:
    """Return the config settings for a back end; the user's settings override the adapter's.

    :param backend: `build-system.build-backend`, such as `scikit_build_core.build`.
    :param build: path for the build directory, in the workspace; it does not exist yet.
    :param given: the user's config settings.
    :param jobs: how many jobs may run at once; 0 for the back end's default.
    """
    adapter = _ADAPTERS.get(backend.partition(":")[0].partition(".")[0])
    return (adapter(build, jobs) if adapter else {}) | dict(given)


def legacy_settings(
    package: str,
    backend: str,
    installed: Collection[str],
    options: Mapping[str, Sequence[str]],
    given: Collection[str],
) -> ConfigSettings:
    """Return options of `setup.py` as config settings of setuptools; the values are lists, because it splits strings.

    :param installed: normalized names of the build requirements.
    :param options: `--global-option` and `--build-option` with their values.
    :param given: keys of the user's config settings.
    :raises UsageError: the back end has no such options, or they are given in both ways.
    """
    settings: ConfigSettings = {key: list(values) for key, values in options.items() if values}
    name = backend.partition(":")[0].partition(".")[0]
    for key, values in settings.items():
        if name in _WITHOUT_OPTIONS or "setuptools" not in installed:
            msg = f"{package}: {key} {values[0]} is for builds by setuptools; its build back end is {backend or 'unknown'}"
            raise UsageError(msg, tip="Remove it, or give the back end what it knows: --config-setting, config_settings.")
        if key in given:
            msg = f"{package}: {key} is given both as an option and as a config setting"
            raise UsageError(msg, tip=f"Leave the config setting {key} out.")
    return settings


def hook_command(command: Sequence[str], workspace: Workspace) -> list[str]:
    """Return the command of one hook, with the files of pyproject-hooks copied to where a back end can see them.

    The folder is made anew for each hook, because the hook before may have left anything there.

    :param command: interpreter, script of pyproject-hooks, name of the hook, directory for the JSON files of the two sides.
    """
    python, script, hook, exchange = command
    hooks = workspace.fresh_directory(HOOKS)
    program, inside = hooks / os.path.basename(script), hooks / EXCHANGE
    inside.mkdir(mode=0o755)
    shutil.copyfile(script, program)
    shutil.copyfile(os.path.join(exchange, "input.json"), inside / "input.json")
    return [python, os.fspath(program), hook, os.fspath(inside)]
