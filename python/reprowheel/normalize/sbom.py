"""Normalizes software bills of materials that back ends write into `.dist-info/sboms/`: serial number and time.

CycloneDX JSON has `serialNumber` (`urn:uuid:` and a random UUID) and `metadata.timestamp`. Both are overwritten in place, so
the rest of the text stays as it is. The new serial number is a hash of the rest.
Spec: CycloneDX 1.6, PEP 770.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING

from reprowheel.files import atomic_file, canonical_mode
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_sbom", "normalize_sbom"]

_MAX_SIZE = 64 << 20
_SERIAL = re.compile(rb'("serialNumber"\s*:\s*"urn:uuid:)[0-9a-fA-F-]{36}(?=")')
_TIME = re.compile(rb'("timestamp"\s*:\s*")[^"\\]*(?=")')
_FIXED_TIME = b"1980-01-01T00:00:00Z"
_NO_UUID = str(uuid.UUID(int=0)).encode()


def is_sbom(name: str) -> bool:
    """Say whether a file of a wheel is a JSON bill of materials, from its path."""
    top, _, rest = name.partition("/")
    return top.endswith(".dist-info") and rest.startswith("sboms/") and rest.endswith(".json")


def normalize_sbom(path: Path, name: str) -> FileReport:
    """Replace the serial number and the time of a CycloneDX document; leave other documents unchanged.

    :param name: posix path in the wheel, for the report.
    """
    if path.stat().st_size > _MAX_SIZE:
        return FileReport.unchanged(name, "sbom", f"larger than {_MAX_SIZE} bytes")
    data = path.read_bytes()
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return FileReport.unchanged(name, "sbom", "damaged: not JSON")
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        return FileReport.unchanged(name, "sbom", "not a CycloneDX document")
    fixed = _fixed(data, document)
    if fixed == data:
        return FileReport.unchanged(name, "sbom", "no random serial number, no time")
    with atomic_file(path, mode=canonical_mode(path)) as sink:
        sink.write(fixed)
    return FileReport(path=name, kind="sbom", action="rewritten", reason="serial number and time made deterministic")


def _fixed(data: bytes, document: dict[str, object]) -> bytes:
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and "timestamp" in metadata and len(_TIME.findall(data)) == 1:
        data = _TIME.sub(rb"\g<1>" + _FIXED_TIME, data)
    if "serialNumber" in document and len(_SERIAL.findall(data)) == 1:
        blank = _SERIAL.sub(rb"\g<1>" + _NO_UUID, data)
        serial = uuid.UUID(bytes=hashlib.sha256(blank).digest()[:16], version=4)
        data = _SERIAL.sub(rb"\g<1>" + str(serial).encode(), data)
    return data
