"""Reads the list of a project's files on an index: pages of PEP 691 (JSON) and PEP 503 (HTML), folders of archives."""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from reprowheel import limits
from reprowheel.errors import FetchError
from reprowheel.fetch.anchors import find_anchors
from reprowheel.output.address import page_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sized

__all__ = ["IndexFile", "local_page", "local_path", "open_regular", "parse_page"]

_TIP = "check the index address in pip's configuration"
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
_REMOTE = ("http", "https")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SLASHES = frozenset("/\\")


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


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; a FIFO, which might never end or begin, is none.

    :raises OSError: it is none, or cannot be read.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            msg = "it is no regular file"
            raise OSError(msg)
        yield file


def local_page(url: str, project: str) -> tuple[IndexFile, ...]:
    """Return a project's files behind a `file:` URL: a page, a folder with an index.html, or a folder of archives.

    :raises OSError: the path exists but cannot be read.
    """
    path = local_path(url)
    page = path / "index.html" if path.is_dir() else path
    if page.is_file() and page.suffix in (".htm", ".html", ".json"):
        kind = "application/json" if page.suffix == ".json" else "text/html"
        with open_regular(page) as file:
            content = file.read(limits.MAX_PAGE + 1)
        if len(content) > limits.MAX_PAGE:
            msg = f"{page}: has more than {limits.MAX_PAGE} bytes, which is the limit for a page"
            raise FetchError(msg, tip=_TIP)
        return parse_page(content, page.as_uri(), kind, project)
    entries = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    files = (IndexFile(filename=p.name, url=p.resolve().as_uri(), sha256="") for p in entries if p.is_file())
    return _of_project(files, project)


def _of_project(files: Iterable[IndexFile], project: str) -> tuple[IndexFile, ...]:
    """Keep archives whose file name begins with the name of the project, and can be that of a file."""
    prefix = project.replace("-", "_") + "_"
    chosen = []
    for file in files:
        name = file.filename
        if name.endswith(_ARCHIVES) and name.isprintable() and not _SLASHES & set(name) and len(name.encode()) <= limits.MAX_PART:
            normalized = canonicalize_name(file.filename).replace("-", "_")
            if normalized.startswith(prefix):
                chosen.append(file)
    return tuple(chosen)


def parse_page(content: bytes, url: str, kind: str, project: str) -> tuple[IndexFile, ...]:
    """Return a project's files from a page.

    :param kind: media type without parameters; anything that is not JSON is read as HTML.
    :raises FetchError: the page is JSON, but not in the format of PEP 691; it is too large; or it came from a server and
        names a file that does not.
    """
    files = _of_project(_parse(content, url, kind), project)
    if urlsplit(url).scheme in _REMOTE:
        for file in files:
            if urlsplit(file.url).scheme not in _REMOTE:
                msg = f"{page_url(url)}: says that {file.filename} is at {page_url(file.url)[:200]}; expected http or https"
                raise FetchError(msg, tip="a page on a server may not name files of this machine; use another index")
    return files


def _parse(content: bytes, url: str, kind: str) -> tuple[IndexFile, ...]:
    try:
        if kind.endswith("json"):
            return tuple(_json_files(content, url))
        return tuple(_html_files(content.decode("utf-8", errors="replace"), url))
    except limits.LimitError as e:
        msg = f"{page_url(url)}: {e}"
        raise FetchError(msg, tip=_TIP) from e


def _json_files(content: bytes, url: str) -> Iterator[IndexFile]:
    try:
        listed = json.loads(content)["files"]
        _check_count(listed)
        for entry in listed:
            address = _joined(url, str(entry["url"])).partition("#")[0]
            if not address:  # it leads nowhere
                continue
            yield IndexFile(
                filename=str(entry["filename"]),
                url=address,
                sha256=_sha256(entry.get("hashes", {}).get("sha256")),
                requires_python=str(entry.get("requires-python") or ""),
                yanked=bool(entry.get("yanked")),
                metadata_sha256=_metadata_sha256(entry.get("core-metadata", entry.get("dist-info-metadata"))),
                upload_time=str(entry.get("upload-time") or ""),
            )
    except limits.LimitError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        detail = "it is nested too deeply" if isinstance(e, RecursionError) else f"{type(e).__name__}: {e}"
        msg = f"{page_url(url)}: not a PEP 691 page ({' '.join(detail.split())[:300]})"
        raise FetchError(msg, tip=_TIP) from e


def _html_files(text: str, url: str) -> Iterator[IndexFile]:
    """Yield the links of a PEP 503 page; those that are no address lead nowhere and are passed over."""
    base, count = "", 0
    for tag, values in find_anchors(text):
        href = values.get("href", "").strip()
        if tag == "base":
            base = base or _base(url, href)
            continue
        address, _, fragment = _joined(base or url, href).partition("#")
        if not href or not address:
            continue
        count += 1
        _check_count(range(count))
        algorithm, _, digest = fragment.partition("=")
        yield IndexFile(
            filename=unquote(urlsplit(address).path.rpartition("/")[2]),
            url=address,
            sha256=_sha256(digest.partition("&")[0] if algorithm == "sha256" else ""),
            requires_python=values.get("data-requires-python", ""),
            yanked="data-yanked" in values,
            metadata_sha256=_metadata_sha256(values.get("data-core-metadata", values.get("data-dist-info-metadata"))),
        )


def _base(url: str, href: str) -> str:
    """Return what addresses are relative to; the page's own address if its base element has none."""
    if not href:
        return ""
    base = _joined(url, href)
    if not base:
        msg = f"{page_url(url)}: its base element has no address that can be used ({href[:100]!r})"
        raise FetchError(msg, tip=_TIP)
    return base


def _joined(base: str, address: str) -> str:
    """Return an absolute address; empty if it is none or is too long."""
    try:
        joined = urljoin(base, address) if len(address) <= limits.MAX_ADDRESS else ""
        urlsplit(joined)
    except ValueError:
        return ""
    return joined if len(joined) <= limits.MAX_ADDRESS else ""


def _check_count(listed: Sized) -> None:
    if len(listed) > limits.MAX_LISTED:
        message = f"lists more than {limits.MAX_LISTED} files, which is the limit"
        raise limits.LimitError(message, "MAX_LISTED")


def _sha256(value: object) -> str:
    """Return a hash in lower case; empty if it is none."""
    text = str(value or "").lower()
    return text if _SHA256.fullmatch(text) else ""


def _metadata_sha256(value: object) -> str:
    """Return the hash of a wheel's METADATA from a page: an object of hashes, `ALGORITHM=DIGEST`, or only "true" (no hash)."""
    if isinstance(value, dict):
        return _sha256(value.get("sha256"))
    algorithm, _, digest = str(value).partition("=")
    return _sha256(digest) if algorithm == "sha256" else ""
