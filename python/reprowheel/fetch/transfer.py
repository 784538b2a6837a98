"""Reads one address over HTTP, within limits of size and time, and follows redirects to other addresses of HTTP only.

Time-outs of a socket do not bound a server that sends a byte now and then: before the answer, in its headers, or in its content.
So the connection is read by a thread, and the caller waits for the next piece no longer than the limits allow.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urljoin, urlsplit

from reprowheel import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

__all__ = ["SlowError", "Transfer", "TransferError"]

_PIECE = 1 << 15
_WAITING = 64
"""Pieces that the thread reads ahead."""
_ENDED = "ended"


class TransferError(Exception):
    """The answer cannot be taken; the text says why."""


class SlowError(TransferError):
    """The server takes too long."""


class _RedirectedError(Exception):
    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


class _LeftError(Exception):
    """Nobody waits for the thread any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Head:
    """The beginning of an answer."""

    url: str
    status: int
    reason: str
    kind: str
    encoding: str
    length: int


class Transfer:
    """One answer of a server; a context manager.

    :param session: a session of requests.
    :param most: bytes of content that are allowed.
    :param seconds: time for the whole.
    :param patience: further time until the answer begins.
    :raises TransferError: there is no answer, or it is too slow or too large.
    """

    def __init__(  # noqa: PLR0913 - keyword-only
        self,
        session: Any,  # noqa: ANN401 - of pip's own copy of requests
        url: str,
        headers: Mapping[str, str],
        *,
        most: int,
        seconds: float,
        patience: float,
    ) -> None:
        self._session, self._url, self._headers = session, url, headers
        self._most = most
        self._start = time.monotonic()
        self._end = self._start + seconds
        self._pieces: queue.Queue[object] = queue.Queue(_WAITING)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        try:
            self.head = cast("_Head", self._next(self._start + patience))
            self._check_length(self.head.length)
        except BaseException:
            self.close()
            raise

    def _check_length(self, length: int) -> None:
        if length > self._most:
            msg = f"has {length} bytes; the limit is {self._most}"
            raise TransferError(msg)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the thread end; one that waits for a server that is silent ends with the process at the latest."""
        self._left.set()
        self._thread.join(1)

    def pieces(self) -> Iterator[bytes]:
        """Yield the content as it was sent."""
        received, started = 0, time.monotonic()
        while True:
            pace = started + limits.PACE_SECONDS + (received + _PIECE) / limits.MIN_PACE
            piece = self._next(min(pace, self._end))
            if not isinstance(piece, bytes):
                return
            received += len(piece)
            if received > self._most:
                msg = f"has more than {self._most} bytes, which is the limit"
                raise TransferError(msg)
            yield piece

    def content(self) -> bytes:
        """Return the whole content, unpacked if it was packed by gzip."""
        if self.head.encoding in ("", "identity"):
            return b"".join(self.pieces())
        if self.head.encoding not in ("gzip", "x-gzip"):
            msg = f"is packed by {self.head.encoding[:40]!r}; expected gzip or nothing"
            raise TransferError(msg)
        unpacker, found, left = zlib.decompressobj(31), [], self._most
        try:
            for piece in self.pieces():
                found.append(unpacker.decompress(piece, left + 1))
                left -= len(found[-1])
                if left < 0:
                    msg = f"unpacks to more than {self._most} bytes, which is the limit"
                    raise TransferError(msg)
        except zlib.error as e:
            msg = f"cannot be unpacked ({e})"
            raise TransferError(msg) from e
        if not unpacker.eof:
            msg = "ends too early"
            raise TransferError(msg)
        return b"".join(found)

    def _next(self, until: float) -> object:
        try:
            item = self._pieces.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            msg = f"takes too long: {time.monotonic() - self._start:.0f} s have passed"
            raise SlowError(msg) from None
        if isinstance(item, BaseException):
            raise item
        return item

    def _put(self, item: object) -> None:
        while not self._left.is_set():
            try:
                self._pieces.put(item, timeout=0.5)
            except queue.Full:
                continue
            return
        raise _LeftError

    def _read(self) -> None:
        """Read the answer; everything that happens goes to the caller's thread."""
        try:
            with self._get() as response:
                headers = response.headers
                length = str(headers.get("Content-Length", "")).strip()
                self._put(
                    _Head(
                        url=str(response.url),
                        status=int(response.status_code),
                        reason=str(response.reason),
                        kind=str(headers.get("Content-Type", "")).partition(";")[0].strip().lower(),
                        encoding=str(headers.get("Content-Encoding", "")).strip().lower(),
                        length=int(length) if length.isdecimal() and len(length) < 20 else 0,
                    )
                )
                for piece in response.raw.stream(_PIECE, decode_content=False):
                    self._put(piece)
                self._put(_ENDED)
        except _LeftError:
            pass
        except BaseException as e:  # noqa: BLE001 - it is raised in the caller's thread
            with contextlib.suppress(_LeftError):
                self._put(e)

    def _get(self) -> Any:  # noqa: ANN401 - a response of requests
        """Ask, and follow redirects; requests itself would follow them to files, and read all that they come with."""

        def stop(response: Any, **_: object) -> None:  # noqa: ANN401
            if response.is_redirect:
                response.close()
                raise _RedirectedError(str(response.headers["Location"]).encode("latin-1", "replace").decode("utf-8", "replace"))

        url = self._url
        for _ in range(limits.MAX_REDIRECTS + 1):
            try:
                return self._session.get(url, headers=dict(self._headers), stream=True, hooks={"response": stop})
            except _RedirectedError as e:
                url = _joined(url, e.target)
        msg = f"redirects more than {limits.MAX_REDIRECTS} times"
        raise TransferError(msg)


def _joined(url: str, target: str) -> str:
    """Return the address that a redirect leads to."""
    try:
        joined = urljoin(url, target)
        scheme = urlsplit(joined).scheme
    except ValueError:
        joined, scheme = "", ""
    if scheme not in ("http", "https"):
        msg = f"redirects to {target[:200]!r}; expected an address of http or https"
        raise TransferError(msg)
    return joined
