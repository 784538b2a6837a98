"""Reads the list of a project's files on an index: pages of PEP 691 (JSON) and PEP 503 (HTML), folders of archives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from reprowheel.errors import FetchError
from reprowheel.output.address import page_url

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["IndexFile", "local_page", "local_path", "parse_page"]

_TIP = "check the index address in pip's configuration"
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexFile:
    """One file of a project's page.

    :param url: absolute, without fragment.
    :param sha256: from the page, or empty if it has none.
    :param requires_python: PEP 440 specifier, or empty.
    :param yanked: its author advises against it (PEP 592).
    :param metadata_sha256: hash of the wheel's METADATA at `url` + `.metadata` (PEP 658); empty if the page has none.
    :param upload_time: ISO 8601, from the page (PEP 700), or empty if it has none.
    """

    filename: str
    url: str
    sha256: str
    requires_python: str = ""
    yanked: bool = False
    metadata_sha256: str = ""
    upload_time: str = ""


def local_path(url: str) -> Path:
    """Return the path that a `file:` URL names."""
    return Path(url2pathname(urlsplit(url).path))


def local_page(url: str, project: str) -> tuple[IndexFile, ...]:
    """Return a project's files behind a `file:` URL: a page, a folder with an index.html, or a folder of archives.

    :raises OSError: the path exists but cannot be read.
    """
    path = local_path(url)
    page = path / "index.html" if path.is_dir() else path
    if page.is_file() and page.suffix in (".htm", ".html", ".json"):
        kind = "application/json" if page.suffix == ".json" else "text/html"
        return parse_page(page.read_bytes(), page.as_uri(), kind, project)
    entries = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    files = (IndexFile(filename=p.name, url=p.resolve().as_uri(), sha256="") for p in entries if p.is_file())
    return _of_project(files, project)


def _of_project(files: Iterable[IndexFile], project: str) -> tuple[IndexFile, ...]:
    """Keep archives whose file name begins with the name of the project and is no path."""
    prefix = project.replace("-", "_") + "_"
    chosen = []
    for file in files:
        if file.filename.endswith(_ARCHIVES) and file.filename.isprintable() and "/" not in file.filename:
            normalized = canonicalize_name(file.filename).replace("-", "_")
            if normalized.startswith(prefix):
                chosen.append(file)
    return tuple(chosen)


def parse_page(content: bytes, url: str, kind: str, project: str) -> tuple[IndexFile, ...]:
    """Return a project's files from a page.

    :param kind: media type without parameters; anything that is not JSON is read as HTML.
    :raises FetchError: the page is not in the format of PEP 691 or PEP 503.
    """
    return _of_project(_parse(content, url, kind), project)


def _parse(content: bytes, url: str, kind: str) -> tuple[IndexFile, ...]:
    if kind.endswith("json"):
        try:
            listed = json.loads(content)["files"]
            return tuple(
                IndexFile(
                    filename=str(entry["filename"]),
                    url=urljoin(url, str(entry["url"])).partition("#")[0],
                    sha256=str(entry.get("hashes", {}).get("sha256", "")).lower(),
                    requires_python=str(entry.get("requires-python") or ""),
                    yanked=bool(entry.get("yanked")),
                    metadata_sha256=_metadata_sha256(entry.get("core-metadata", entry.get("dist-info-metadata"))),
                    upload_time=str(entry.get("upload-time") or ""),
                )
                for entry in listed
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
            msg = f"{page_url(url)}: not a PEP 691 page ({type(e).__name__}: {e})"
            raise FetchError(msg, tip=_TIP) from e
    parser = _Anchors(url)
    try:
        parser.feed(content.decode("utf-8", errors="replace"))
        parser.close()
    except (ValueError, AssertionError) as e:  # an address, or HTML that the parser gives up on
        msg = f"{page_url(url)}: not a PEP 503 page ({type(e).__name__}: {e})"
        raise FetchError(msg, tip=_TIP) from e
    return tuple(parser.files)


def _metadata_sha256(value: object) -> str:
    """Return the hash of a wheel's METADATA from a page: an object of hashes, `ALGORITHM=DIGEST`, or only "true" (no hash)."""
    if isinstance(value, dict):
        return str(value.get("sha256", "")).lower()
    algorithm, _, digest = str(value).partition("=")
    return digest.lower() if algorithm == "sha256" else ""


class _Anchors(HTMLParser):
    """Collects the links of a PEP 503 page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.files: list[IndexFile] = []
        self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        href = values.get("href")
        if not href:
            return
        if tag == "base":
            self._base = urljoin(self._base, href)
        elif tag == "a":
            url, _, fragment = urljoin(self._base, href.strip()).partition("#")
            algorithm, _, digest = fragment.partition("=")
            self.files.append(
                IndexFile(
                    filename=unquote(urlsplit(url).path.rpartition("/")[2]),
                    url=url,
                    sha256=digest.partition("&")[0].lower() if algorithm == "sha256" else "",
                    requires_python=values.get("data-requires-python") or "",
                    yanked="data-yanked" in values,
                    metadata_sha256=_metadata_sha256(
                        values.get("data-core-metadata", values.get("data-dist-info-metadata")),
                    ),
                ),
            )
