"""What still tells the place of a build: rewritten where that is safe, refused with its place where it is not."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprowheel.checks.leaks import refuse_leaks, rewrite_leaks
from reprowheel.errors import RefusedError
from reprowheel.workspace import CANONICAL_ROOT, Workspace, create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def workspaces(short_directory: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two workspaces in bases of different depth."""
    deep = short_directory / "a" / "b" / "c"
    deep.mkdir(parents=True)
    with create_workspace(short_directory) as one, create_workspace(deep) as two:
        yield one, two


@pytest.fixture
def workspace(workspaces: tuple[Workspace, Workspace]) -> Workspace:
    """One of them."""
    return workspaces[0]


def json_escaped(root: str) -> bytes:
    """As some JSON writers do."""
    return json.dumps({"dir": f"{root}/src", "n": 1}).replace("/", "\\/").encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "text": lambda root: f"where = '{root}/src'\nagain: {root}\n".encode(),
    "end of file": lambda root: root.encode(),
    "file url": lambda root: f"file://{root}/src/x.py".encode(),
    "utf-16": lambda root: f"{root}/src".encode("utf-16"),
    "utf-16 big endian": lambda root: f"x{root}/src".encode("utf-16-be"),
    "json": json_escaped,
    "mangled": lambda root: (re.sub(r"\W", "_", f"static int __pyx{root}/src/x_c;")).encode(),
    "binary": lambda root: bytes(99) + root.encode() + b"\0" + root.encode() + b"/x\0" + bytes(99),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_rewritten_alike_from_two_workspaces(
    tmp_path: Path, workspaces: tuple[Workspace, Workspace], form: Callable[[str], bytes]
) -> None:
    """After the rewrite the files are equal and pass the search; before, neither is so (control)."""
    results = []
    for number, workspace in enumerate(workspaces):
        tree = tmp_path / str(number)
        tree.mkdir()
        (tree / "f.txt").write_bytes(form(os.fspath(workspace.root)))
        results.append((tree / "f.txt").read_bytes())
        with pytest.raises(RefusedError, match=r"f\.txt"):
            refuse_leaks(tree, workspace, [])
        (rewrite,) = rewrite_leaks(tree, workspace)
        assert (rewrite.path, rewrite.count > 0) == ("f.txt", True)
        refuse_leaks(tree, workspace, [])
        results.append((tree / "f.txt").read_bytes())
    assert results[0] != results[2]
    assert results[1] == results[3]


def test_rewritten_text_is_the_same_directory(tmp_path: Path, workspace: Workspace) -> None:
    """The text reads as a path that path resolution takes to /reprowheel, with as many characters; counts are right."""
    text = f"a {workspace.root}/src/x.py b {workspace.root} c\n"
    (tmp_path / "f").write_text(text, encoding="utf-8")
    (tmp_path / "clean").write_text("nothing here", encoding="utf-8")
    (tmp_path / "empty").touch()
    (rewrite,) = rewrite_leaks(tmp_path, workspace)
    found = (tmp_path / "f").read_text(encoding="utf-8")
    assert rewrite.count == 2
    assert len(found) == len(text)
    assert os.path.normpath(found.split()[1]) == "/reprowheel/src/x.py"
    assert json.loads(json_escaped(CANONICAL_ROOT))["dir"] == f"{CANONICAL_ROOT}/src"


def test_rewritten_json_stays_json(tmp_path: Path, workspace: Workspace) -> None:
    """Escaped slashes stay escaped."""
    (tmp_path / "f.json").write_bytes(json_escaped(os.fspath(workspace.root)))
    rewrite_leaks(tmp_path, workspace)
    data = json.loads((tmp_path / "f.json").read_bytes())
    assert os.path.normpath(data["dir"]) == "/reprowheel/src"
    assert "\\/" in (tmp_path / "f.json").read_text(encoding="utf-8")


def test_mode_and_links_stay(tmp_path: Path, workspace: Workspace) -> None:
    """Only bytes change."""
    (tmp_path / "run").write_text(f"#!{workspace.root}/env/bin/python\n", encoding="utf-8")
    (tmp_path / "run").chmod(0o755)
    rewrite_leaks(tmp_path, workspace)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "run").read_text(encoding="utf-8") == f"#!{CANONICAL_ROOT}/env/bin/python\n"


def compile_with(path: str, target: Path) -> Path:
    """Compile a program that prints a path and has it in its run path, too."""
    source = f'#include <stdio.h>\nint main(void) {{ puts("{path}/share"); puts("{path}"); return 0; }}\n'
    command: list[str | Path] = [
        "gcc",
        "-x",
        "c",
        "-",
        "-o",
        target,
        f"-Wl,-rpath,{path}/lib",
        "-Wl,--enable-new-dtags",
    ]
    subprocess.run(command, input=source.encode(), check=True)
    return target


def test_elf_is_rewritten_in_place(tmp_path: Path, workspaces: tuple[Workspace, Workspace]) -> None:
    """No offset moves: the same layout by readelf, and the program prints the canonical path; equal from two places."""
    data = []
    for number, workspace in enumerate(workspaces):
        tree = tmp_path / str(number)
        tree.mkdir()
        program = compile_with(os.fspath(workspace.root), tree / "program")
        layout: list[str | Path] = ["readelf", "-WSl", program]
        before = subprocess.run(layout, check=True, capture_output=True, text=True).stdout
        (rewrite,) = rewrite_leaks(tree, workspace)
        assert rewrite.count >= 3
        assert subprocess.run(layout, check=True, capture_output=True, text=True).stdout == before
        output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        assert output == f"{CANONICAL_ROOT}/share\n{CANONICAL_ROOT}\n"
        dynamic = subprocess.run(["readelf", "-dW", program], check=True, capture_output=True, text=True).stdout
        assert f"[{CANONICAL_ROOT}/lib]" in dynamic
        subprocess.run(["objcopy", "--remove-section=.note.gnu.build-id", program], check=True)
        data.append(program.read_bytes())
    assert data[0] == data[1]


def zipped(data: bytes, name: str = "inner.txt", *, stored: bool = False, seekable: bool = True) -> bytes:
    """Return a zip archive with two members; one that was written as a stream has their sizes behind them."""
    buffer = io.BytesIO()
    buffer.seekable = lambda: seekable  # type: ignore[method-assign]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first.txt", "x" * 99)
        archive.writestr(name, data)
    return buffer.getvalue()


def tarred(data: bytes) -> bytes:
    """Return a tar file whose second member has the data."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (("first.txt", b"x" * 99), ("inner.txt", data)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


PACKED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "gzip": (lambda data: gzip.compress(data, mtime=0), r"p/data\.bin \(unpacked\)"),
    "bzip2": (bz2.compress, r"p/data\.bin \(unpacked\)"),
    "xz": (lzma.compress, r"p/data\.bin \(unpacked\)"),
    "zlib": (zlib.compress, r"p/data\.bin \(unpacked\)"),
    "zlib, best": (lambda data: zlib.compress(data, 9), r"p/data\.bin \(unpacked\)"),
    "zip": (zipped, r"p/data\.bin!inner\.txt"),
    "zlib in the middle": (lambda data: b"HEAD" * 9 + zlib.compress(data) + b"TAIL", r"p/data\.bin \(unpacked from 0x24\)"),
    "gzip behind a gzip": (
        lambda data: gzip.compress(b"first", mtime=0) + gzip.compress(data, mtime=0),
        r"p/data\.bin \(unpacked from 0x[0-9a-f]+\)",
    ),
    "xz in the middle": (lambda data: b"\0" * 512 + lzma.compress(data), r"p/data\.bin \(unpacked from 0x200\)"),
    "bzip2 in the middle": (lambda data: b"x" * 16 + bz2.compress(data) + b"x", r"p/data\.bin \(unpacked from 0x10\)"),
    "zip behind a program": (lambda data: b"#!/bin/sh\n" + zipped(data), r"p/data\.bin!inner\.txt"),
    "zip without a directory": (lambda data: zipped(data).partition(b"PK\x01\x02")[0], r"p/data\.bin!inner\.txt"),
    "gzip in zip": (lambda data: zipped(gzip.compress(data)), r"p/data\.bin!inner\.txt \(unpacked\)"),
    "zip in zip": (lambda data: zipped(zipped(data), "a.zip"), r"p/data\.bin!a\.zip!inner\.txt"),
    "tar in gzip": (lambda data: gzip.compress(tarred(data)), r"p/data\.bin \(unpacked\)!inner\.txt"),
    "gzip in tar in xz": (
        lambda data: lzma.compress(tarred(gzip.compress(data))),
        r"p/data\.bin \(unpacked\) \(unpacked from 0x600\)",
    ),
    "Base64": (base64.b64encode, r"p/data\.bin"),
    "Base64, one byte on": (lambda data: base64.b64encode(b"x" + data), r"p/data\.bin"),
    "Base64, two bytes on, in gzip": (
        lambda data: gzip.compress(base64.b64encode(b"xx" + data)),
        r"p/data\.bin \(unpacked\)",
    ),
    "zip, stored": (lambda data: zipped(data, stored=True), r"p/data\.bin!inner\.txt"),
    "zip, stored, streamed": (lambda data: zipped(data, stored=True, seekable=False), r"p/data\.bin!inner\.txt"),
    "zlib, stored": (lambda data: b"x" + zlib.compress(data, 0), r"p/data\.bin"),
    "gzip, stored": (lambda data: gzip.compress(data, 0), r"p/data\.bin"),
    "picture": (lambda data: b"\x89PNG\r\n\x1a\n" + data, r"p/data\.bin"),
    "hexadecimal": (lambda data: data.hex().encode(), r"p/data\.bin"),
}
if sys.version_info >= (3, 14):
    from compression import zstd

    PACKED["zstandard"] = (lambda data: b"x" + zstd.compress(data), r"p/data\.bin( \(unpacked from 0x1\))?")


@pytest.mark.parametrize("case", PACKED.values(), ids=PACKED.keys())
def test_path_in_compressed_data_is_refused(
    tmp_path: Path, workspace: Workspace, case: tuple[Callable[[bytes], bytes], str]
) -> None:
    """It cannot be rewritten; the message names the member and the offset. Without the path the same member passes."""
    pack, place = case
    (tmp_path / "p").mkdir()
    for path, fails in ((str(workspace.root), True), ("/home/innocent", False)):
        (tmp_path / "p" / "data.bin").write_bytes(pack(b"text " * 50 + path.encode() + b" more" * 50))
        assert rewrite_leaks(tmp_path, workspace) == ()
        if not fails:
            refuse_leaks(tmp_path, workspace, [])
            continue
        with pytest.raises(RefusedError, match=rf"^{place}, offset 0x[0-9a-f]+: holds (part of )?the build") as caught:
            refuse_leaks(tmp_path, workspace, [])
        assert "patch the package" in caught.value.tip


def test_split_path_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    """The last component alone, without what stands before it, is found by its random part."""
    (tmp_path / "f").write_text(f"join('/tmp', '{workspace.root.name}')", encoding="utf-8")
    assert rewrite_leaks(tmp_path, workspace) == ()
    with pytest.raises(RefusedError, match="^f, offset 0x"):
        refuse_leaks(tmp_path, workspace, [])


def test_section_of_an_elf_file_is_named(tmp_path: Path, workspace: Workspace) -> None:
    """A part of the path in a binary is reported with the section it is in."""
    source = f'const char *volatile where = "{workspace.token}";\n'
    command: list[str | Path] = ["gcc", "-shared", "-x", "c", "-", "-o", tmp_path / "lib.so"]
    subprocess.run(command, input=source.encode(), check=True)
    with pytest.raises(RefusedError, match=r"^lib\.so, section \.rodata, offset 0x"):
        refuse_leaks(tmp_path, workspace, [])


def test_section_of_packed_data_is_named(tmp_path: Path, workspace: Workspace) -> None:
    """A compressed string in a binary is reported with the section that it lies in, also by an independent reader."""
    packed = zlib.compress(b"text " * 50 + os.fsencode(workspace.root))
    source = f'const unsigned char packed[] __attribute__((section(".extra"))) = {{{",".join(map(str, packed))}}};\n'
    command: list[str | Path] = ["gcc", "-shared", "-x", "c", "-", "-o", tmp_path / "lib.so"]
    subprocess.run(command, input=source.encode(), check=True)
    with pytest.raises(RefusedError, match=r"^lib\.so \(unpacked from 0x[0-9a-f]+\), section \.extra, offset 0x") as caught:
        refuse_leaks(tmp_path, workspace, [])
    start = int(caught.value.message.partition("from 0x")[2].partition(")")[0], 16)
    assert zlib.decompressobj().decompress((tmp_path / "lib.so").read_bytes()[start:]).endswith(os.fsencode(workspace.root))


def test_search_ends(tmp_path: Path, workspace: Workspace) -> None:
    """Bytes that begin like streams everywhere, and one that unpacks to very much, take seconds."""
    (tmp_path / "looks-packed").write_bytes(b"\x78\x9c" * 200_000)
    (tmp_path / "bomb").write_bytes(zlib.compress(zlib.compress(bytes(1 << 27))))
    started = time.monotonic()
    refuse_leaks(tmp_path, workspace, [])
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("folder", [False, True])
def test_file_name_is_refused(tmp_path: Path, workspace: Workspace, folder: bool) -> None:
    """A file or directory named after the place of the build."""
    name = re.sub(r"\W", "_", f"{workspace.root}/x") + ".txt"
    path = tmp_path / name / "f" if folder else tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("clean", encoding="utf-8")
    with pytest.raises(RefusedError, match=rf"{name}.*: its file name holds"):
        refuse_leaks(tmp_path, workspace, [])


def test_foreign_paths_are_refused(tmp_path: Path, workspace: Workspace) -> None:
    """Paths of the host that were never in the workspace are found, too."""
    (tmp_path / "f").write_text("prefix = '/opt/python/of/mine'", encoding="utf-8")
    refuse_leaks(tmp_path, workspace, ["/opt/python/of/yours"])
    with pytest.raises(RefusedError, match=r"^f, offset 0xa: holds the host path /opt/python/of/mine,"):
        refuse_leaks(tmp_path, workspace, ["/opt/python/of/mine"])


@pytest.mark.parametrize(
    "data",
    [
        b"\x1f\x8b broken",
        b"BZh9 broken",
        b"\xfd7zXZ broken",
        b"PK\x03\x04 broken",
        b"\x78\x9c broken",
        b"\x7fELF broken",
        b"\x28\xb5\x2f\xfd broken",
        b"\x28\xb5\x2f\xfd\xff\xff\xff\xff",
    ],
)
def test_damaged_containers_pass(tmp_path: Path, workspace: Workspace, data: bytes) -> None:
    """What nobody can unpack holds no path that anybody could read; it is no reason to crash."""
    (tmp_path / "f").write_bytes(data)
    assert rewrite_leaks(tmp_path, workspace) == ()
    refuse_leaks(tmp_path, workspace, [])
