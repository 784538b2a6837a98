"""Names of distributions, archives and files as a lock spells them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["archive_version", "is_commit", "is_name", "join_path", "most_common", "normalize_name", "url_filename"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_WHEEL = r"(?:-[^-]+){3,4}\.whl"
_SDIST = r"\.(?:tar\.gz|zip|tgz|tar\.bz2|tar\.xz|tar)"


def normalize_name(name: str) -> str:
    """Return the name of a distribution, an extra or a group in one spelling (PEP 503, PEP 685)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_name(name: object) -> bool:
    """Say whether something is a distribution's name (core metadata, field Name)."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def is_commit(text: str) -> bool:
    """Say whether `text` is a full commit of a SHA-1 or SHA-256 repository."""
    return _COMMIT.fullmatch(text) is not None


def url_filename(url: str) -> str:
    """Return the last part of an address, without query and fragment."""
    return unquote(url.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2])


def archive_version(name: str, filename: str) -> str:
    """Return the version that the name of a distribution's wheel or sdist says; empty for another name."""
    words = "[-_.]+".join(name.split("-"))
    found = re.fullmatch(rf"{words}-(v?\d[^-]*)({_WHEEL}|{_SDIST})", filename, re.IGNORECASE)
    return found[1] if found else ""


def join_path(base: str, relative: str) -> str | None:
    """Join a path that a lock names to the lock's folder.

    :param base: the lock, such as `dir/uv.lock`, `@repo//dir/uv.lock` or an absolute path.
    :returns: the path, empty for the root of the workspace; `None` for one outside of it.
    """
    repository, mark, path = base.rpartition("//")
    parts = path.split("/")[:-1]
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return repository + mark + "/".join(parts)


def most_common(texts: Iterable[str]) -> str:
    """Return the text that is most often there, the first of several; empty ones do not count."""
    counts = Counter(filter(None, texts))
    return max(counts, key=counts.__getitem__, default="")
