"""Reads Cargo.lock: the crates that a Rust project is built from, with their checksums.

Versions 1 to 4 of the format are read. Version 1 keeps checksums in the table `metadata`. Spec: the Cargo book, "Cargo.toml vs
Cargo.lock", and cargo's own `resolver/encode.rs`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprowheel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Crate", "is_default_source", "read_cargo_lock"]

_DEFAULT = re.compile(r"registry\+https://github\.com/rust-lang/[a-z.]+-index|sparse\+https://index\.[a-z.]+/?")
"""The ids of cargo's default registry."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_VERSION = re.compile(r"[0-9A-Za-z.+-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NEWEST = 4


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Crate:
    """One crate of a lock that does not lie in the project itself.

    :param source: its source as the lock has it: `registry+URL`, `sparse+URL` or `git+URL?…#COMMIT`; empty: the default
        registry.
    :param checksum: SHA-256 of its archive; empty for a crate from git.
    """

    name: str
    version: str
    source: str
    checksum: str

    @property
    def is_default(self) -> bool:
        """Say whether it is from cargo's default registry."""
        return not self.source or is_default_source(self.source)

    @property
    def is_git(self) -> bool:
        """Say whether it is from a git repository."""
        return self.source.startswith("git+")

    @property
    def commit(self) -> str:
        """The full commit of a crate from git."""
        return self.source.rpartition("#")[2] if self.is_git else ""

    @property
    def repository(self) -> str:
        """The git repository of a crate from git."""
        return self.source.removeprefix("git+").partition("#")[0].partition("?")[0]

    @property
    def repository_name(self) -> str:
        """The last part of the repository's address."""
        return self.repository.rstrip("/").rpartition("/")[2].removesuffix(".git") or "crate"

    @property
    def key(self) -> str:
        """Its key in a build lock."""
        return f"{self.name}=={self.version}" + ("" if self.is_default else f" ({self.source})")

    @property
    def filename(self) -> str:
        """The name of its archive; the crates of one commit of a git repository share one."""
        if self.is_git:
            return f"{self.repository_name}-{self.commit}.tar.gz"
        return f"{self.name}-{self.version}.crate"


def is_default_source(source: str) -> bool:
    """Say whether a source of a Cargo.lock is cargo's default registry."""
    return bool(_DEFAULT.fullmatch(source))


def read_cargo_lock(text: str, place: str) -> tuple[Crate, ...]:
    """Return the crates of a Cargo.lock, sorted; crates that lie in the project itself are left out.

    :param place: package and file, for messages.
    :raises FetchError: the text is no Cargo.lock, or has a crate that no checksum or commit identifies.
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as e:
        why = "it is nested too deeply" if isinstance(e, RecursionError) else " ".join(str(e).split())
        msg = f"{place}: cannot be read ({why})"
        raise FetchError(msg, tip="Patch the sdist.") from e
    version = data.get("version", 1)
    if not isinstance(version, int) or version > _NEWEST:
        msg = f"{place}: has version {version!r} of the format; expected {_NEWEST} or older"
        raise FetchError(msg, tip="Use a newer rules_reprowheel, or patch the sdist.")
    packages, metadata = data.get("package", []), data.get("metadata", {})
    if not isinstance(packages, list) or not isinstance(metadata, dict):
        msg = f"{place}: its packages are no list of tables, so it is no Cargo.lock"
        raise FetchError(msg, tip="Patch the sdist.")
    crates = {_crate(package, metadata, place) for package in packages if _has_source(package, place)}
    return tuple(sorted(crates))


def _has_source(package: object, place: str) -> bool:
    if not isinstance(package, dict):
        msg = f"{place}: has a package that is no table, so it is no Cargo.lock"
        raise FetchError(msg, tip="Patch the sdist.")
    return bool(package.get("source"))


def _crate(package: Mapping[str, Any], metadata: Mapping[str, Any], place: str) -> Crate:
    """Return one crate of a lock."""
    name, version, source = (package.get(key, "") for key in ("name", "version", "source"))
    if not all(isinstance(value, str) for value in (name, version, source)) or not (
        _NAME.fullmatch(name) and _VERSION.fullmatch(version)
    ):
        msg = f"{place}: {name!r} {version!r} is no crate with a name and a version"
        raise FetchError(msg, tip="Patch the sdist.")
    kind = source.partition("+")[0]
    checksum = package.get("checksum") or metadata.get(f"checksum {name} {version} ({source})", "")
    if kind == "git":
        if not _COMMIT.fullmatch(source.rpartition("#")[2]):
            msg = f"{place}: crate {name} {version} is from git, and no full commit is locked ({source})"
            raise FetchError(msg, tip="Patch the sdist: lock it with cargo.")
        return Crate(name=name, version=version, source=source, checksum="")
    if kind not in ("registry", "sparse"):
        msg = f"{place}: crate {name} {version} is from {source}; expected a registry or git"
        raise FetchError(msg, tip="Patch the sdist so that the crate lies in it, or comes from a registry.")
    if not isinstance(checksum, str) or not _SHA256.fullmatch(checksum):
        msg = f"{place}: crate {name} {version} has no checksum, so nothing says what it is"
        raise FetchError(msg, tip="Patch the sdist: lock it with cargo.")
    return Crate(name=name, version=version, source=source, checksum=checksum)
