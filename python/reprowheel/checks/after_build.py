"""The checks of a built wheel, in their order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from reprowheel.checks.host_headers import check_host_headers, declaration, host_headers, undeclared
from reprowheel.checks.host_libraries import check_host_libraries
from reprowheel.compilers.records import read_headers

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.request import BuildRequest
    from reprowheel.workspace import Workspace

__all__ = []


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
