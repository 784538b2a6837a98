"""Bills of materials in `.dist-info/sboms/`: equal content gives equal bytes, and other content does not."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from reprowheel.normalize import normalize_tree

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "foo-1.0.dist-info/sboms/foo.cyclonedx.json"


def sbom(*, time: str = "2026-01-02T03:04:05.678Z", component: str = "libc", **more: object) -> bytes:
    """Return a document as a back end writes it, with a fresh serial number."""
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "metadata": {"timestamp": time},
        "components": [{"name": component}],
    }
    return json.dumps(document | more, indent=2).encode()


def normalized(tree: Path, data: bytes, place: str = PLACE) -> bytes:
    """Normalize one document and return its bytes."""
    (tree / place).parent.mkdir(parents=True, exist_ok=True)
    (tree / place).write_bytes(data)
    normalize_tree(tree)
    return (tree / place).read_bytes()


def test_random_parts_become_equal(tmp_path: Path) -> None:
    """Two documents that differ in serial number and time agree; what they list, and their form, is unchanged."""
    first, second = normalized(tmp_path, sbom()), normalized(tmp_path, sbom(time="2027-12-31T23:59:59Z"))
    assert first == second
    document = json.loads(first)
    assert document["components"] == [{"name": "libc"}]
    assert document["metadata"]["timestamp"] == "1980-01-01T00:00:00Z"
    assert uuid.UUID(document["serialNumber"].removeprefix("urn:uuid:")).version == 4
    assert first.startswith(b'{\n  "bomFormat"')
    assert normalized(tmp_path, first) == first


def test_serial_number_follows_the_content(tmp_path: Path) -> None:
    """Other components give another serial number, so that it still identifies the document."""
    numbers = {json.loads(normalized(tmp_path, sbom(component=name)))["serialNumber"] for name in ("libc", "libm")}
    assert len(numbers) == 2


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (sbom(bomFormat="SPDX"), PLACE),
        (sbom(), "foo/data/foo.cyclonedx.json"),
        (b"{", PLACE),
        (b"[" * 100_000, PLACE),
        (b'{"bomFormat": "CycloneDX"}', PLACE),
    ],
    ids=["other format", "other place", "not json", "deep", "nothing random"],
)
def test_everything_else_is_kept(tmp_path: Path, data: bytes, place: str) -> None:
    """Other formats, files of the package itself and damaged documents keep every byte."""
    assert normalized(tmp_path, data, place) == data
