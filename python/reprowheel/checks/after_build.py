"""Runs all checks of a built wheel: declared host inputs only, metadata as locked, no trace of the build path."""

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
    """Check an unpacked wheel; return the host libraries and headers that the build used, for the report.

    :raises RefusedError: a host library or header is not declared, or METADATA differs from the build lock.
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
    """Raise if a file holds the build path, or the path of this host's interpreter.

    :raises RefusedError: a path was found; the message names file, section and offset.
    """
    foreign = _foreign_paths(interpreter)
    for folder in folders:
        refuse_leaks(folder, workspace, foreign)


def _check_host(
    request: BuildRequest, package: str, tree: Path, workspace: Workspace, interpreter: Interpreter
) -> dict[str, Any]:
    """Raise RefusedError for undeclared host libraries and headers; return the declared ones that were used."""
    read = read_headers(workspace.root / "headers")
    headers = host_headers(read, request.toolchain, interpreter, workspace.root)
    unknown = declaration(undeclared(headers, request.host_headers))
    libraries = check_host_libraries(package, tree, request.host_libraries, headers=unknown)
    return {
        "host_libraries": list(libraries),
        "host_headers": check_host_headers(package, headers, request.host_headers),
    }


def _foreign_paths(interpreter: Interpreter) -> list[str]:
    """Return the paths that no wheel may hold; short ones like `/usr` are left out, since they are the same on other hosts."""
    paths = {interpreter.prefix, interpreter.exec_prefix, os.getcwd()}
    return sorted(path for path in paths if path.count("/") > 2 and not path.startswith("/usr/"))
