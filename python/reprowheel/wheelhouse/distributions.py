"""Reads the wheels of a wheelhouse: their metadata, their reports, and the graph of their dependencies."""

from __future__ import annotations

import platform
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from packaging.markers import UndefinedComparison
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from reprowheel.errors import InstallError, UsageError
from reprowheel.files import file_sha256
from reprowheel.install.tree import checked_metadata
from reprowheel.report.read import BuildRecord, read_build_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Distribution", "dependency_graph", "package_url", "read_distributions", "roots"]

_MACHINE_ONLY = {"platform_release": "", "platform_version": ""}
"""Values for marker variables that differ even between machines of the same platform."""
_NO_LICENSE = "UNKNOWN"
"""Value of the field `License` that older back ends write if there is no licence."""
_SHORT = 200
"""Most characters of a licence's name; a longer value is the text of the licence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """One wheel.

    :param name: normalized.
    :param license_expression: SPDX, or empty.
    :param license_name: value of the older field `License`, unless it is the text of a licence.
    :param build: its build; `None` if there is no report.
    """

    path: Path
    name: str
    version: Version
    sha256: str
    requires: tuple[Requirement, ...]
    license_expression: str = ""
    license_name: str = ""
    build: BuildRecord | None = None

    @property
    def filename(self) -> str:
        """The file name of the wheel."""
        return self.path.name

    @property
    def purl(self) -> str:
        """See `package_url`."""
        return package_url(self.name, str(self.version))

    def __str__(self) -> str:
        """Return `name==version`."""
        return f"{self.name}=={self.version}"


def package_url(name: str, version: str) -> str:
    """Return the package URL (purl) of a distribution; it is an identifier, not an address."""
    return f"pkg:pypi/{name}@{quote(version, safe='')}"


def read_distributions(wheels: Iterable[Path], reports: Iterable[Path]) -> list[Distribution]:
    """Read wheels and the reports of their builds; return them sorted by name.

    :raises InstallError: a wheel is damaged, or its METADATA does not match its file name.
    :raises UsageError: two different wheels are of one distribution, or a report belongs to none of the wheels.
    """
    found: dict[str, Distribution] = {}
    for path in wheels:
        wheel = _read_wheel(path)
        other = found.setdefault(wheel.name, wheel)
        if other.version != wheel.version:
            low, high = sorted((other, wheel), key=lambda d: d.version)
            msg = f"{wheel.name}: two versions, {low.version} ({low.filename}) and {high.version} ({high.filename}); expected one"
            raise UsageError(msg, tip="An environment has one of each: leave one out, or make two wheelhouses.")
        if (other.sha256, other.filename) != (wheel.sha256, wheel.filename):
            names = " and ".join(f"{d.filename} with sha256 {d.sha256[:12]}…" for d in (other, wheel))
            msg = f"{wheel}: two wheels, {names}; expected one"
            raise UsageError(msg, tip="Leave one out, so that pip does not choose between them.")
    return _with_builds(sorted(found.values(), key=lambda d: d.name), [read_build_record(path) for path in reports])


def _read_wheel(path: Path) -> Distribution:
    metadata, _ = parse_email(checked_metadata(path))
    name, version, _, _ = parse_wheel_filename(path.name)
    said = f"{metadata.get('name', 'no name')} {metadata.get('version', 'no version')}"
    try:
        same = Version(metadata.get("version", "")) == version and canonicalize_name(metadata.get("name", "")) == name
    except InvalidVersion:
        same = False
    if not same:
        msg = f"{path.name}: its METADATA says {said}; expected {name} {version}"
        raise InstallError(msg, tip="Somebody renamed it: build or download the wheel again.")
    requires = []
    for text in metadata.get("requires_dist", ()):
        try:
            requires.append(Requirement(text))
        except InvalidRequirement as e:
            msg = f"{path.name}: its METADATA has the Requires-Dist {text!r}, which is no requirement"
            raise InstallError(msg) from e
    license_name = metadata.get("license", "").strip()
    return Distribution(
        path=path,
        name=str(name),
        version=version,
        sha256=file_sha256(path),
        requires=tuple(requires),
        license_expression=metadata.get("license_expression", ""),
        license_name="" if "\n" in license_name or len(license_name) > _SHORT or license_name == _NO_LICENSE else license_name,
    )


def _with_builds(distributions: Sequence[Distribution], builds: Iterable[BuildRecord]) -> list[Distribution]:
    """Return the distributions with their reports."""
    taken: dict[str, BuildRecord] = {}
    by_digest = {d.sha256: d for d in distributions}
    by_name = {d.name: d for d in distributions}
    for build in builds:
        wheel = by_digest.get(build.sha256)
        if wheel is None:
            named = by_name.get(build.name)
            msg = f"{build.origin}: is the report of {build.filename} with sha256 {build.sha256[:12]}…,"
            msg += " which is not among the wheels" + (f"; {named.filename} has {named.sha256[:12]}…" if named else "")
            raise UsageError(msg, tip="Give the report of the very build that made the wheel.")
        if build.name != wheel.name or build.filename != wheel.filename or build.version != str(wheel.version):
            msg = f"{build.origin}: says that {build.name}=={build.version} was built as {build.filename};"
            msg += f" the wheel with that digest is {wheel.filename}"
            raise UsageError(msg, tip="The wheel was renamed, or the report edited: build again.")
        earlier = taken.setdefault(wheel.name, build)
        if replace(earlier, origin=build.origin) != build:
            msg = f"{wheel}: two reports, {earlier.origin} and {build.origin}, that differ; expected one"
            raise UsageError(msg, tip="Give the report of the very build that made the wheel.")
    return [replace(d, build=taken.get(d.name)) for d in distributions]


def dependency_graph(distributions: Sequence[Distribution], python_version: str = "") -> dict[str, tuple[str, ...]]:
    """Return name → names of its dependencies, for this platform.

    An extra counts if one of the wheels asks for it.

    :param python_version: of the Python that the wheels are for; empty: that of the helper.
    :raises UsageError: a wheel needs a distribution that is not there, or another version of it.
    """
    present = {d.name: d for d in distributions}
    edges: dict[str, set[str]] = {d.name: set() for d in distributions}
    extras: dict[str, set[str]] = defaultdict(lambda: {""})
    lacking: dict[str, None] = {}
    markers = _MACHINE_ONLY | _markers_of(python_version)
    size, before = 0, -1
    while size != before:
        for distribution in distributions:
            for requirement in distribution.requires:
                if not any(_applies(requirement, markers | {"extra": extra}) for extra in extras[distribution.name]):
                    continue
                name = str(canonicalize_name(requirement.name))
                if problem := _problem(requirement, present.get(name)):
                    lacking[f"{distribution} requires {requirement}, and {problem}"] = None
                    continue
                extras[name] |= {str(canonicalize_name(extra)) for extra in requirement.extras}
                edges[distribution.name] |= {name} - {distribution.name}
        size, before = sum(map(len, extras.values())), size
    if lacking:
        first, *others = sorted(lacking)
        msg = first + (f" (and {len(others)} more like this)" if others else "")
        raise UsageError(msg, tip="Give the wheels of everything that is needed: pip, offline, would stop at the same place.")
    return {name: tuple(sorted(needed)) for name, needed in edges.items()}


def _markers_of(python_version: str) -> dict[str, str]:
    """Return the variables of markers that a version of Python is in; of the last part, if it is not given, 0."""
    if f"{platform.python_version()}.".startswith(f"{python_version}.") or not python_version:
        return {}  # the helper's own, whose last part is known
    full = ".".join([*python_version.split("."), "0"][:3])
    return {"python_version": full.rpartition(".")[0], "python_full_version": full, "implementation_version": full}


def _applies(requirement: Requirement, markers: Mapping[str, str]) -> bool:
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate(markers)
    except (InvalidVersion, UndefinedComparison):  # the marker compares the version of the kernel
        return False


def _problem(requirement: Requirement, found: Distribution | None) -> str:
    if found is None:
        return f"there is no wheel of {canonicalize_name(requirement.name)}"
    if not requirement.specifier.contains(found.version, prereleases=True):
        return f"the wheel is {found.filename}"
    return ""


def roots(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names that no other one needs, and one name of each cycle that cannot be reached from these."""
    needed = {name for names in edges.values() for name in names}
    found = sorted(edges.keys() - needed)
    reached: set[str] = set()
    for name in [*found, *sorted(edges)]:
        if name in reached:
            continue
        if name in needed:
            found.append(name)
        pending = [name]
        while pending:
            at = pending.pop()
            if at not in reached:
                reached.add(at)
                pending += edges[at]
    return sorted(found)
