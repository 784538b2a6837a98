"""Addresses without what may be a secret."""

from __future__ import annotations

import pytest

from reprowheel.output.address import masked_url, page_url, public_url


@pytest.mark.parametrize(
    ("url", "public", "masked"),
    [
        ("https://u:p@example.org/x", "https://example.org/x", "https://***@example.org/x"),
        ("git+https://token@example.org/x", "git+https://example.org/x", "git+https://***@example.org/x"),
        ("ssh://git@example.org/x", "ssh://example.org/x", "ssh://git@example.org/x"),
        ("ssh://git:secret@example.org/x", "ssh://example.org/x", "ssh://***@example.org/x"),
        ("https://example.org/x@1", "https://example.org/x@1", "https://example.org/x@1"),
        ("git@example.org:x.git", "git@example.org:x.git", "git@example.org:x.git"),
    ],
)
def test_secrets_are_not_shown(url: str, public: str, masked: str) -> None:
    """User and password go, or are masked; git's user for ssh is no secret, and a path or an scp address has none."""
    assert (public_url(url), masked_url(url)) == (public, masked)


def test_page_has_no_token() -> None:
    """The address of a page loses user, query and fragment, and keeps host, port and path."""
    assert page_url("https://u:p@index.example.org:8/simple/?token=x#y") == "https://index.example.org:8/simple/"
