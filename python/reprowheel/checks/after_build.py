"""Runs all checks of a built wheel: declared host inputs only, metadata as locked, no trace of the build path."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from reprowheel.checks.expected import check_metadata
from reprowheel.checks.headers import check_idle_headers, declaration, host_headers, undeclared
from reprowheel.checks.leaks import refuse_leaks
from reprowheel.checks.libraries import check_idle_libraries, needed_libraries, undeclared_libraries
from reprowheel.compilers.records import read_headers
from reprowheel.environment.host_tools import describe_tools
from reprowheel.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from reprowheel.environment.host_tools import HostTool
    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.request import BuildRequest
    from reprowheel.workspace import Workspace

__all__ = ["check_tree", "refuse_traces", "refuse_undeclared"]

_SHOWN = 3


def check_tree(  # noqa: PLR0913 - one is keyword-only
    request: BuildRequest,
    package: str,
    tree: Path,
    workspace: Workspace,
    interpreter: Interpreter,
    *,
    tools: Sequence[HostTool],
) -> dict[str, Any]:
    """Check an unpacked wheel; return the host libraries, headers and tools of the build, for the report.

    :param tools: the declared host tools.
    :raises RefusedError: a host library or header is not declared, or METADATA differs from the build lock.
    """
    from_host = _check_host(request, package, tree, workspace, interpreter, tools=tools)
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


def _check_host(  # noqa: PLR0913 - one is keyword-only
    request: BuildRequest,
    package: str,
    tree: Path,
    workspace: Workspace,
    interpreter: Interpreter,
    *,
    tools: Sequence[HostTool],
) -> dict[str, Any]:
    """Raise RefusedError for undeclared host libraries and headers; return what was declared and used."""
    read = read_headers(workspace.root / "headers")
    headers = host_headers(read, request.toolchain, interpreter, workspace.root, tools)
    needed = needed_libraries(tree)
    refuse_undeclared(
        package,
        undeclared_libraries(needed, request.host_libraries),
        undeclared(headers, request.host_headers),
        partial(request.say_how, package),
    )
    return {
        "host_libraries": list(check_idle_libraries(package, needed, request.host_libraries)),
        "host_headers": check_idle_headers(package, headers, request.host_headers),
        "host_tools": describe_tools(tools),
    }


def refuse_undeclared(
    package: str,
    libraries: Mapping[str, str],
    headers: Sequence[str],
    say_how: Callable[[Mapping[str, Sequence[str]]], str],
) -> None:
    """Raise if there are undeclared libraries or headers of the host; the error tells all of them.

    :param libraries: name → a file that needs it.
    :param say_how: returns the declaration of what is missing.
    :raises RefusedError: there are some.
    """
    if not libraries and not headers:
        return
    names = list(libraries)
    more = f" and {len(headers) - _SHOWN} more" if len(headers) > _SHOWN else ""
    who = f"the wheel needs the host libraries {', '.join(names)}" if len(names) > 1 else ""
    parts = [who or f"{libraries[names[0]]} needs the host library {names[0]}"] if names else []
    which = f"{'s' if len(headers) > 1 else ''} {', '.join(headers[:_SHOWN])}{more}"
    parts += [f"a compiler read the host header{which}"] if headers else []
    missing = {"host_headers": declaration(headers), "host_libraries": list(libraries)}
    several = len(libraries) + len(headers) > 1
    msg = f"{package}: {' and '.join(parts)}, which {'are' if several else 'is'} not declared"
    tip = f"Declare what the build takes from the host: {say_how(missing)}; or keep it out of the build."
    raise RefusedError(msg, tip=tip, undeclared=missing)


def _foreign_paths(interpreter: Interpreter) -> list[str]:
    """Return the paths that no wheel may hold; short ones like `/usr` are left out, since they are the same on other hosts."""
    paths = {interpreter.prefix, interpreter.exec_prefix, os.getcwd()}
    return sorted(path for path in paths if path.count("/") > 2 and not path.startswith("/usr/"))
