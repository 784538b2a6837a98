"""Addresses as messages, reports and locks show them: without what may be a secret."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

__all__ = ["masked_url", "page_url", "public_url"]

_MASK = "***@"


def public_url(url: str, *, mask: str = "") -> str:
    """Return an address without user name and password; one that has none stays as it is.

    :param mask: what stands in their place, up to the host.
    """
    parts = urlsplit(url)
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=mask + host)) if at else url


def masked_url(url: str) -> str:
    """Return an address with `***` for a user name and password; a user name that is no secret stays, as in `ssh://git@…`."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    is_secret = ":" in user or parts.scheme.removeprefix("git+") in ("http", "https")
    return public_url(url, mask=_MASK) if is_secret else url


def page_url(url: str) -> str:
    """Return the address of an index's page or file: also without query and fragment, which may hold a token."""
    return urlunsplit(urlsplit(public_url(url))._replace(query="", fragment=""))
