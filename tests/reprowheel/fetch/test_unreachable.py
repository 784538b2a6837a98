"""Indexes that cannot be asked: the cause comes first, and an address that is none is told before anything is asked."""

from __future__ import annotations

import http.server
from typing import TYPE_CHECKING

import pytest
from support.local_index import clear_pip_configuration
from support.serving import serving

from reprowheel.errors import FetchError
from reprowheel.fetch.by_hash import fetch_file
from reprowheel.fetch.index import Index

if TYPE_CHECKING:
    from pathlib import Path

ADDRESSES = {
    "example.org/simple": ("has no scheme; expected one of https, http, file", "Write https://example.org/simple"),
    "https://${HOST}/simple": ("has a variable that is not set", "Set the variable"),
    "https:///simple": ("has no host; expected one such as https://HOST/simple", "Is a variable empty"),
    "ftp://example.org/simple": ("has the scheme ftp; expected one of https, http, file", ""),
    "file:///nonexistent/simple": ("there is no /nonexistent/simple on this machine", "Name a folder that is there"),
    "http://[x/simple": ("is no address", "Write it as https://HOST/simple"),
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One attempt, with nothing configured."""
    clear_pip_configuration(monkeypatch)
    monkeypatch.setenv("PIP_RETRIES", "0")


@pytest.mark.parametrize("address", ADDRESSES)
def test_address(address: str) -> None:
    """It is named with the option that has it, and what to write in its place."""
    found, tip = ADDRESSES[address]
    with pytest.raises(FetchError) as caught:
        Index(address)
    assert caught.value.message.startswith(f"--index-url {address!r}: {found}")
    assert tip in caught.value.tip


@pytest.mark.parametrize("variable", ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX"])
def test_variable(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """An address from a variable is named with the variable, and without the password in it."""
    monkeypatch.setenv(variable, "ftp://user:secret@example.org/simple")
    with pytest.raises(FetchError) as caught:
        Index()
    assert caught.value.message.startswith(f"{variable} 'ftp://***@example.org/simple': has the scheme ftp")


def test_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that leaves no place to look is told as that."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(FetchError, match="pip's configuration has no index") as caught:
        Index()
    assert "PIP_FIND_LINKS=DIR" in caught.value.tip


def asked(address: str, folder: Path) -> FetchError:
    """Return the error of a fetch."""
    with Index(address) as index, pytest.raises(FetchError) as caught:
        fetch_file(index=index, name="foo", version="1.0", sha256s=["0" * 64], directory=folder)
    return caught.value


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("http://127.0.0.1:9/simple", "nothing listens at 127.0.0.1:9 (connection refused)"),
        ("http://user:secret@127.0.0.1:9/simple", "nothing listens at 127.0.0.1:9 (connection refused)"),
        ("http://no-such-host.invalid/simple", "there is no host no-such-host.invalid, or no network"),
    ],
)
def test_no_connection(tmp_path: Path, address: str, cause: str) -> None:
    """The line begins with the address and why it cannot be reached; what was wanted comes after that."""
    page = address.replace("user:secret@", "") + "/foo/"
    error = asked(address, tmp_path)
    assert error.message.startswith(f"foo==1.0: {page}: cannot be reached: {cause}; no other index has a file with sha256 000")
    assert error.tip == "check the network, or name another index with --index-url or PIP_INDEX_URL"


@pytest.mark.parametrize(
    ("status", "said", "tip"),
    [
        (401, "/simple/foo/: the index answers 401 Unauthorized", "`machine 127.0.0.1 login USER password PASSWORD` in ~/.netrc"),
        (403, "/simple/foo/: the index answers 403 Forbidden", "Give it your user name and password"),
        (404, "/simple/foo/ answers 404", "name the index that has it with --index-url"),
        (503, "/simple/foo/: cannot be reached: it answers 503 again and again", "try again later"),
    ],
)
def test_answer(tmp_path: Path, status: int, said: str, tip: str) -> None:
    """An answer that is no page is told with its number, and with what to do about that one."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with serving(Handler) as address:
        error = asked(f"{address}/simple", tmp_path)
    assert f"{address}{said}" in error.message
    assert tip in error.tip
