"""The wheels of a wheelhouse: what each says of itself, which report belongs to which, and who needs whom."""

from __future__ import annotations

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
"""Marker variables that tell one machine from another of its kind."""
_NO_LICENSE = "UNKNOWN"
"""What older back ends write where there is none."""
_SHORT = 200
"""Longest licence that is a name; what is longer is the licence's text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """One wheel.

    :param name: normalized.
    :param license_expression: SPDX, or empty.
    :param license_name: what the older field `License` says, where it is no text of a licence.
    :param build: what it was built of; `None` where no report tells.
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
        """The wheel's own name."""
        return self.path.name

    @property
    def purl(self) -> str:
        """See `package_url`."""
        return package_url(self.name, str(self.version))

    def __str__(self) -> str:
        """Return `name==version`."""
        return f"{self.name}=={self.version}"


def package_url(name: str, version: str) -> str:
    """Return the package URL of a distribution: a name by type, not an address."""
    return f"pkg:pypi/{name}@{quote(version, safe='')}"


def read_distributions(wheels: Iterable[Path], reports: Iterable[Path]) -> list[Distribution]:
    """Read wheels and the reports of those that were built, sorted by name.

    :raises InstallError: a wheel is damaged, or is not what its name says.
    :raises UsageError: two wheels of one name, or a report that belongs to none of them.
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
            raise UsageError(msg, tip="Leave one out: which of them pip would take is not to be left to pip.")
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
    """Give each report to its wheel."""
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


def dependency_graph(distributions: Sequence[Distribution]) -> dict[str, tuple[str, ...]]:
    """Return name → names that it needs here, for this interpreter and platform.

    Extras count where one of the wheels asks for them.

    :raises UsageError: one needs what is not there.
    """
    present = {d.name: d for d in distributions}
    edges: dict[str, set[str]] = {d.name: set() for d in distributions}
    extras: dict[str, set[str]] = defaultdict(lambda: {""})
    lacking: dict[str, None] = {}
    size, before = 0, -1
    while size != before:
        for distribution in distributions:
            for requirement in distribution.requires:
                if not any(_applies(requirement, extra) for extra in extras[distribution.name]):
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


def _applies(requirement: Requirement, extra: str) -> bool:
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate({"extra": extra} | _MACHINE_ONLY)
    except (InvalidVersion, UndefinedComparison):  # it asks for the version of a machine's kernel
        return False


def _problem(requirement: Requirement, found: Distribution | None) -> str:
    if found is None:
        return f"there is no wheel of {canonicalize_name(requirement.name)}"
    if not requirement.specifier.contains(found.version, prereleases=True):
        return f"the wheel is {found.filename}"
    return ""


def roots(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names that nothing else needs, and one of each circle that nothing else leads to."""
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
