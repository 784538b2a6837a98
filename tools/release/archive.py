"""Archives with the same bytes everywhere, and their digests."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import tarfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["integrity", "sha256", "stored_gzip", "tar_of"]

_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""RFC 1952: no name, no time, unknown system."""

_BLOCK = 0xFFFF


def stored_gzip(data: bytes) -> bytes:
    """Return data as a gzip file whose blocks are stored: every reader of gzip reads it, and no compressor has a say in it.

    docs/decisions.md, "Release archive".
    """
    parts = [_HEADER]
    for start in range(0, len(data) or 1, _BLOCK):
        block = data[start : start + _BLOCK]
        last = start + _BLOCK >= len(data)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ _BLOCK), block]
    return b"".join([*parts, struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)])


def tar_of(files: Mapping[str, bytes], epoch: int) -> bytes:
    """Return a tar archive of files, by name, that belong to nobody in particular."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(data), epoch, 0o644
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    """Return the digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def integrity(data: bytes) -> str:
    """Return the digest as Bazel's `integrity` and the web's SRI write it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}"
