"""Digests of members that other members have: they are right in the canonical wheel, or there is none."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Conditions, build, make_sdist, members
from support.elf_tools import run

from reprowheel.errors import RefusedError
from reprowheel.normalize.path import normalize_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INFO = "foo-1.0.dist-info"
ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512", "blake2b")
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "hex": lambda digest: digest.hex().encode(),
    "upper hex": lambda digest: digest.hex().upper().encode(),
    "pairs": lambda digest: digest.hex(":").encode(),
    "base64": base64.b64encode,
    "base64 without padding": lambda digest: base64.b64encode(digest).rstrip(b"="),
    "url-safe base64": base64.urlsafe_b64encode,
    "url-safe base64 without padding": lambda digest: base64.urlsafe_b64encode(digest).rstrip(b"="),
}


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a deflated zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def normalized(tmp_path: Path, files: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Normalize a wheel with these members; return the new ones, and path → reason of the report."""
    content = files | {
        f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n",
        f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    }
    rows = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()},\n" for name, data in content.items()
    ]
    wheel = tmp_path / "foo-1.0-py3-none-any.whl"
    wheel.write_bytes(zipped(content | {f"{INFO}/RECORD": "".join(rows).encode()}))
    result, reports = normalize_path(wheel, tmp_path / "out", debug_dir=tmp_path / "debug")
    return members(result), {report.path: report.reason for report in reports if report.action == "unchanged"}


def with_section(library: Path, content: bytes) -> bytes:
    """Return the library with one more section of debug information."""
    extra, result = library.with_name("extra"), library.with_name("more.so")
    extra.write_bytes(content)
    run("objcopy", "--add-section", f".debug_extra={extra}", library, result)
    return result.read_bytes()


def test_control(tmp_path: Path, shared_object: Path) -> None:
    """Without such a record the library is stripped, although RECORD has its digest."""
    data = shared_object.read_bytes()
    inside, unchanged = normalized(tmp_path, {"foo/a.so": data, "foo/note.txt": hashlib.sha256(b"other").hexdigest().encode()})
    assert len(inside["foo/a.so"]) < len(data)
    assert unchanged == {}
    assert list((tmp_path / "debug").rglob("*.debug")) != []


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_and_form(tmp_path: Path, shared_object: Path, algorithm: str) -> None:
    """At every offset, and packed: the library stays as the build made it, without a debug file; the report says why."""
    data = shared_object.read_bytes()
    digest = hashlib.new(algorithm, data).digest()
    for number, (name, form) in enumerate(FORMS.items()):
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        record = b"\n" * (number % 8) + form(digest)
        packed = record if number % 2 else zipped({"inner.zip": zipped({"sums": b"x" * 40 + record})})
        inside, unchanged = normalized(folder, {"foo/a.so": data, "foo/sums": packed})
        assert inside["foo/a.so"] == data, name
        assert unchanged == {"foo/a.so": f"left as it was built: foo/sums has its {algorithm}"}
        assert list((folder / "debug").rglob("*.debug")) == []


def test_every_offset(tmp_path: Path, shared_object: Path) -> None:
    """The shortest form, sixteen raw bytes, at each place of a machine word, at the very start and end of a file."""
    data = shared_object.read_bytes()
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    for before in range(9):
        for after in (0, 1, 7):
            folder = tmp_path / f"{before}-{after}"
            folder.mkdir()
            inside, _ = normalized(folder, {"foo/a.so": data, "foo/sums": b"\1" * before + digest + b"\2" * after})
            assert inside["foo/a.so"] == data, (before, after)


def test_chain(tmp_path: Path, shared_object: Path) -> None:
    """A library that has the digest of another, with its own digest in a file: both stay; a third one is stripped."""
    first = shared_object.read_bytes()
    digest = hashlib.sha1(first, usedforsecurity=False).digest()
    second = with_section(shared_object, digest)  # where stripping removes it
    sums = json.dumps({"second": base64.b64encode(hashlib.sha256(second).digest()).decode()}).encode()
    third = with_section(shared_object, b"third")
    inside, unchanged = normalized(tmp_path, {"foo/a.so": first, "foo/b.so": second, "foo/c.so": third, "foo/sums.json": sums})
    assert (inside["foo/a.so"], inside["foo/b.so"]) == (first, second)
    assert len(inside["foo/c.so"]) < len(third)
    assert unchanged == {
        "foo/a.so": "left as it was built: foo/b.so has its sha1",
        "foo/b.so": "left as it was built: foo/sums.json has its sha256",
    }


def test_copies(tmp_path: Path, shared_object: Path) -> None:
    """Two members with the same bytes have one digest: both stay."""
    data = shared_object.read_bytes()
    inside, _ = normalized(tmp_path, {"foo/a.so": data, "bar/a.so": data, "sums": hashlib.sha256(data).hexdigest().encode()})
    assert inside["foo/a.so"] == inside["bar/a.so"] == data


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("foo/x.gz", gzip.compress(b"x", mtime=1_700_000_000), "it is a gzip file with times, owners or random numbers"),
        ("foo/__pycache__/y.cpython-312.pyc", b"\xcb\r\r\n" + bytes(12) + b"N", "it is a bytecode cache, which no wheel holds"),
    ],
    ids=["gzip", "bytecode"],
)
def test_refused(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    """What differs from build to build, with its digest elsewhere: one line that names both, and no wheel."""
    files = {name: data, "foo/y.py": b"", "foo/sums": hashlib.sha256(data).hexdigest().encode()}
    with pytest.raises(RefusedError) as caught:
        normalized(tmp_path, files)
    wheel = "foo-1.0-py3-none-any.whl"
    assert caught.value.message == f"{wheel}: foo/sums has the sha256 of {name}, which differs from build to build: {why}"
    assert not (tmp_path / "out").exists()


def test_temporary_names_are_refused(tmp_path: Path, shared_object: Path) -> None:
    """A library whose symbol table has the name of a compiler's temporary file is another one in the next build."""
    data = with_section(shared_object, b"\0ccAb12xY.o\0")
    with pytest.raises(RefusedError, match="its symbols have names of temporary files"):
        normalized(tmp_path, {"foo/a.so": data, "foo/sums": hashlib.sha256(data).hexdigest().encode()})


def test_built_wheel_has_right_digests(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """A build that records the digests of its libraries, one of them in C: what the wheel says of its members is true."""
    tree = ROOT / "tests" / "sdists" / "digest-recorded"
    files = {path.relative_to(tree).as_posix(): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}
    where = Conditions(cwd=tmp_path, work_root=short_directory, env={"HOME": str(tmp_path)})
    built = build(make_sdist(tmp_path, files), [build_wheel("setuptools")], tmp_path / "out", where)
    inside = built.members()
    libraries = {name.partition(".")[0].replace("/", "."): data for name, data in inside.items() if name.endswith(".so")}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in libraries.items()}
    assert json.loads(inside["tiny/made.txt"]) == sums
    assert sums["tiny.native"].encode() in libraries["tiny.native_checker"]
    reasons = {file["reason"].partition(":")[0] for file in built.report["files"]}
    assert reasons == {"left as it was built"}
    assert built.debug_files() == {}
