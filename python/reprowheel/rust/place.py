"""Puts crates where an offline cargo finds them: directory sources below CARGO_HOME, checked by the checksums of Cargo.lock.

Specs: the Cargo book, "Source replacement" and "Directory sources".
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import BuildError, FetchError, UsageError
from reprowheel.files import file_sha256
from reprowheel.rust.git_crates import show_git_crates
from reprowheel.rust.unpack import unpack_crate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from reprowheel.rust.cargo_lock import Crate

__all__ = ["CrateArchives", "find_archives", "place_crates"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CrateArchives:
    """Archives of crates.

    :param files: file name → path. Contents are checked when a crate is taken.
    :param fetch: what to do if one is missing.
    """

    files: Mapping[str, Path]
    fetch: str

    def find(self, crate: Crate, package: str) -> Path:
        """Return the archive of a crate.

        :raises BuildError: there is none, or it has another checksum than the lock.
        """
        path = self.files.get(crate.filename)
        if path is None:
            msg = f"{package}: crate {crate.name} {crate.version}, which its Cargo.lock names, is not there"
            raise BuildError(msg, tip=self.fetch)
        found = file_sha256(path) if crate.checksum else ""
        if found != crate.checksum:
            msg = f"{package}: {path}: has sha256 {found}; its Cargo.lock has {crate.checksum}"
            raise BuildError(msg, tip="Remove the file and fetch it again; if it is right, the lock has been changed.")
        return path

    def sha256(self, crate: Crate, package: str) -> str:
        """Return the digest of a crate's archive; of a crate from git, it is not in Cargo.lock."""
        return crate.checksum or file_sha256(self.find(crate, package))


def find_archives(given: Iterable[Path], fetch: str = "") -> CrateArchives:
    """Find the archives in files and folders.

    :param fetch: what to do if one is missing, for messages.
    :raises UsageError: a path does not exist.
    """
    files: dict[str, Path] = {}
    for path in given:
        if not path.exists():
            msg = f"--crates {path}: is not there"
            raise UsageError(msg, tip="Name an archive of a crate, or a folder of archives.")
        inner = sorted(path.iterdir()) if path.is_dir() else [path]
        files.update({file.name: file for file in inner if file.is_file()})
    return CrateArchives(files=files, fetch=fetch)


def place_crates(crates: Sequence[Crate], archives: CrateArchives, home: Path, package: str) -> None:
    """Unpack crates below CARGO_HOME, and write the configuration by which cargo takes them instead of their sources.

    :param home: CARGO_HOME, an existing folder.
    :param package: `name==version`, for messages.
    :raises BuildError: a crate is missing, or differs from its checksum.
    """
    sources = sorted({crate.source for crate in crates})
    lines = []
    for number, source in enumerate(sources):
        folder = home / "crates" / str(number)
        folder.mkdir(parents=True)
        here = [crate for crate in crates if crate.source == source]
        if here[0].is_git:
            _unpack_git(here, archives.find(here[0], package), folder, package)
        for crate in here:
            if not crate.is_git:
                _unpack(crate, archives.find(crate, package), folder, package)
        lines += _replacement(source, f"reprowheel-{number}", folder, default=here[0].is_default)
    (home / "config.toml").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _unpack(crate: Crate, archive: Path, folder: Path, package: str) -> None:
    """Unpack one crate as a directory source has it."""
    try:
        tree = unpack_crate(archive, folder, f"{crate.name}-{crate.version}")
    except FetchError as e:
        msg = f"{package}: crate {e.message}"
        raise BuildError(msg, tip=e.tip) from e
    (tree / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": crate.checksum}), encoding="utf-8")


def _unpack_git(crates: Sequence[Crate], archive: Path, folder: Path, package: str) -> None:
    """Unpack a commit of a git repository, and show its crates as a directory source has them."""
    try:
        tree = unpack_sdist(archive, folder.parent / f"{folder.name}-git").tree
    except FetchError as e:
        msg = f"{package}: {e.message}"
        raise BuildError(msg, tip=e.tip) from e
    if missing := show_git_crates(crates, tree, folder):
        msg = f"{package}: {archive.name}: has no crate {missing}, which its Cargo.lock names"
        raise BuildError(msg, tip="Remove the file and fetch it again.")


def _replacement(source: str, name: str, folder: Path, *, default: bool) -> list[str]:
    """Return the lines of cargo's configuration that put a folder in place of a source."""
    kind, _, url = source.partition("+")
    if default:
        head = ["[source.crates-io]"]
    elif kind == "git":
        place, _, query = url.partition("#")[0].partition("?")
        head = [f"[source.{json.dumps(url)}]", f"git = {json.dumps(place)}"]
        head += [f"{key} = {json.dumps(value)}" for key, value in parse_qsl(query) if key in ("branch", "rev", "tag")]
    else:
        address = f"sparse+{url}" if kind == "sparse" else url
        head = [f"[source.{json.dumps(source)}]", f"registry = {json.dumps(address)}"]
    return [*head, f'replace-with = "{name}"', "", f"[source.{name}]", f"directory = {json.dumps(os.fspath(folder))}", ""]
