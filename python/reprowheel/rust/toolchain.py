"""The Rust toolchain of a build: rustc and cargo, found on the host or named by the caller.

docs/contracts.md, "Rust toolchain", has the format of its JSON. A proxy of rustup is replaced by the tool that it stands for,
because it looks for toolchains below the home of its user, and a build has no such home.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reprowheel.environment.host_tools import SYSTEM_FOLDERS, without_rustup
from reprowheel.errors import BuildError, UsageError
from reprowheel.inputs.json_file import misfit, read_object
from reprowheel.programs import answer, bare_environment, first_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["RustToolchain", "find_rust", "for_any_folder"]

_WHAT = "a description of a Rust toolchain"
_TIP = 'The shortest one: {"rustc": "/usr/bin/rustc", "cargo": "/usr/bin/cargo"}.'
_INSTALL = "Install them (on Debian and Fedora: the packages rustc and cargo), or name a toolchain: --rust-toolchain DIR."


@dataclass(frozen=True, kw_only=True, slots=True)
class RustToolchain:
    """A Rust compiler and its package manager.

    :param rustc: absolute path of the compiler itself.
    :param cargo: absolute path of cargo itself.
    :param version: what `rustc -vV` says, line by line: `release`, `commit-hash`, `host`, `LLVM version`, …
    :param sysroot: folder with the standard library.
    :param env: environment variables that the tools need.
    """

    rustc: str
    cargo: str
    version: Mapping[str, str]
    sysroot: str
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def release(self) -> str:
        """The version of the compiler, such as `1.95.0`."""
        return self.version["release"]

    @property
    def host(self) -> str:
        """The target triple of the machine that the compiler runs on."""
        return self.version["host"]

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that the tools consist of."""
        tools = {os.path.dirname(path) for tool in (self.rustc, self.cargo) for path in (tool, os.path.realpath(tool))}
        beside = {os.path.join(os.path.dirname(folder), "lib") for folder in tools if os.path.basename(folder) == "bin"}
        return tuple(sorted({*tools, *filter(os.path.isdir, beside), self.sysroot, os.path.realpath(self.sysroot)}))

    def identity(self) -> dict[str, str]:
        """Return what identifies the toolchain, for the report: versions, as of C compilers, and no path."""
        return {
            "cargo": first_line(answer([self.cargo, "-V"], bare_environment(self.env))),
            "host": self.host,
            "llvm": self.version.get("LLVM version", ""),
            "rustc": self.version[""],
        }


def find_rust(given: Path | None, package: str) -> RustToolchain:
    """Return the toolchain that a caller names, or that of the host.

    :param given: a folder with `bin/rustc` and `bin/cargo`, or a file with a description in JSON; `None`: the host's.
    :param package: `name==version`, for messages.
    :raises BuildError: the host has none, or it does not run.
    :raises UsageError: `given` is neither.
    """
    if given is None:
        return _examine(_on_host("rustc", package), _on_host("cargo", package), {})
    if given.is_dir():
        tools = [given / "bin" / name for name in ("rustc", "cargo")]
        missing = [tool for tool in tools if not os.access(tool, os.X_OK)]
        if missing:
            msg = f"--rust-toolchain {given}: has no {missing[0].relative_to(given)}"
            raise UsageError(msg, tip="Name a folder with bin/rustc and bin/cargo, such as one below ~/.rustup/toolchains.")
        return _examine(os.path.abspath(tools[0]), os.path.abspath(tools[1]), {})
    return _examine(*_described(given))


def _described(given: Path) -> tuple[str, str, dict[str, str]]:
    """Return rustc, cargo and the variables of a description."""
    data = read_object(given, _WHAT, tip=_TIP)
    try:
        rustc, cargo = (_place(data[name]) for name in ("rustc", "cargo"))
        env = {str(name): str(value) for name, value in data.get("env", {}).items()}
    except (KeyError, TypeError, AttributeError) as e:
        msg = f"{given}: {misfit(e)}; expected {_WHAT}"
        raise UsageError(msg, tip=_TIP) from e
    return rustc, cargo, env


def for_any_folder(given: Path, target: Path) -> Path:
    """Return what means the same toolchain in every working directory: paths in a description may be relative.

    :param given: as of `find_rust`.
    :param target: file for a description.
    :raises UsageError: `given` is no description.
    """
    if given.is_dir():
        return given.absolute()
    rustc, cargo, env = _described(given)
    target.write_text(json.dumps({"rustc": rustc, "cargo": cargo, "env": env}), encoding="utf-8")
    return target


def _place(path: str) -> str:
    """Return the absolute path of a tool. Inputs of an action are links in a sandbox; libraries lie beside what they name."""
    return os.path.abspath(path) if os.path.isabs(path) else os.path.realpath(path)


def _on_host(name: str, package: str) -> str:
    """Return the path of a tool of the host."""
    folders = os.pathsep.join([*SYSTEM_FOLDERS, os.environ.get("PATH", ""), os.path.expanduser("~/.cargo/bin")])
    found = shutil.which(name, path=folders)
    if not found:
        msg = f"{package}: is built with Rust, and this host has no {name}"
        raise BuildError(msg, tip=_INSTALL)
    return without_rustup(os.path.abspath(found))


def _examine(rustc: str, cargo: str, env: Mapping[str, str]) -> RustToolchain:
    """Ask the compiler what it is."""
    variables = bare_environment(env)
    said = answer([rustc, "-vV"], variables)
    sysroot = answer([rustc, "--print", "sysroot"], variables).strip()
    version = dict(re.findall(r"(?m)^([\w -]+): (.*)$", said)) | {"": said.partition("\n")[0]}
    if not version.get("release") or not version.get("host") or not sysroot:
        msg = f"Rust compiler {rustc}: does not say its version (rustc -vV), so it does not work here"
        raise BuildError(msg, tip=_INSTALL)
    if not answer([cargo, "-V"], variables):
        msg = f"{cargo}: does not say its version (cargo -V), so it does not work here"
        raise BuildError(msg, tip=_INSTALL)
    return RustToolchain(rustc=rustc, cargo=cargo, version=version, sysroot=sysroot, env=env)
