"""Makes the build environment: a virtual environment with the locked build requirements, and a fixed set of variables.

No variable is inherited. Specs: PEP 405 (virtual environments), PEP 427 (wheels). See docs/decisions.md, "Environment made
from nothing" and "Neutral Python processes".
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from reprowheel.archives.metadata import metadata_headers
from reprowheel.environment.compiled import give_bytecode
from reprowheel.environment.host_tools import find_host_tools, link_programs
from reprowheel.environment.interpreter import make_view
from reprowheel.environment.startup import startup_source
from reprowheel.environment.target import release_of
from reprowheel.errors import BuildError, UsageError
from reprowheel.files import file_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.environment.host_tools import HostTool
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.files import RealTimes
    from reprowheel.workspace import Workspace

__all__ = ["BuildEnvironment", "BuildRequirement", "create_environment"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequirement:
    """One installed build requirement; `name` normalized, `sha256` of the wheel."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildEnvironment:
    """The environment in which the back end runs.

    :param python: interpreter of the virtual environment.
    :param requirements: the installed build requirements, sorted by name.
    :param variables: all environment variables of the build's processes.
    :param host_tools: the declared programs of the host that the build may run; their `real_paths` must stay in sight.
    """

    python: Path
    requirements: tuple[BuildRequirement, ...]
    variables: Mapping[str, str]
    host_tools: tuple[HostTool, ...] = ()


def create_environment(  # noqa: PLR0913 - keyword-only
    workspace: Workspace,
    interpreter: Interpreter,
    wheels: Sequence[Path],
    *,
    times: RealTimes,
    extra: Mapping[str, str],
    host_tools: Sequence[str] = (),
    compilers: str = "",
    bytecode: Path | None = None,
) -> BuildEnvironment:
    """Make `env/` in the workspace and install `wheels` into it, and nothing else.

    :param times: the time that the build sees, and real ones.
    :param extra: variables to add to the fixed ones; they win.
    :param host_tools: programs of the host that are declared for this build.
    :param compilers: folders of compilers besides those of the system, as in PATH, for hooks that have no wrappers.
    :param bytecode: folder that keeps bytecode of build requirements from one build to the next; `None`: none is kept.
    :raises BuildError: the interpreter cannot be used, or a wheel cannot be installed.
    :raises UsageError: a file name is not that of a wheel, two wheels are of one distribution, or a host tool is missing.
    """
    tools = find_host_tools(host_tools)
    link_programs(workspace.directory("programs"), tools, compilers=compilers)
    view = workspace.directory("python")
    base = make_view(interpreter, view, neutral=startup_source(times=times, root=workspace.root))
    env = workspace.directory("env")
    _make_venv(env, base, interpreter)
    requirements = _install_all(env, interpreter, wheels)
    workspace.directory("bytecode")  # `neutral/bytecode.py` stores bytecode here, if this folder exists
    if bytecode is not None:
        give_bytecode(bytecode, workspace, interpreter, os.fspath(_site_packages(env, interpreter)), wheels)
    variables = _variables(workspace, env, times.epoch) | dict(extra)
    python = env / "bin" / "python"
    return BuildEnvironment(python=python, requirements=requirements, variables=variables, host_tools=tools)


def _make_venv(env: Path, base: Path, interpreter: Interpreter) -> None:
    """Write a virtual environment without the `venv` module, which would write times, a prompt and activation scripts."""
    (env / "bin").mkdir()
    (env / "bin" / interpreter.name).symlink_to(base)
    for alias in ("python", "python3"):
        (env / "bin" / alias).symlink_to(interpreter.name)
    version = ".".join(interpreter.version.split(".")[:2])
    (env / "pyvenv.cfg").write_text(
        f"home = {base.parent}\ninclude-system-site-packages = false\nversion = {version}\n",
        encoding="utf-8",
    )
    _site_packages(env, interpreter).mkdir(parents=True)
    (env / "lib64").symlink_to("lib")


def _site_packages(env: Path, interpreter: Interpreter) -> Path:
    return env / "lib" / Path(interpreter.stdlib).name / "site-packages"


def _install_all(env: Path, interpreter: Interpreter, wheels: Sequence[Path]) -> tuple[BuildRequirement, ...]:
    """Install each wheel; raise UsageError for two wheels of one distribution."""
    site = os.fspath(_site_packages(env, interpreter))
    installed: dict[str, BuildRequirement] = {}
    for wheel in sorted(wheels, key=lambda w: w.name):
        try:
            name, version, _, _ = parse_wheel_filename(wheel.name)
        except InvalidWheelFilename as e:
            msg = f"build requirement {wheel}: {e}"
            raise UsageError(msg) from e
        if name in installed:
            msg = f"build requirement {name} is given twice: {installed[name].version} and {version}"
            raise UsageError(msg)
        headers = env / "include" / "site" / name
        schemes = {"purelib": site, "platlib": site, "headers": os.fspath(headers)}
        schemes |= {"scripts": os.fspath(env / "bin"), "data": os.fspath(env)}
        destination = SchemeDictionaryDestination(schemes, os.fspath(env / "bin" / "python"), script_kind="posix")
        try:
            with WheelFile.open(wheel) as source:
                _check_python(wheel, source.read_dist_info("METADATA"), interpreter)
                install(source, destination, additional_metadata={})
        except UsageError:
            raise
        except Exception as e:
            msg = f"build requirement {wheel.name} cannot be installed: {e}"
            raise BuildError(msg) from e
        installed[name] = BuildRequirement(name=name, version=str(version), sha256=file_sha256(wheel))
    for script in (env / "bin").iterdir():
        if not script.is_symlink():
            script.chmod(0o755)  # an archive from another system may lack the executable bit
    return tuple(installed[name] for name in sorted(installed))


def _check_python(wheel: Path, metadata: str, interpreter: Interpreter) -> None:
    """Raise unless a wheel is for this Python by its own metadata: its code would fail somewhere in the build."""
    asked = str(metadata_headers(metadata).get("Requires-Python", ""))
    with contextlib.suppress(InvalidSpecifier):
        if not SpecifierSet(asked).contains(release_of(interpreter.version), prereleases=True):
            msg = f"build requirement {wheel.name} is for Python {asked}; the build runs in {interpreter.version}"
            raise UsageError(msg, tip="Lock for that Python: reprowheel lock REQUIREMENTS --out FILE --python EXE.")


def _variables(workspace: Workspace, env: Path, epoch: int) -> dict[str, str]:
    """Return every variable of the build; nothing is inherited."""
    directory = {name: os.fspath(workspace.directory(name)) for name in ("home", "programs", "tmp", "tools")}
    return {
        "AR": "ar",
        "CC": "cc",
        "CCACHE_DISABLE": "1",
        "CMAKE_INSTALL_SO_NO_EXE": "1",
        "CXX": "c++",
        "GIT_CEILING_DIRECTORIES": os.fspath(workspace.root),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "HGRCPATH": "",
        "HOME": directory["home"],
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "LOGNAME": "reprowheel",
        "NO_COLOR": "1",
        "PATH": f"{directory['tools']}:{env}/bin:{directory['programs']}",
        "PERL_HASH_SEED": "0",
        "PERL_PERTURB_KEYS": "0",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INDEX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "QT_RCC_SOURCE_DATE_OVERRIDE": str(epoch),
        "SCCACHE_DISABLE": "1",
        "SHELL": "/bin/sh",
        "SOURCE_DATE_EPOCH": str(epoch),
        "TERM": "dumb",
        "TMPDIR": directory["tmp"],
        "TZ": "UTC",
        "USER": "reprowheel",
        "VIRTUAL_ENV": os.fspath(env),
        "ZERO_AR_DATE": "1",
    }
