"""Tells everything that a build lacks of the host in one error, and not one thing for each build."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.errors import ReprowheelError
from reprowheel.output.progress import step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprowheel.request import BuildRequest, BuildResult

__all__ = ["told_at_once"]

_TRIES = 3
"""How often a build is tried to learn which programs it needs one after the other."""


def told_at_once(
    request: BuildRequest, attempt: Callable[[BuildRequest], BuildResult], error: type[ReprowheelError]
) -> BuildResult:
    """Call `attempt`. If it fails for want of undeclared programs, raise an error that declares all that the build needs.

    For that, it is tried again with these programs. Nothing comes of that but the error: libraries and headers that the build
    takes from the host, and further programs, show only then.

    :param error: the error of which this is expected.
    """
    try:
        return attempt(request)
    except error as e:
        if not e.undeclared:
            raise
        first = e
    missing = dict(first.undeclared)
    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        for _ in range(_TRIES):
            step("building again, to tell at once what else it lacks of this host")
            more = _missing(replace(request, host_tools=[*request.host_tools, *missing["host_tools"]]), attempt, Path(scratch))
            missing |= {name: [*missing.get(name, ()), *values] for name, values in more.items()}
            if "host_tools" not in more:
                break
    package = re.search(r"\S+==\S+(?=: )", first.message)
    if missing != first.undeclared and package:
        first.tip = first.tip.replace(first.declaration, request.say_how(package[0], missing))
        first.undeclared = missing
    raise first


def _missing(request: BuildRequest, attempt: Callable[[BuildRequest], BuildResult], scratch: Path) -> Mapping[str, Sequence[str]]:
    """Return what a build still lacks of the host; its outputs are thrown away."""
    try:
        attempt(replace(request, out=scratch / "out", report=None, debug_dir=None, wheel_file=None, log=None))
    except ReprowheelError as e:
        return e.undeclared
    return {}
