"""The seed corpora, made at run time: small valid files of every kind a target reads."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import json
import lzma
import struct
import tarfile
import zipfile
import zlib

from fuzz.archive_check import SEPARATOR
from support.elf_maker import ALLOC, NOTE, PROGBITS, STRTAB, SYMTAB, Part, make_elf, note

__all__ = [
    "ar_seeds",
    "backend_seeds",
    "data_seeds",
    "elf_seeds",
    "member_seeds",
    "page_seeds",
    "sdist_seeds",
    "tar_seeds",
    "wheel_seeds",
]

_AFTER_EPOCH = 1_700_000_000


def elf_seeds() -> list[bytes]:
    """Both classes and byte orders; with a covered segment, without sections, with a section in front of a segment."""
    found = []
    for is_64, order in itertools.product((True, False), "<>"):
        found.append(make_elf(_parts(order), is_64=is_64, order=order).data)
        covered = [*_parts(order), Part(".riscv.attributes", b"Akeep\0")]
        found.append(make_elf(covered, is_64=is_64, order=order, more_segments=2, covered=".riscv.attributes").data)
    late = [Part(".debug_info", b"early" * 9), *_parts("<"), Part(".late", b"late" * 9, PROGBITS, ALLOC)]
    found.append(make_elf(late).data)
    found.append(make_elf([Part(".text", b"\xc3" * 64, PROGBITS, ALLOC)]).data)
    found.append(make_elf(_parts("<"), elf_type=1).data)
    return found


def _parts(order: str) -> list[Part]:
    return [
        Part(".note.gnu.build-id", note(order, b"GNU\0", 3, b"\xaa" * 20), NOTE, ALLOC, align=4),
        Part(".text", b"\xc3" * 40, PROGBITS, ALLOC, align=16),
        Part(".comment", b"GCC: 1.2\0"),
        Part(".debug_info", b"\x01debug" * 4),
        Part(".keep", b"keep", PROGBITS, align=8),
        Part(".symtab", bytes(48), SYMTAB, link=7, align=8, entsize=24),
        Part(".strtab", b"\0name\0", STRTAB),
    ]


def ar_seeds() -> list[bytes]:
    """GNU and BSD names, an index, odd sizes, an empty archive."""
    gnu = [(b"/", bytes(8)), (b"//", b"a_member_with_a_long_name.o/\n\n"), (b"/0", b"object"), (b"b.o/", b"odd")]
    bsd = [(b"__.SYMDEF SORTED", bytes(8)), (b"#1/8", b"name.o\0\0object")]
    return [_ar(gnu), _ar(bsd), _ar([]), _ar(gnu[2:] * 20)]


def _ar(members: list[tuple[bytes, bytes]]) -> bytes:
    data = b"!<arch>\n"
    for name, contents in members:
        fields = (name.ljust(16), b"1700000000".ljust(12), b"1000".ljust(6), b"1000".ljust(6), b"100664".ljust(8))
        data += b"".join(fields) + str(len(contents)).encode().ljust(10) + b"`\n" + contents + b"\n" * (len(contents) % 2)
    return data


def data_seeds() -> list[bytes]:
    """One byte for the name, then gzip files, a picture, zip and tar files, a compiled module or a bill of materials."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )
    document = {
        "bomFormat": "CycloneDX",
        "serialNumber": "urn:uuid:12345678-1234-4234-8234-123456789abc",
        "metadata": {"timestamp": "2024-01-01T00:00:00Z"},
    }
    tars = [
        _tar(tar_format=format_, mtime=_AFTER_EPOCH).rstrip(b"\0") + bytes(512)
        for format_ in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    ]
    packed = gzip.compress(b"text" * 9, mtime=_AFTER_EPOCH)
    files = [packed, packed * 2, png, *_nested_zips(), *tars, gzip.compress(tars[0], mtime=_AFTER_EPOCH)]
    plain = [b"\0" + data for data in files]
    return [
        *plain,
        b"\1" + struct.pack("<H2sIII", 3495, b"\r\n", 0, _AFTER_EPOCH, 9) + b"\xe3code",
        b"\2" + json.dumps(document).encode(),
    ]


def _nested_zips() -> list[bytes]:
    """A zip with Unix times, and one stored in another, whose headers look like the outer one's."""
    times = struct.pack("<HHBII", 0x5455, 9, 3, _AFTER_EPOCH, _AFTER_EPOCH)
    inner = _zip({"a.txt": b"a" * 30, "b.txt": b"b"}, zipfile.ZIP_DEFLATED, extra=times)
    return [inner, _zip({"inner.zip": inner, "c.txt": b"c"}, zipfile.ZIP_STORED)]


def _zip(members: dict[str, bytes], method: int, *, extra: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, contents in members.items():
            info = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
            info.compress_type, info.extra, info.external_attr = method, extra, 0o100755 << 16
            archive.writestr(info, contents)
    return stream.getvalue()


def wheel_seeds() -> list[bytes]:
    """Whole wheels: stored and compressed in each way, small enough that a change often hits a header."""
    members = {
        "foo/__init__.py": b"x = 1\n",
        "foo/x.so": make_elf(_parts("<")).data,
        "foo-1.0.dist-info/METADATA": b"Name: foo\n",
        "foo-1.0.dist-info/RECORD": b"foo/__init__.py,,\n",
    }
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    return [_zip(members, method) for method in methods] + [_zip({}, zipfile.ZIP_STORED)]


def member_seeds() -> list[bytes]:
    """Names and contents, among them each kind of file that is known by its name or contents."""
    members = {
        "foo/__init__.py": b"x = 1\n",
        "foo/__init__.pyc": struct.pack("<H2sIII", 3495, b"\r\n", 0, _AFTER_EPOCH, 9),
        "foo/__pycache__/y.cpython-311.pyc": b"cache",
        "foo-1.0.dist-info/METADATA": b"Name: foo\n",
        "foo-1.0.dist-info/direct_url.json": b"{}",
        "foo-1.0.data/scripts/run": b"#!python\n",
        'foo/"quoted", name.txt': b"",
    }
    text = SEPARATOR.join(name.encode() + b"\n" + contents for name, contents in members.items())
    kinds = [seed[1:] for seed in data_seeds()] + elf_seeds()[:4] + ar_seeds()[:2]
    return [text, *(SEPARATOR.join([b"foo/__init__.py\n", b"foo/data.bin\n" + kind]) for kind in kinds)]


def tar_seeds() -> list[bytes]:
    """Uncompressed tar archives: each format, with links, long names, and records of the pax format."""
    return [_tar(tar_format=tar_format) for tar_format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]


def _tar(*, tar_format: int, mtime: int = 1_500_000_000) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tar_format) as tar:
        for name, kind, contents in (
            ("foo-1.0", tarfile.DIRTYPE, b""),
            ("foo-1.0/PKG-INFO", tarfile.REGTYPE, b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"),
            ("foo-1.0/link", tarfile.SYMTYPE, b""),
            ("foo-1.0/hard", tarfile.LNKTYPE, b""),
            ("foo-1.0/" + ("n" * 40 + "/") * 3 + "deep", tarfile.REGTYPE, b"deep"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.size, info.mtime = kind, len(contents), mtime
            info.linkname = {"link": "PKG-INFO", "hard": "foo-1.0/PKG-INFO"}.get(name.rpartition("/")[2], "")
            if format == tarfile.PAX_FORMAT:
                info.pax_headers = {"mtime": f"{mtime}.5", "comment": "x"}
            tar.addfile(info, io.BytesIO(contents))
    return stream.getvalue()


def sdist_seeds() -> list[bytes]:
    """Tar archives in each compression, and a zip."""
    tar = tar_seeds()[0]
    packed = [gzip.compress(tar, mtime=0), bz2.compress(tar), lzma.compress(tar)]
    return [
        *tar_seeds(),
        *packed,
        _zip({"foo-1.0/PKG-INFO": b"Name: foo\n", "foo-1.0/a.py": b""}, zipfile.ZIP_DEFLATED),
    ]


def page_seeds() -> list[bytes]:
    """One byte for the kind and the place, then pages: JSON with all fields, HTML with a base, attributes, comments, scripts."""
    files = [
        {
            "filename": "foo-1.0.tar.gz",
            "url": "../../files/foo-1.0.tar.gz",
            "hashes": {"sha256": "a" * 64},
            "requires-python": ">=3.9",
            "yanked": False,
            "upload-time": "2024-01-15T10:00:00.123456Z",
        },
        {
            "filename": "foo-1.0-py3-none-any.whl",
            "url": "https://files.example.org/foo-1.0-py3-none-any.whl#sha256=x",
            "hashes": {},
            "core-metadata": {"sha256": "b" * 64},
            "yanked": "broken",
        },
    ]
    document = {"meta": {"api-version": "1.0"}, "name": "foo", "files": files}
    page = (
        '<!DOCTYPE html><html><head><base href="/files/"><script>if (a < b) "<a href=x>"</script></head><body>'
        '<!-- <a href="no"> --><a href="foo-1.0.tar.gz#sha256={a}" data-requires-python="&gt;=3.9" data-yanked>'
        "foo-1.0.tar.gz</a>"
        "<A HREF='https://files.example.org/foo-1.0-py3-none-any.whl' data-core-metadata=\"sha256={b}\" >x</A>"
        "<a href=foo-2.0.zip>y</a></body></html>"
    ).format(a="a" * 64, b="b" * 64)
    texts = [(b"\0", json.dumps(document)), (b"\2", json.dumps(document | {"files": files[:1]})), (b"\1", page), (b"\3", page)]
    return [kind + text.encode() for kind, text in texts] + [b"\0" + json.dumps(document).encode("utf-16")]


def backend_seeds() -> list[bytes]:
    """The hook, its answer as pyproject-hooks writes it, and files: good ones of each hook, then links, FIFOs and odd names."""
    wheel, info = b"tiny-1.0-py3-none-any.whl", b"tiny-1.0.dist-info"
    metadata = b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nRequires-Dist: b; extra == 'x'\n"
    packed = _zip({f"{info.decode()}/METADATA": metadata, f"{info.decode()}/WHEEL": b"", "tiny.py": b""}, zipfile.ZIP_DEFLATED)
    parts: list[list[bytes]] = [
        [b"\0" + json.dumps({"return_val": ["setuptools>=40", "wheel; python_version < '3'"]}).encode()],
        [b"\1" + json.dumps({"return_val": wheel.decode()}).encode(), b"fout/" + wheel + b"\n" + packed],
        [
            b"\2" + json.dumps({"return_val": info.decode()}).encode(),
            b"fout/" + info + b"/METADATA\n" + metadata,
            b"fout/" + info + b"/entry_points.txt\n[console_scripts]\na = b:c\n",
            b"fout/" + info + b"/top_level.txt\ntiny\n",
        ],
        [b"\3" + json.dumps({"hook_missing": True, "missing_hook_name": "x", "return_val": None}).encode()],
        [b"\1" + json.dumps({"return_val": wheel.decode()}).encode(), b"lout/" + wheel + b"\n../../secret"],
        [b"\1" + json.dumps({"return_val": wheel.decode()}).encode(), b"pout/" + wheel + b"\n"],
        [b"\2" + json.dumps({"return_val": info.decode()}).encode(), b"lout/" + info + b"\n../.."],
        [b"\1" + json.dumps({"return_val": "../../secret"}).encode(), b"pbuild.log\n", b"lhooks\n.."],
        [b"\0" + json.dumps({"no_backend": True, "traceback": "x", "backend_error": "y", "return_val": None}).encode()],
        [b"\0" + json.dumps({"unsupported": True, "traceback": "x", "return_val": [[], {"a": 1}]}).encode()],
    ]
    return [SEPARATOR.join(pieces) for pieces in parts]
