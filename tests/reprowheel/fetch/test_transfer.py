"""Servers that send too much, too slowly, or to another place: one line each, and no more is read than the limits allow."""

from __future__ import annotations

import gzip
import io
import os
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.local_index import clear_pip_configuration

from reprowheel import limits
from reprowheel.errors import FetchError
from reprowheel.fetch.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test; nobody waits for long."""
    clear_pip_configuration(monkeypatch)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_TIMEOUT", "60")


class Server:
    """Answers each request by a function of a socket and the path; counts the bytes that it could send."""

    def __init__(self, answer: Callable[[Server, socket.socket, str], None]) -> None:
        self.sent, self.paths, self._answer = 0, list[str](), answer
        self.ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def send(self, connection: socket.socket, data: bytes) -> None:
        """Send, and count."""
        connection.sendall(data)
        self.sent += len(data)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    self.paths.append(connection.recv(65536).split(b" ")[1].decode())
                    self._answer(self, connection, self.paths[-1])
                except OSError:
                    pass

    def close(self) -> None:
        """Stop."""
        self.ended.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@contextmanager
def served(answer: Callable[[Server, socket.socket, str], None]) -> Iterator[Server]:
    """Serve on a loopback port."""
    server = Server(answer)
    try:
        yield server
    finally:
        server.close()


def failure(url: str) -> FetchError:
    """Return the one error of an index."""
    with Index(f"{url}/simple") as index:
        assert index.files("foo") == ()
        (found,) = index.failures("foo")
    assert "\n" not in found.message
    assert found.tip
    return found


def drips(head: bytes, unit: bytes) -> Callable[[Server, socket.socket, str], None]:
    """Return an answer that never ends, of a few bytes in a second."""

    def answer(server: Server, connection: socket.socket, _: str) -> None:
        server.send(connection, head)
        while not server.ended.wait(0.02):
            server.send(connection, unit)

    return answer


def test_headers_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header now and then satisfies every time-out of a socket."""
    monkeypatch.setenv("PIP_TIMEOUT", "1")
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    with served(drips(b"HTTP/1.1 200 OK\r\nX: ", b"x")) as server:
        assert "takes too long" in failure(server.url).message


@pytest.mark.parametrize("limit", ["PACE_SECONDS", "PAGE_SECONDS"])
def test_content_that_never_ends(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """A page that comes slower than the pace, and one that keeps it for too long, are given up."""
    monkeypatch.setattr(limits, limit, 0.2)
    monkeypatch.setattr(limits, "MIN_PACE", 1e6 if limit == "PACE_SECONDS" else 1)
    monkeypatch.setenv("PIP_TIMEOUT", "1")
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.5)
    with served(drips(HEAD + b"\r\n", b"<p>")) as server:
        assert "takes too long" in failure(server.url).message


def endless(head: bytes) -> Callable[[Server, socket.socket, str], None]:
    """Return an answer without end, as fast as it can be read."""

    def answer(server: Server, connection: socket.socket, _: str) -> None:
        server.send(connection, head)
        while not server.ended.is_set():
            server.send(connection, b"x" * 65536)

    return answer


def test_endless_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is read up to its limit, and what sockets and the thread read ahead."""
    monkeypatch.setattr(limits, "MAX_PAGE", 1 << 20)
    with served(endless(HEAD + b"\r\n")) as server:
        assert "/simple/foo/: has more than 1048576 bytes, which is the limit" in failure(server.url).message
    assert server.sent < 32 << 20


def test_endless_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a file; what was written of it is the caller's to remove."""
    monkeypatch.setattr(limits, "MAX_DOWNLOAD", 1 << 20)
    out = io.BytesIO()
    with served(endless(HEAD + b"\r\n")) as server, Index(server.url) as index:
        with pytest.raises(FetchError, match="has more than 1048576 bytes, which is the limit"):
            index.download(f"{server.url}/foo-1.0.tar.gz", out)
    assert len(out.getvalue()) <= 1 << 20
    assert server.sent < 32 << 20


def test_declared_size() -> None:
    """What says that it is too large is not read at all."""
    size = limits.MAX_PAGE + 1

    def answer(server: Server, connection: socket.socket, _: str) -> None:
        server.send(connection, HEAD + b"Content-Length: %d\r\n\r\n" % size)
        server.ended.wait(30)

    with served(answer) as server:
        assert f"has {size} bytes; the limit is {limits.MAX_PAGE}" in failure(server.url).message


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("gzip", gzip.compress(b"x" * (2 << 20)), "unpacks to more than 1048576 bytes, which is the limit"),
        ("gzip", gzip.compress(b"x" * 100)[:-4], "ends too early"),
        ("gzip", b"x" * 100, "cannot be unpacked"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "is packed by 'gzip, gzip'; expected gzip or nothing"),
        ("br", b"x", "is packed by 'br'"),
    ],
)
def test_packed_pages(monkeypatch: pytest.MonkeyPatch, encoding: str, body: bytes, message: str) -> None:
    """A page may be packed once, by gzip, and has the same limit unpacked."""
    monkeypatch.setattr(limits, "MAX_PAGE", 1 << 20)

    def answer(server: Server, connection: socket.socket, _: str) -> None:
        server.send(connection, HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    with served(answer) as server:
        assert message in failure(server.url).message


def test_packed_page_is_read() -> None:
    """What servers send to those who take gzip is understood (control)."""
    page = gzip.compress(b'<a href="/foo-1.0.tar.gz">x</a>')

    def answer(server: Server, connection: socket.socket, _: str) -> None:
        server.send(connection, HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(page) + page)

    with served(answer) as server, Index(f"{server.url}/simple") as index:
        assert [file.url for file in index.files("foo")] == [f"{server.url}/foo-1.0.tar.gz"]


def redirects(target: Callable[[Server, str], str], body: bytes = b"") -> Callable[[Server, socket.socket, str], None]:
    """Return an answer that leads elsewhere."""

    def answer(server: Server, connection: socket.socket, path: str) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: {target(server, path)}\r\nConnection: close\r\n\r\n"
        server.send(connection, head.encode())
        while body and not server.ended.is_set():
            server.send(connection, body)

    return answer


@pytest.mark.parametrize("body", [b"", b"x" * 65536], ids=["short", "endless"])
def test_redirect_to_a_file(tmp_path: Path, body: bytes) -> None:
    """No answer of a server leads to a file of this machine; what comes with the redirect is not read."""
    page = tmp_path / "index.html"
    page.write_text('<a href="foo-1.0.tar.gz">x</a>', encoding="utf-8")
    with served(redirects(lambda *_: page.as_uri(), body)) as server:
        assert f"redirects to '{page.as_uri()}'; expected an address of http or https" in failure(server.url).message
        with Index(server.url) as index, pytest.raises(FetchError, match="redirects to 'file:"):
            index.download(f"{server.url}/x", io.BytesIO())
    assert server.sent < 32 << 20


def test_redirects_without_end() -> None:
    """Each leads one further."""
    with served(redirects(lambda server, path: f"{server.url}{path}x")) as server:
        assert f"redirects more than {limits.MAX_REDIRECTS} times" in failure(server.url).message
    assert len(server.paths) == limits.MAX_REDIRECTS + 1


def test_redirect_to_another_page() -> None:
    """A redirect on the server is followed; addresses are relative to where it leads (control)."""

    def answer(server: Server, connection: socket.socket, path: str) -> None:
        if path == "/simple/foo/":
            server.send(connection, b"HTTP/1.1 301 Moved\r\nLocation: /other/foo/\r\nContent-Length: 0\r\n\r\n")
        else:
            server.send(connection, HEAD + b"\r\n<a href=foo-1.0.tar.gz>x</a>")

    with served(answer) as server, Index(f"{server.url}/simple") as index:
        assert [file.url for file in index.files("foo")] == [f"{server.url}/other/foo/foo-1.0.tar.gz"]


def test_fifo_as_page_and_as_file(tmp_path: Path) -> None:
    """A place on this machine is read if it is a regular file; a FIFO would be waited for."""
    os.mkfifo(tmp_path / "foo-1.0.tar.gz")
    with (
        Index(tmp_path.as_uri()) as index,
        pytest.raises(FetchError, match="foo-1.0.tar.gz: cannot be read .it is no regular file"),
    ):
        index.download((tmp_path / "foo-1.0.tar.gz").as_uri(), io.BytesIO())


def test_no_thread_is_left() -> None:
    """After an answer, whether it was read or not, this process has the threads that it had: it forks to run back ends."""
    before = threading.active_count()
    with served(lambda server, connection, _: server.send(connection, HEAD + b"\r\n" + b"x" * 100)) as server:
        with Index(f"{server.url}/simple") as index:
            index.files("foo")
            assert threading.active_count() == before + 1  # the server's
