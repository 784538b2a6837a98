"""The target for index pages: any bytes as a page of PEP 691 or PEP 503, from a server or from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fuzz.check import SMALL, check_message, ensure, small_limits

from reprowheel.archives.names import archive_identity
from reprowheel.errors import FetchError
from reprowheel.fetch.page import parse_page
from reprowheel.fetch.upload_time import was_uploaded_before
from reprowheel.output.address import page_url

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.fetch.page import IndexFile

__all__ = ["run_page"]

_PAGES = ("http://example.org/simple/foo/", "file:///index/foo/index.html")
_KINDS = ("application/vnd.pypi.simple.v1+json", "text/html")
_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)


def run_page(data: bytes, folder: Path) -> None:
    """Take the first byte as the kind and the place of a page, and the rest as the page."""
    choice, content = data[0] % 4 if data else 0, data[1:]
    kind, url = _KINDS[choice % 2], _PAGES[choice // 2]
    results = []
    with small_limits():
        for _ in range(2):
            try:
                results.append(parse_page(content, url, kind, "foo"))
            except FetchError as error:
                check_message(error)
                return
    ensure(results[0] == results[1], "read twice, it differs")
    ensure(len(results[0]) <= SMALL["MAX_LISTED"], f"{len(results[0])} files")
    for file in results[0]:
        _check_file(file, url, folder)


def _check_file(file: IndexFile, page: str, folder: Path) -> None:
    """Check that what follows can use the file: its name on a disk, its address, its hashes, its time."""
    path = folder / file.filename
    ensure(path.parent == folder and file.filename.isprintable(), f"the name {file.filename!r}")
    path.touch()
    path.unlink()
    scheme = urlsplit(file.url).scheme
    ensure(page.startswith("file:") or scheme in ("http", "https"), f"{file.url!r} on a page of a server")
    page_url(file.url)
    for digest in (file.sha256, file.metadata_sha256):
        ensure(digest == "" or (len(digest) == 64 and set(digest) <= set("0123456789abcdef")), f"the hash {digest!r}")
    was_uploaded_before(file.upload_time, _MOMENT)
    archive_identity(file.filename)
