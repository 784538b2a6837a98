"""What `compare` says of things that differ in one known way; readelf and nm are the judges of places."""

from __future__ import annotations

import re
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import c_module
from support.trees import only_difference, trees

from reprowheel.compare import compare_paths
from reprowheel.compare.render import comparison_text
from reprowheel.errors import UsageError
from reprowheel.files import zip_member

if TYPE_CHECKING:
    from collections.abc import Mapping


INFO = "tiny-1.0.dist-info"


def wheel(directory: Path, files: Mapping[str, bytes], *, order: int = 1, mode: int = 0o644, method: int = 0) -> Path:
    """Write a wheel with a RECORD of what is in it; `order` -1 turns RECORD's rows around."""
    content = {"tiny/__init__.py": b"", f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: tiny\n", **files}
    rows = [f"{name},sha256={zlib.crc32(data)},{len(data)}" for name, data in content.items()]
    record = "\n".join([*rows[::order], f"{INFO}/RECORD,,"]) + "\n"
    directory.mkdir(parents=True)
    path = directory / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**content, f"{INFO}/RECORD": record.encode()}.items():
            info = zip_member(name, mode if name in files else 0o644)
            info.compress_type = method
            archive.writestr(info, data)
    return path


def test_equal_wheels(tmp_path: Path) -> None:
    """Equal bytes are equal, and it says how much was compared."""
    one, two = (wheel(tmp_path / name, {"tiny/a.py": b"A = 1\n"}) for name in ("one", "two"))
    comparison = compare_paths(one, two)
    assert comparison.equal
    assert (comparison.files, comparison.differences) == (4, ())
    assert comparison_text(comparison).startswith("EQUAL 4 files, ")


def test_text_by_line(tmp_path: Path) -> None:
    """Line, offset in the file, and both texts; RECORD follows from it."""
    one, two = (wheel(tmp_path / v, {"tiny/a.py": f"A = 1\n\nV = '{v}'\n".encode()}) for v in ("left", "right"))
    comparison = compare_paths(one, two)
    difference = only_difference(comparison)
    assert (difference.path, difference.place) == ("tiny/a.py", "line 3")
    assert difference.left
    assert difference.right
    assert (difference.left.text, difference.right.text) == ("V = 'left'", "V = 'right'")
    assert difference.left.offset + difference.left.start == len("A = 1\n\nV = '")
    assert [d.path for d in comparison.differences if d.follows] == [f"{INFO}/RECORD"]
    text = comparison_text(comparison)
    assert "DIFFERENT 1 of 4 files differs" in text
    assert f"follows from this:\n    {INFO}/RECORD\n" in text


def test_record_order(tmp_path: Path) -> None:
    """The same rows in another order are told from rows that differ."""
    one = wheel(tmp_path / "one", {"tiny/a.py": b""})
    difference = only_difference(compare_paths(one, wheel(tmp_path / "two", {"tiny/a.py": b""}, order=-1)))
    assert (difference.path, difference.kind, difference.cause.name) == (f"{INFO}/RECORD", "order", "order")
    assert difference.note.startswith("the same rows in another order, from row 1 on")


def test_record_that_lies(tmp_path: Path) -> None:
    """A row that differs although its file does not is a difference of its own."""
    one, two = (wheel(tmp_path / name, {"tiny/a.py": b"A = 1\n"}) for name in ("one", "two"))
    raw = two.read_bytes()
    digest = f"sha256={zlib.crc32(b'A = 1' + bytes([10]))}".encode()
    with zipfile.ZipFile(two) as archive:
        content = {info: archive.read(info) for info in archive.infolist()}
    assert digest in raw
    with zipfile.ZipFile(two, "w") as archive:
        for info, data in content.items():
            archive.writestr(info, data.replace(digest, digest[::-1][:-7] + b"sha256="[::-1]))
    difference = only_difference(compare_paths(one, two))
    assert difference.path == f"{INFO}/RECORD"
    assert difference.note.startswith("row of tiny/a.py: ")


def test_mode_and_storage(tmp_path: Path) -> None:
    """A mode and a compression method are differences, of the member and of the archive."""
    one = wheel(tmp_path / "one", {"tiny/a.py": b""})
    mode = only_difference(compare_paths(one, wheel(tmp_path / "two", {"tiny/a.py": b""}, mode=0o755)))
    assert (mode.path, mode.kind, mode.note) == ("tiny/a.py", "mode", "mode 0644 on the left, 0755 on the right")
    stored = only_difference(
        compare_paths(one, wheel(tmp_path / "three", {"tiny/a.py": b""}, method=zipfile.ZIP_DEFLATED))
    )
    assert (stored.kind, stored.count, stored.cause.name) == ("archive", 4, "compression")


def test_member_order_and_missing(tmp_path: Path) -> None:
    """Members in another order, and members of one side only."""
    one = wheel(tmp_path / "one", {"tiny/a.py": b"", "tiny/b.py": b""})
    two = wheel(tmp_path / "two", {"tiny/b.py": b"", "tiny/a.py": b""})
    kinds = {(d.path, d.kind) for d in compare_paths(one, two).differences}
    assert kinds == {("", "order"), (f"{INFO}/RECORD", "order")}
    three = wheel(tmp_path / "three", {"tiny/a.py": b""})
    missing = only_difference(compare_paths(one, three))
    assert (missing.path, missing.kind, missing.note) == ("tiny/b.py", "missing", "only on the left")


def compiled(path: Path, head: str, *flags: str) -> Path:
    """Compile an extension; its object `fact` is in `.rodata`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    include = subprocess.run(
        ["python3", "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    source = c_module("return PyUnicode_FromString(fact);", head=head)
    command: list[str | Path] = [
        "gcc",
        "-shared",
        "-fPIC",
        "-g",
        f"-I{include}",
        "-Wl,--build-id=sha1",
        *flags,
        "-x",
        "c",
        "-",
        "-o",
        path,
    ]
    subprocess.run(command, input=source, text=True, check=True)
    return path


def test_elf_section_symbol_and_offset(tmp_path: Path) -> None:
    """Section, symbol and offset are those of readelf and nm; the build-id follows."""
    one, two = (compiled(tmp_path / n / "n.so", f'const char fact[] = "made by {n}";') for n in ("alpha", "gamma"))
    comparison = compare_paths(one, two)
    difference = comparison.differences[0]
    assert (difference.place, difference.symbol) == ("section .rodata", "fact")
    assert difference.left
    assert difference.left.text == "made by alpha"
    sections = subprocess.run(["readelf", "-SW", one], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\.rodata +PROGBITS +(\w+) (\w+)", sections)
    assert found
    address, offset = (int(text, 16) for text in found.groups())
    symbols = subprocess.run(["nm", one], check=True, capture_output=True, text=True).stdout
    fact = re.search(r"^(\w+) R fact$", symbols, re.MULTILINE)
    assert fact
    place = difference.left.offset + difference.left.start
    assert place == int(fact[1], 16) - address + offset + len("made by ")
    assert one.read_bytes()[place : place + 5] == b"alpha"
    follows = {d.place for d in comparison.differences if d.follows}
    assert "section .note.gnu.build-id" in follows


def test_elf_needed_library(tmp_path: Path) -> None:
    """A library that only one of the two needs is named."""
    subprocess.run(
        ["gcc", "-shared", "-x", "c", "/dev/null", "-Wl,-soname,libluck.so.1", "-o", tmp_path / "libluck.so"],
        check=True,
    )
    head = 'const char fact[] = "x";'
    one = compiled(tmp_path / "one" / "n.so", head)
    two = compiled(tmp_path / "two" / "n.so", head, "-Wl,--no-as-needed", f"-L{tmp_path}", "-lluck")
    found = [d for d in compare_paths(one, two).differences if d.cause.name == "host-library"]
    assert found
    assert "DT_NEEDED libluck.so.1" in found[0].note


def test_zip_inside(tmp_path: Path) -> None:
    """A member of a zip inside is named with both names."""
    one, two = (wheel(tmp_path / v, {"tiny/a.py": f"V = '{v}'\n".encode()}) for v in ("left", "right"))
    comparison = trees(tmp_path / "t", {"x.zip": one.read_bytes()}, {"x.zip": two.read_bytes()})
    assert comparison.differences[0].path.startswith("x.zip!")
    assert "x.zip!tiny/a.py" in comparison.paths


def test_links_are_compared_by_target(tmp_path: Path) -> None:
    """Links are not followed."""
    for side in ("left", "right"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "link").symlink_to(f"/nowhere/{side}")
    difference = only_difference(compare_paths(tmp_path / "left", tmp_path / "right"))
    assert difference.left
    assert "/nowhere/left" in difference.left.text


@pytest.mark.parametrize("case", ["empty", "kinds", "absent", "damaged"])
def test_what_cannot_be_compared(case: str, tmp_path: Path) -> None:
    """Nothing to compare is an error and not `equal`; so are two kinds, an absent and a damaged one."""
    good = wheel(tmp_path / "good", {})
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "damaged.whl").write_bytes(good.read_bytes()[:200])
    left, right, message = {
        "empty": (tmp_path / "one", tmp_path / "two", "are both empty: there is nothing to compare"),
        "kinds": (tmp_path / "one", good, "expected two of a kind"),
        "absent": (tmp_path / "absent", good, "no such file; expected a wheel, a folder"),
        "damaged": (tmp_path / "damaged.whl", good, "cannot be compared: "),
    }[case]
    with pytest.raises(UsageError, match=message):
        compare_paths(Path(left), Path(right))


def test_terminal_is_safe(tmp_path: Path) -> None:
    """Names and content with escape sequences reach the terminal written out."""
    name = "a\x1b[31mb"
    text = comparison_text(trees(tmp_path, {name: b"x\x1b[0m\n"}, {name: b"y\x1b[0m\n"}))
    assert "\x1b" not in text
    assert "a\\x1b[31mb" in text
