"""Prepares the compilers of one build: CPU baseline, headers, native dependencies, and the wrappers that the build sees."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.compilers import wrappers
from reprowheel.compilers.native import place_native
from reprowheel.compilers.toolchain import with_cpu_baseline, with_split_headers
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprowheel.compilers.cache import CompilerCache
    from reprowheel.compilers.native import NativeInputs
    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.workspace import Workspace

__all__ = ["PreparedCompilers", "prepare_compilers"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedCompilers:
    """The toolchain with the flags for one build.

    :param variables: environment variables that the toolchain itself needs.
    :param native_variables: environment variables by which the build finds its native dependencies.
    :param report: the part of the build's report about native dependencies.
    """

    toolchain: CcToolchain
    variables: Mapping[str, str]
    native_variables: Mapping[str, str] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)

    def write_wrappers(self, workspace: Workspace, interpreter: Interpreter, *, epoch: int, cache: CompilerCache | None) -> None:
        """Write the wrappers into `tools` in the workspace, which is on the PATH of the build; see `wrappers.write_wrappers`."""
        wrappers.write_wrappers(
            self.toolchain,
            workspace.directory("tools"),
            python=Path(interpreter.executable),
            root=workspace.root,
            maps=_prefix_maps(workspace, interpreter),
            epoch=epoch,
            headers=workspace.directory("headers"),
            cache=cache,
        )


def prepare_compilers(
    toolchain: CcToolchain,
    workspace: Workspace,
    interpreter: Interpreter,
    *,
    cpu_baseline: str = "",
    native: NativeInputs | None = None,
) -> PreparedCompilers:
    """Put headers and libraries into the workspace and return the toolchain that finds them.

    :param cpu_baseline: CPU that code is made for; empty: the oldest one that the platform's wheels must run on.
    :raises UsageError: the compiler does not know the CPU, or a native dependency is missing or no static library.
    """
    toolchain = with_cpu_baseline(toolchain, cpu_baseline)
    toolchain = with_split_headers(toolchain, interpreter.include, workspace.root)
    if native is None:
        return PreparedCompilers(toolchain=toolchain, variables=toolchain.env)
    placed = place_native(native, workspace, toolchain)
    return PreparedCompilers(
        toolchain=placed.toolchain,
        variables=toolchain.env,
        native_variables=placed.variables,
        report={"native": placed.report},
    )


def _prefix_maps(workspace: Workspace, interpreter: Interpreter) -> list[tuple[str, str]]:
    """Return (path, path that compilers write in its place); if several match, the last one wins."""
    maps = [(os.getcwd(), f"{MAPPED_ROOT}/execroot")] if os.getcwd() != "/" else []
    headers = {os.path.realpath(p) for p in (interpreter.include, interpreter.platinclude)}
    headers |= {interpreter.include, interpreter.platinclude}
    maps += [(path, f"{MAPPED_ROOT}/python/include/{os.path.basename(interpreter.include)}") for path in sorted(headers)]
    return [*maps, (os.fspath(workspace.root), MAPPED_ROOT)]
