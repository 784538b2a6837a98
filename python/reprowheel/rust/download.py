"""Fetches archives of crates into a folder: each by its checksum, complete or not at all.

Specs: the Cargo book, "Registry index" (`config.json`, sparse protocol).
"""

from __future__ import annotations

import io
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.errors import FetchError, ReprowheelError
from reprowheel.files import atomic_file, file_sha256
from reprowheel.output.address import page_url
from reprowheel.output.printable import warn
from reprowheel.output.progress import step
from reprowheel.rust.address import find_index
from reprowheel.sources.pack import archive_crates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprowheel.fetch.index import Index
    from reprowheel.rust.cargo_lock import Crate

__all__ = ["Registries", "fetch_crates"]

_AT_ONCE = 8
_MAX_ENTRY = 64 << 20
_TIP = "Name a registry that can be reached: --crate-index sparse+https://HOST/PATH/, or [source] in cargo's configuration."


class Registries:
    """The registries that crates come from, by their sources in Cargo.lock.

    :param index: gives the transport, once something is fetched; what it knows of packages for Python is not used.
    :param crate_index: sparse index of the default registry; empty: what cargo is configured for, else cargo's own.
    """

    def __init__(self, index: Callable[[], Index], crate_index: str = "") -> None:
        self._index = index
        self._given = crate_index
        self._known: dict[str, tuple[str, dict[str, str], str]] = {}

    def prepare(self, crate: Crate) -> None:
        """Ask the registry of a crate where its archives are.

        :raises FetchError: nothing says which index it has, or the index does not answer.
        """
        source = "" if crate.is_default else crate.source
        if source in self._known:
            return
        given = self._given if not source else ""
        try:
            found: dict[str, Any] = {"index": given, "token": "", "said": ""} if given else find_index(source)
        except SystemExit as e:
            raise FetchError(str(e), tip="Repair cargo's configuration.") from e
        index = str(found["index"]).removeprefix("sparse+")
        if not index:
            what = f"registry {source}" if source else "cargo's default registry"
            msg = f"crate {crate.name} {crate.version}: {what}: {found['said']}"
            raise FetchError(msg, tip=_TIP)
        index = index.rstrip("/") + "/"
        headers = {"Authorization": found["token"]} if found["token"] else {}
        try:
            config = json.loads(self.read(f"{index}config.json", headers))
            template = config["dl"]
        except FetchError as e:
            msg = f"crate {crate.name} {crate.version}: {e.message}"
            raise FetchError(msg, tip=_TIP) from e
        except (ValueError, TypeError, KeyError) as e:
            msg = f"crate {crate.name} {crate.version}: {index}config.json: does not say where crates are (dl)"
            raise FetchError(msg, tip=_TIP) from e
        self._known[source] = index, headers if config.get("auth-required") else {}, str(template)

    def address(self, crate: Crate) -> tuple[str, dict[str, str]]:
        """Return the address of a crate's archive, and headers for it; `prepare` comes before."""
        _, headers, template = self._known["" if crate.is_default else crate.source]
        marks = {
            "{crate}": crate.name,
            "{version}": crate.version,
            "{prefix}": _prefix(crate.name),
            "{lowerprefix}": _prefix(crate.name.lower()),
            "{sha256-checksum}": crate.checksum,
        }
        if not any(mark in template for mark in marks):
            return f"{template}/{crate.name}/{crate.version}/download", headers
        for mark, value in marks.items():
            template = template.replace(mark, value)
        return template, headers

    def is_yanked(self, crate: Crate) -> bool:
        """Say whether the index calls a crate yanked; a crate that it does not know is not."""
        index, headers, _ = self._known["" if crate.is_default else crate.source]
        lower = crate.name.lower()
        try:
            lines = self.read(f"{index}{_prefix(lower)}/{lower}", headers).decode("utf-8", "replace").splitlines()
            entries = [json.loads(line) for line in lines if line.strip()]
        except (FetchError, ValueError):
            return False
        return any(entry.get("vers") == crate.version and entry.get("yanked") for entry in entries if isinstance(entry, dict))

    def read(self, url: str, headers: Mapping[str, str]) -> bytes:
        """Return the content of an address.

        :raises FetchError: it cannot be had.
        """
        out = io.BytesIO()
        self._index().download(url, out, most=_MAX_ENTRY, headers=headers)
        return out.getvalue()

    def save(self, crate: Crate, target: Path) -> None:
        """Write the archive of a crate.

        :raises FetchError: it cannot be had, or has another checksum.
        """
        url, headers = self.address(crate)
        try:
            with atomic_file(target) as out:
                digest = self._index().download(url, out, headers=headers)
                _check(crate, page_url(url), digest)
        except FetchError as e:
            msg = f"crate {crate.name} {crate.version}: {e.message}"
            raise FetchError(msg, tip=e.tip if "sha256" in e.message else _TIP) from e


def fetch_crates(crates: Sequence[Crate], registries: Registries, folder: Path, *, tell_yanked: bool = True) -> int:
    """Fill a folder with the archives of crates; those that are there and right stay. Return how many were fetched.

    :param tell_yanked: warn of crates that their registry calls yanked; they are fetched nevertheless.
    :raises FetchError: a crate cannot be had. What has been fetched until then stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [crate for crate in crates if not _is_there(crate, folder / crate.filename)]
    of_git = {crate.filename: crate for crate in missing if crate.is_git}
    for crate in of_git.values():
        step(f"fetching {crate.filename}")
        _pack(crate, folder)
    others = [crate for crate in missing if not crate.is_git]
    for crate in others:
        registries.prepare(crate)
    if others:
        step(f"fetching {len(others)} crates")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda crate: registries.save(crate, folder / crate.filename), others))
        yanked = list(pool.map(registries.is_yanked, others)) if tell_yanked else []
    names = [f"{crate.name} {crate.version}" for crate, is_yanked in zip(others, yanked, strict=False) if is_yanked]
    if names:
        warn(f"withdrawn by its author (yanked), and locked all the same: {', '.join(names)}")
    return len(of_git) + len(others)


def _check(crate: Crate, url: str, digest: str) -> None:
    """Raise FetchError if an archive is not what the lock says."""
    if digest != crate.checksum:
        msg = f"{url}: has sha256 {digest}; the lock has {crate.checksum}"
        raise FetchError(msg, tip="Try again; if it stays, the registry or something on the way changes files.")


def _is_there(crate: Crate, path: Path) -> bool:
    return path.is_file() and (crate.is_git or file_sha256(path) == crate.checksum)


def _pack(crate: Crate, folder: Path) -> None:
    """Pack the commit of a git repository."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".packing-") as scratch:
        try:
            made = archive_crates(crate.repository, crate.commit, Path(scratch), name=crate.repository_name)
        except ReprowheelError as e:
            msg = f"crate {crate.name} {crate.version}: {e.message}"
            raise FetchError(msg, tip=e.tip) from e
        made.path.rename(folder / crate.filename)


def _prefix(name: str) -> str:
    """Return the folder of a crate in an index."""
    if len(name) < 4:
        return str(len(name)) if len(name) < 3 else f"3/{name[0]}"
    return f"{name[:2]}/{name[2:4]}"
