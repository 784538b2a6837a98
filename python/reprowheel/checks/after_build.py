"""The checks of a built wheel: nothing undeclared of the host, what the lock says, no trace of the place of build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from reprowheel.checks.expected import check_metadata
from reprowheel.checks.headers import check_host_headers, declaration, host_headers, undeclared
from reprowheel.checks.leaks import refuse_leaks
from reprowheel.checks.libraries import check_host_libraries
from reprowheel.compilers.records import read_headers
from reprowheel.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.request import BuildRequest
    from reprowheel.workspace import Workspace

__all__ = ["check_tree", "refuse_traces"]


def check_tree(request: BuildRequest, package: str, tree: Path, workspace: Workspace, interpreter: Interpreter) -> dict[str, Any]:
    """Check an unpacked wheel, and return what the build took from the host, for the report.

    :raises RefusedError: something of the host is not declared, or METADATA is not what the lock recorded.
    """
    from_host = _check_host(request, package, tree, workspace, interpreter)
    try:
        check_metadata(package, tree, request.expected)
    except RefusedError as e:
        if not request.patches:
            raise
        tip = "A patch changes what it requires, which the lock cannot know; leave it out of the patch."
        raise RefusedError(e.message, tip=tip) from e
    return from_host


def refuse_traces(folders: Iterable[Path], workspace: Workspace, interpreter: Interpreter) -> None:
    """Raise if a file tells where it was built, or where this host has its interpreter.

    :raises RefusedError: names file, section and offset.
    """
    foreign = _foreign_paths(interpreter)
    for folder in folders:
        refuse_leaks(folder, workspace, foreign)


def _check_host(
    request: BuildRequest, package: str, tree: Path, workspace: Workspace, interpreter: Interpreter
) -> dict[str, Any]:
    """Refuse what the build took from the host without a declaration; return what it took."""
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
