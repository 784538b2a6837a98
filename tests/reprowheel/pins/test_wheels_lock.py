"""The file wheels.lock: its form, what is refused in it, and how large it becomes."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support.pins import built

from reprowheel.errors import LockError, UsageError
from reprowheel.files import json_sha256
from reprowheel.pins.compare import read_built, record
from reprowheel.pins.contents import WheelContents, read_contents
from reprowheel.pins.wheels_lock import WheelsLock, read_wheels_lock

if TYPE_CHECKING:
    from pathlib import Path

TIP = "Restore the file, or empty it and record all wheels again."


def lock_of(tmp_path: Path, files: dict[str, str] | None = None) -> WheelsLock:
    """Return a lock with one pin."""
    return record(WheelsLock(update="do it"), [read_built(*built(tmp_path, {"env": {"A": "1"}}, files))])


def test_form(tmp_path: Path) -> None:
    """The whole text, as docs/contracts.md has it; reading it back gives the same text."""
    lock = lock_of(tmp_path, {"tiny/native.so": "\x7fELF"})
    text = lock.to_json()
    data = json.loads(text)
    assert text == json.dumps(data, indent=2, sort_keys=True) + "\n"
    (pin,) = data["wheels"]["tiny"]
    (toolchain,) = data["toolchains"]
    assert set(data) == {"toolchains", "update", "wheels", "wheels_lock_version"}
    assert data["toolchains"][toolchain]["version"] == "gcc 16.2.0"
    assert pin == {
        "version": "1.0",
        "filename": "tiny-1.0-py3-none-any.whl",
        "sha256": lock.wheels["tiny"][0].sha256,
        "sdist": "a" * 64,
        "python": "cp314-cp314",
        "platform": "linux_x86_64",
        "toolchain": toolchain,
        "environment": json_sha256(pin["inputs"]),
        "inputs": {
            "build_requirements": ["setuptools==80.9.0 sha256:" + "b" * 64],
            "env": {"A": "1"},
            "epoch": 1_600_000_000,
        },
        "interpreter": "3.14.2",
        "helper": "c" * 16,
        "contents": {"dist_info": pin["contents"]["dist_info"], "elf": pin["contents"]["elf"], "other": "", "python": ""},
    }
    assert list(pin["contents"]["elf"]) == ["tiny/native.so"]
    assert all(re.fullmatch("[0-9a-f]{16}", text) for text in [*pin["contents"]["elf"].values(), pin["contents"]["dist_info"]])
    path = tmp_path / "wheels.lock"
    path.write_text(text, encoding="utf-8")
    assert read_wheels_lock(path).to_json() == text


def test_empty_file_has_no_pins(tmp_path: Path) -> None:
    """`touch wheels.lock` makes a lock."""
    path = tmp_path / "wheels.lock"
    path.write_text("\n", encoding="utf-8")
    assert read_wheels_lock(path) == WheelsLock()
    assert WheelsLock().to_json() == '{\n  "toolchains": {},\n  "wheels": {},\n  "wheels_lock_version": 1\n}\n'


@pytest.mark.parametrize("text", ["{", "\x00"])
def test_unreadable(tmp_path: Path, text: str) -> None:
    """What is no JSON is named."""
    path = tmp_path / "wheels.lock"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LockError, match=r"wheels\.lock:1:\d: is no JSON \(.*; expected a lock of wheels") as caught:
        read_wheels_lock(path)
    assert caught.value.tip == TIP


WRONG: dict[str, tuple[str, Any, str]] = {
    "version": ("wheels_lock_version", 2, "wheels.lock: wheels_lock_version is 2; expected 1"),
    "wheels": ("wheels", [], "wheels.lock: wheels: expected an object"),
    "update": ("update", 1, "wheels.lock: update: expected a string"),
    "list": ("wheels.tiny", {}, "wheels.lock: wheels.tiny: expected a list"),
    "pin": ("wheels.tiny.0", 1, "wheels.lock: wheels.tiny[0]: expected an object"),
    "text": ("wheels.tiny.0.version", 1, "wheels.lock: wheels.tiny[0].version: expected a string"),
    "digest": (
        "wheels.tiny.0.sha256",
        "A",
        "wheels.lock: wheels.tiny[0].sha256: expected 64 lower-case hexadecimal digits, found 'A'",
    ),
    "inputs": ("wheels.tiny.0.inputs", {}, "wheels.lock: wheels.tiny[0].inputs: does not match the digest in environment"),
    "contents": ("wheels.tiny.0.contents", [], "wheels.lock: wheels.tiny[0].contents: expected an object of digests"),
    "elf": ("wheels.tiny.0.contents.elf", {"a": 1}, "wheels.lock: wheels.tiny[0].contents: expected an object of digests"),
    "toolchain": (
        "wheels.tiny.0.toolchain",
        "0" * 64,
        "wheels.lock: wheels.tiny[0].toolchain: is not under toolchains",
    ),
}


def put(data: Any, place: str, value: object) -> None:
    """Set the value at a dotted place."""
    *folders, last = place.split(".")
    for folder in folders:
        data = data[int(folder)] if folder.isdigit() else data[folder]
    data[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize("case", WRONG)
def test_refused(tmp_path: Path, case: str) -> None:
    """Each wrong place is named by its dotted path; nothing is guessed."""
    place, value, message = WRONG[case]
    data = json.loads(lock_of(tmp_path).to_json())
    put(data, place, value)
    with pytest.raises(LockError) as caught:
        WheelsLock.from_dict(data, "wheels.lock")
    assert (caught.value.message, caught.value.tip) == (message, TIP)


def test_edited_toolchain(tmp_path: Path) -> None:
    """A description that somebody has changed would explain with what never was."""
    data = json.loads(lock_of(tmp_path).to_json())
    (name,) = data["toolchains"]
    data["toolchains"][name]["version"] = "gcc 1"
    with pytest.raises(LockError, match=f"wheels.lock: toolchains.{name}: does not match its digest"):
        WheelsLock.from_dict(data, "wheels.lock")


def test_two_pins_of_one_key(tmp_path: Path) -> None:
    """As a merge of two branches may leave it: which of them holds is for people to decide."""
    data = json.loads(lock_of(tmp_path).to_json())
    data["wheels"]["tiny"].append(data["wheels"]["tiny"][0] | {"sha256": "f" * 64})
    with pytest.raises(LockError, match=r"wheels\.lock: wheels\.tiny\[1\]: has the key of \[0\]"):
        WheelsLock.from_dict(data, "wheels.lock")


def test_several_problems_are_told_at_once(tmp_path: Path) -> None:
    """One run names all of them."""
    data = json.loads(lock_of(tmp_path).to_json())
    put(data, "wheels.tiny.0.version", 1)
    put(data, "wheels.tiny.0.filename", None)
    with pytest.raises(LockError) as caught:
        WheelsLock.from_dict(data, "w")
    assert caught.value.message == "w: wheels.tiny[0].version: expected a string; wheels.tiny[0].filename: expected a string"


def test_large_package_stays_small(tmp_path: Path) -> None:
    """Thousands of files take a line per extension module; hundreds of those take a line per folder."""
    files = {f"big/m{number}.py": f"x = {number}\n" for number in range(3000)}
    files |= {f"big/data{number}.txt": "" for number in range(500)} | {f"big/n{number}.so": "\x7fELF" for number in range(20)}
    assert lock_of(tmp_path / "big", files).to_json().count("\n") < 70
    many = {f"big/{number % 3}/n{number}.so": f"\x7fELF{number}" for number in range(300)}
    _, wheel = built(tmp_path / "many", files=many)
    old = read_contents(wheel)
    assert list(old.elf) == ["big/0/", "big/1/", "big/2/"]
    _, wheel = built(tmp_path / "more", files=many | {"big/1/n1.so": "\x7fELF"})
    assert old.difference(read_contents(wheel)) == ["big/1/ (ELF)"]


GROUPS = {
    "tiny/a.so": "\x7fELF a",
    "tiny/b.so": "\x7fELF b",
    "tiny/x.py": "",
    "tiny/x.so.txt": "",
    "tiny-1.0.dist-info/LICENSE": "",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"tiny/b.so": "\x7fELF c"}, ["tiny/b.so (ELF)"]),
        ({"tiny/b.so": None}, ["tiny/b.so (ELF, gone)"]),
        ({"tiny/c.so": "\x7fELF c"}, ["tiny/c.so (ELF, new)"]),
        ({"tiny/x.py": "1"}, ["Python sources"]),
        ({"tiny/y.py": ""}, ["Python sources"]),
        ({"tiny/x.so.txt": "1"}, ["other files"]),
        ({"tiny-1.0.dist-info/LICENSE": "1"}, [".dist-info"]),
        ({"tiny/x.py": "1", "tiny/a.so": "\x7fELF"}, ["tiny/a.so (ELF)", "Python sources"]),
        ({f"tiny/{n}.so": "\x7fELF" for n in range(5)}, [*(f"tiny/{n}.so (ELF, new)" for n in range(3)), "2 more (ELF, new)"]),
    ],
)
def test_contents_name_what_differs(tmp_path: Path, changes: dict[str, str | None], expected: list[str]) -> None:
    """Each group of files moves its own digest, and RECORD none."""
    _, old = built(tmp_path / "old", files=GROUPS)
    new_files = {name: text for name, text in (GROUPS | changes).items() if text is not None}
    _, new = built(tmp_path / "new", files=new_files)
    assert read_contents(old).difference(read_contents(new)) == expected


def test_mode_counts(tmp_path: Path) -> None:
    """A script that can no longer be run is another file."""
    _, wheel = built(tmp_path)
    data = bytearray(wheel.read_bytes())
    place = data.index(b"PK\x01\x02") + 38 + 2  # external attributes of the first member: the mode is their upper half
    data[place : place + 2] = (0o100755).to_bytes(2, "little")
    other = tmp_path / "other.whl"
    other.write_bytes(data)
    assert read_contents(wheel).difference(read_contents(other)) == ["Python sources"]


def test_damaged_member(tmp_path: Path) -> None:
    """Data that cannot be unpacked is told as that of a file that is no wheel."""
    path = tmp_path / "tiny.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny.py", "text " * 1000)
    data = bytearray(path.read_bytes())
    data[30 + len("tiny.py")] = 0xFF  # a block of a type that deflate does not have (RFC 1951, 3.2.3)
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"tiny\.whl: cannot be read as a wheel \("):
        read_contents(path)


def test_file_that_is_no_wheel(tmp_path: Path) -> None:
    """It is named."""
    path = tmp_path / "tiny.whl"
    path.write_text("no", encoding="utf-8")
    with pytest.raises(UsageError, match=r"tiny\.whl: cannot be read as a wheel \("):
        read_contents(path)
    assert WheelContents().difference(WheelContents()) == []
