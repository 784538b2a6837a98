"""Reads and writes RECORD: the files of a wheel or an installed distribution, with digests and sizes.

Spec: "Recording installed projects", packaging.python.org: CSV with the columns path, `ALGORITHM=DIGEST`, size.
"""

from __future__ import annotations

import base64
import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Iterable, Sequence

__all__ = ["base64_digest", "read_record", "record_row", "write_record"]


def base64_digest(digest: hashlib._Hash) -> str:
    """Return a digest in the form of RECORD: URL-safe Base64 without padding."""
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def record_row(name: str, sha256: hashlib._Hash, size: int) -> tuple[str, str, str]:
    """Return the row of one file.

    :param name: posix path relative to the folder that holds `.dist-info`.
    """
    return name, f"sha256={base64_digest(sha256)}", str(size)


def read_record(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return path → row, in the file's order.

    :raises UnicodeDecodeError, csv.Error: the data is no valid RECORD.
    """
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    return {row[0]: tuple(row) for row in rows if row}


def write_record(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the bytes of a RECORD with these rows, in their order."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
