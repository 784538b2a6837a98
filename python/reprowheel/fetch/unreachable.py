"""Says why an index cannot be asked: from its address alone, or from the error of a connection; the cause comes first."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from reprowheel.errors import FetchError
from reprowheel.fetch.transfer import TransferError
from reprowheel.output.address import masked_url, page_url

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OTHER_INDEX", "check_address", "refused", "unreachable"]

OTHER_INDEX = "name another index with --index-url or PIP_INDEX_URL"
_SCHEMES = ("http", "https", "file")
_MOST_CAUSES = 20
_TOO_MANY = re.compile(r"too many (\d+) error responses")
_UNAUTHORIZED = (401, 403, 407)


def check_address(url: str, source: str) -> None:
    """Raise FetchError for an address that cannot be that of an index.

    :param source: where it comes from, for the message.
    """
    try:
        parts = urlsplit(url)
        host, shown = parts.hostname, f"{source} {masked_url(url)!r}"
    except ValueError as e:
        msg = f"{source} {url.rpartition('@')[2]!r}: is no address ({e})"
        raise FetchError(msg, tip="Write it as https://HOST/simple.") from e
    if "${" in url or "$(" in url or url.startswith("$"):
        msg = f"{shown}: has a variable that is not set"
        raise FetchError(msg, tip="Set the variable, or write the address without it.")
    if not url.strip():
        msg = f"{source}: is empty; expected the address of an index"
        raise FetchError(msg, tip="Write it as https://HOST/simple, or leave it out.")
    if parts.scheme not in _SCHEMES:
        here = Path(url)
        tip = f"Write {here.resolve().as_uri()}" if here.is_dir() else f"Write https://{url}" if not parts.scheme else ""
        found = f"has the scheme {parts.scheme}" if parts.scheme and "://" in url else "has no scheme"
        msg = f"{shown}: {found}; expected one of https, http, file"
        raise FetchError(msg, tip=tip)
    if parts.scheme == "file":
        if not Path(unquote(parts.path)).exists():
            msg = f"{shown}: there is no {unquote(parts.path)} on this machine"
            raise FetchError(msg, tip=f"Name a folder that is there, or {OTHER_INDEX}.")
    elif not host:
        msg = f"{shown}: has no host; expected one such as https://HOST/simple"
        raise FetchError(msg, tip="Is a variable empty that it was made of?")


def unreachable(url: str, error: Exception) -> FetchError:
    """Return the error for a page or file that a server did not give."""
    if isinstance(error, TransferError):
        return FetchError(f"{page_url(url)}: {error}", tip=OTHER_INDEX)
    reason, tip = _reason(url, error)
    return FetchError(f"{page_url(url)}: cannot be reached: {reason}", tip=tip or f"check the network, or {OTHER_INDEX}")


def refused(url: str, status: int, reason: str) -> FetchError:
    """Return the error for an answer that is an error of HTTP."""
    msg = f"{page_url(url)}: the index answers {status} {reason}".rstrip()
    host = urlsplit(url).hostname or "HOST"
    if status in _UNAUTHORIZED:
        login = f"`machine {host} login USER password PASSWORD`"
        return FetchError(msg, tip=f"Give it your user name and password: {login} in ~/.netrc, or those of pip's configuration.")
    server = "try again later, or " if status >= 500 else ""
    return FetchError(msg, tip=f"check the index address in pip's configuration; {server}{OTHER_INDEX}")


def _reason(url: str, error: Exception) -> tuple[str, str]:
    """Return in words why there was no connection, and what to do; that may be empty."""
    told = next((told for cause in _causes(error) if (told := _told(url, cause))), None)
    if told:
        return told
    text = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
    user = urlsplit(url).netloc.rpartition("@")[0]
    return (text.replace(user, "…") if user else text), ""


def _told(url: str, cause: BaseException) -> tuple[str, str] | None:
    """Return the same for one error, or `None` if it does not tell."""
    parts = urlsplit(url)
    kind, text = type(cause).__name__, " ".join(str(cause).split())
    found, tip = "", ""
    if isinstance(cause, socket.gaierror) or kind == "NameResolutionError":
        found = f"there is no host {parts.hostname}, or no network"
    elif isinstance(cause, ssl.SSLError):
        found, tip = f"its certificate is not accepted ({text[:200]})", "Name the authority's certificate: PIP_CERT=FILE."
    elif kind == "ProxyError":
        found, tip = "the proxy cannot be reached", "Check https_proxy, http_proxy and no_proxy."
    elif again := _TOO_MANY.search(text):
        found, tip = f"it answers {again[1]} again and again", f"try again later, or {OTHER_INDEX}"
    elif isinstance(cause, ConnectionRefusedError):
        found = f"nothing listens at {parts.netloc.rpartition('@')[2]} (connection refused)"
    elif isinstance(cause, TimeoutError) or "timed out" in text.lower():
        found = f"{parts.hostname} does not answer in time"
    elif isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        found = os.strerror(cause.errno).lower()
    return (found, tip) if found else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised for, the outermost first."""
    waiting, seen = [error], 0
    while waiting and seen < _MOST_CAUSES:
        one = waiting.pop(0)
        seen += 1
        yield one
        inner = [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
        waiting += [other for other in inner if isinstance(other, BaseException)]
