"""Removes secrets from addresses in messages, reports and locks."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

__all__ = ["masked_url", "page_url", "public_url"]

_MASK = "***@"


def public_url(url: str, *, mask: str = "") -> str:
    """Return an address without user name and password; an address without them is not changed.

    :param mask: text in their place, up to the host.
    """
    parts = urlsplit(url)
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=mask + host)) if at else url


def masked_url(url: str) -> str:
    """Return an address with `***` for user name and password; a user name like that in `ssh://git@…` is no secret and stays."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    is_secret = ":" in user or parts.scheme.removeprefix("git+") in ("http", "https")
    return public_url(url, mask=_MASK) if is_secret else url


def page_url(url: str) -> str:
    """Return the address of a page or file without user, query and fragment, because these may have a token."""
    return urlunsplit(urlsplit(public_url(url))._replace(query="", fragment=""))
