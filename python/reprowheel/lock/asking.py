"""Makes the back end of an sdist that is locked, as in a build, but without wrappers of compilers."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.backend.adapters import backend_settings
from reprowheel.backend.build_system import read_pkg_info
from reprowheel.backend.hooks import BackEnd
from reprowheel.compilers.reach import tool_paths
from reprowheel.containment import Containment
from reprowheel.environment.create import create_environment
from reprowheel.errors import LockError
from reprowheel.files import RealTimes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reprowheel.archives.sdist import Sdist
    from reprowheel.backend.build_system import BuildSystem
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.lock.crates.locker import RustTools
    from reprowheel.workspace import Workspace

__all__ = ["Asking", "needs_crates", "runs_cargo"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What the back ends of all sdists have in common.

    :param host_tools: programs of the host that hooks may run.
    :param allowed: kinds of containment that back ends may lack.
    """

    interpreter: Interpreter
    host_tools: Sequence[str] = ()
    allowed: tuple[str, ...] = ()

    def back_end(  # noqa: PLR0913 - keyword-only
        self,
        *,
        place: str,
        system: BuildSystem,
        sdist: Sdist,
        wheels: Sequence[Path],
        workspace: Workspace,
        rust: RustTools | None,
    ) -> BackEnd:
        """Return the back end of one sdist with these build requirements.

        :param rust: what hooks get of Rust; `None`: nothing.
        """
        variables = {"MATURIN_NO_INSTALL_RUST": "1"}  # without it, maturin asks for a wheel that downloads a compiler
        environment = create_environment(
            workspace,
            self.interpreter,
            wheels,
            times=RealTimes(epoch=sdist.epoch),
            extra=variables | dict(rust.variables if rust else {}),
            host_tools=self.host_tools,
            compilers=os.environ.get("PATH", ""),
        )
        return BackEnd(
            system=system,
            tree=sdist.tree,
            environment=environment,
            workspace=workspace,
            settings=backend_settings(system.backend, workspace.root / "build", {}),
            place=place,
            error=LockError,
            containment=Containment(
                root=workspace.root,
                own=(os.fspath(sdist.tree),),
                readable=(*self.interpreter.paths, *tool_paths(environment.host_tools), *(rust.folders if rust else ())),
                linked=(os.fspath(workspace.root / "programs"),),
                allowed=self.allowed,
            ),
            declare=_declare_tools,
        )


def runs_cargo(system: BuildSystem) -> bool:
    """Say whether a back end of an sdist with Rust may run cargo for metadata; setuptools runs it for wheels only.

    See docs/decisions.md, "Metadata of Rust without a compiler".
    """
    return not system.backend.startswith("setuptools.")


def needs_crates(system: BuildSystem, tree: Path) -> bool:
    """Say whether nothing but a hook that may run cargo tells the metadata of an sdist with Rust."""
    return runs_cargo(system) and read_pkg_info(tree, system) is None


def _declare_tools(missing: Mapping[str, Sequence[str]]) -> str:
    """Return the declaration of host tools for hooks, which the build lock passes on; headers and libraries need none here."""
    tools = missing.get("host_tools", ())
    words = shlex.join([word for tool in tools for word in ("--host-tool", tool)])
    bazel = f"host_tools = {json.dumps(tools)} in pip.override or the macro lock"
    return f"{words} here, or {bazel}; the build lock keeps it" if tools else ""
