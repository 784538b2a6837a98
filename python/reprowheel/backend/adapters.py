"""What is special to a build back end, never to a package (docs/decisions.md, "One adapter per back end").

An adapter gives config settings (PEP 517) that keep the back end's own directories at a stable place. Options from before
PEP 517 go to the one back end that has them.
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

__all__ = ["ConfigSettings", "backend_settings", "hook_command", "job_variables", "legacy_settings"]

ConfigSettings = dict[str, str | list[str]]


def _meson_python(build: Path, jobs: int) -> ConfigSettings:
    """meson-python makes a randomly named directory in the source tree unless told a name, and runs a job per CPU."""
    settings: ConfigSettings = {"build-dir": str(build)}
    if jobs:
        settings["compile-args"] = f"-j{jobs}"
    return settings


def _scikit_build_core(build: Path, _jobs: int) -> ConfigSettings:
    """scikit-build-core makes a random temporary directory unless told a name."""
    return {"build-dir": str(build)}


_ADAPTERS: dict[str, Callable[[Path, int], ConfigSettings]] = {
    "mesonpy": _meson_python,
    "scikit_build_core": _scikit_build_core,
}


_WITHOUT_OPTIONS = frozenset({"flit_core", "hatchling", "maturin", "mesonpy", "pdm", "poetry", "scikit_build_core", "uv_build"})
"""Back ends that do not run a setup.py with options. Others may be built upon setuptools, which then is installed."""


def job_variables(jobs: int, workspace: Workspace) -> dict[str, str]:
    """Return the variables by which builders take their number of parallel jobs; nothing for 0, their own default.

    setuptools reads its own, how many extensions it builds at once, from a file that a variable names.
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
    """Return the config settings for a back end; what the user gave wins.

    :param backend: `build-system.build-backend`, such as `scikit_build_core.build`.
    :param build: a directory in the workspace that does not exist yet.
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
    """Return options of `setup.py` as the config settings by which setuptools takes them: lists, which it does not split.

    :param installed: normalized names of the build requirements.
    :param options: `--global-option` and `--build-option` with their values.
    :param given: keys of the config settings that are given as such.
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
    """Return the front end's command for one hook with its own paths moved into the workspace: back ends see them.

    :param command: interpreter, pyproject-hooks' script, name of the hook, directory in which the two exchange JSON.
    """
    python, script, hook, exchange = command
    hooks = workspace.directory("hooks")
    program, link = hooks / os.path.basename(script), hooks / "exchange"
    shutil.copyfile(script, program)
    link.unlink(missing_ok=True)
    link.symlink_to(exchange)
    return [python, os.fspath(program), hook, os.fspath(link)]
