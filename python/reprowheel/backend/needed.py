"""Compares what a back end requires with the build requirements that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion

from reprowheel.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

__all__ = ["check_requirements", "named_wheels"]


def check_requirements(
    package: str, required: Collection[str], given: Mapping[str, str], markers: Mapping[str, str], *, tip: str
) -> None:
    """Raise unless every requirement of the back end is there in a version that it accepts; the error names all others.

    :param given: normalized name → version of the build requirements that are there.
    :param markers: environment of PEP 508 of the interpreter that the back end runs in.
    :raises BuildError: a requirement is missing, or there only in another version.
    """
    wrong = []
    for text in sorted(required):
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({**markers, "extra": ""}):
            continue
        version = given.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            wrong.append((text, version))
    if not wrong:
        return
    if given:
        found = ", ".join(f"{text} ({f'{version} is locked' if version else 'none is locked'})" for text, version in wrong)
        msg = f"{package}: its build back end requires {found}"
    else:
        msg = f"{package}: its build back end requires {', '.join(text for text, _ in wrong)}; no build requirement is given"
    raise BuildError(msg, tip=tip)


def named_wheels(wheels: Iterable[Path]) -> dict[str, str]:
    """Return normalized name → version of wheels, by their file names; other names are left to who installs them."""
    found = {}
    for wheel in wheels:
        try:
            name, version, _, _ = parse_wheel_filename(wheel.name)
        except (InvalidWheelFilename, InvalidVersion):
            continue
        found[str(name)] = str(version)
    return found
