"""RECORD as others read it: the `installer` package's parser is the reference."""

from __future__ import annotations

import hashlib

import pytest
from installer.records import RecordEntry, parse_record_file

from reprowheel.archives.record import read_record, record_row, write_record

FILES = {"pkg/a.py": b"x = 1\n", 'pkg/odd, "name".txt': bytes(range(256)), "pkg/ünï.txt": b""}


def test_rows_are_what_installers_verify() -> None:
    """Digest and size of each row validate the file's bytes, whatever its name holds, and no other bytes."""
    data = write_record(record_row(name, hashlib.sha256(content), len(content)) for name, content in FILES.items())
    for row, (name, content) in zip(parse_record_file(data.decode().splitlines()), FILES.items(), strict=True):
        entry = RecordEntry.from_elements(*row)
        assert (entry.path, entry.size) == (name, len(content))
        assert entry.hash_ is not None and entry.hash_.name == "sha256"
        assert entry.validate(content)
        assert not entry.validate(content + b"!")


def test_reading_is_the_inverse_of_writing() -> None:
    """Rows come back by path and in order; empty lines are none, and either kind of line end is understood."""
    rows = [("b", "sha256=x", "1"), ("a", "", "")]
    written = write_record(rows)
    assert list(read_record(written).items()) == [(row[0], row) for row in rows]
    assert read_record(written.replace(b"\n", b"\r\n\r\n")) == read_record(written)


def test_other_encodings_are_refused() -> None:
    """RECORD is UTF-8."""
    with pytest.raises(UnicodeDecodeError):
        read_record("ü,,\n".encode("latin-1"))
