"""The fuzz targets without their engine: each runs a few hundred deterministic inputs, in a process with limits."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fuzz import archive_check, backend_check, elf_check, file_check, page_check, run, seeds
from fuzz.check import BrokenError, check_message
from fuzz.mutate import mutations
from fuzz.targets import TARGETS, Target

from reprowheel.errors import FetchError
from reprowheel.fetch.page import IndexFile, parse_page
from reprowheel.normalize import FileReport

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = {
    number: (("http://example.org/", "file:///x.html")[number // 2], ("application/json", "text/html")[number % 2])
    for number in range(4)
}
RUN = Path(__file__).with_name("run.py")
INPUTS = 250


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name: str) -> None:
    """Some hundred damaged files per reader: every invariant holds, within limits of time and memory."""
    command = [sys.executable, "-B", str(RUN), name, "--inputs", str(INPUTS)]
    # thousands of small files: several times faster where they never reach a disk
    environment = os.environ | ({"TMPDIR": "/dev/shm"} if os.access("/dev/shm", os.W_OK | os.X_OK) else {})
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
    assert result.returncode == 0, result.stderr[-5000:]
    assert result.stdout == f"{name}: {INPUTS} inputs, nothing found\n"


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_understood(name: str, tmp_path: Path) -> None:
    """The seeds are files that the readers work on: a corpus that is refused at once would test nothing."""
    made = TARGETS[name].seeds()
    assert len(set(made)) == len(made) > 2
    assert max(map(len, made)) <= TARGETS[name].max_size
    done = 0
    for number, data in enumerate(made):
        folder = tmp_path / str(number)
        folder.mkdir()
        before = data[1:] if name == "data" else data
        if name == "backend":
            with tempfile.TemporaryDirectory(prefix="fuzz-", dir="/tmp") as short:
                assert backend_check.is_answered(data, Path(short)) is (number < 3)  # a good answer of each hook
            done += len(made)
            continue
        TARGETS[name].check(data, folder)
        if name == "page":
            done += len(parse_page(data[1:], *PAGES[data[0]], "foo")) > 0
            continue
        inputs = {"elf": ["x.so"], "ar": ["x.a"], "data": ["tree/" + place for place in file_check.DATA_NAMES]}
        for place in inputs.get(name, ["2"]):
            path = folder / place
            done += path.is_dir() or (path.is_file() and path.read_bytes() != before)
    assert done >= len(made) / 2


def test_the_same_inputs_everywhere() -> None:
    """Equal seeds give equal inputs, other seeds others; sizes stay within the limit."""
    parts = seeds.ar_seeds()
    first = list(mutations(parts, count=50, seed=1, max_size=300))
    assert first == list(mutations(parts, count=50, seed=1, max_size=300))
    assert first != list(mutations(parts, count=50, seed=2, max_size=300))
    assert len(first) == 50
    assert max(map(len, first[len(parts) :])) <= 300


def unreported(path: Path, name: str, **_: object) -> FileReport:
    """Change a byte and say that nothing changed."""
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return FileReport(path=name, kind="x", action="unchanged")


def flips_code(path: Path, name: str, **_: object) -> FileReport:
    """Change a byte of the code and say that the file was stripped."""
    path.write_bytes(path.read_bytes().replace(b"\xc3\xc3", b"\xc3\x90", 1))
    return FileReport(path=name, kind="elf", action="stripped")


def cuts(path: Path, name: str) -> FileReport:
    """Leave the last byte out."""
    path.write_bytes(path.read_bytes()[:-1])
    return FileReport(path=name, kind="ar", action="zeroed")


def crashes(path: Path, *_: object, **__: object) -> FileReport:
    """Raise what no reader may."""
    raise IndexError(path.name)


def writes_outside(archive: Path, into: Path) -> None:
    """Leave a file beside the folder, then refuse."""
    (into.parent / "outside").touch()
    raise FetchError(archive.name)


def always_different(_tree: Path, out_dir: Path, *, filename: str) -> Path:
    """Write a wheel without a member."""
    out_dir.mkdir()
    with zipfile.ZipFile(out_dir / filename, "w") as archive:
        archive.writestr("foo-1.0.dist-info/RECORD", "foo-1.0.dist-info/RECORD,,\n")
    return out_dir / filename


def takes_links(value: str, out: Path, **_: object) -> Path:
    """Take what a back end names, where it is."""
    return out / value


def leads_here(_content: bytes, _url: str, _kind: str, _project: str) -> tuple[IndexFile, ...]:
    """Take a file of this machine from a page."""
    return (IndexFile(filename="foo-1.0.zip", url="file:///foo-1.0.zip", sha256=""),)


def escapes(_content: bytes, _url: str, _kind: str, _project: str) -> tuple[IndexFile, ...]:
    """Take a name that leads elsewhere."""
    return (IndexFile(filename="../foo-1.0.zip", url="http://example.org/foo-1.0.zip", sha256=""),)


@pytest.mark.parametrize(
    ("name", "module", "function", "broken", "message"),
    [
        ("elf", elf_check, "normalize_elf", unreported, "although the report"),
        ("elf", elf_check, "normalize_elf", flips_code, "bytes of segment"),
        ("elf", elf_check, "normalize_elf", crashes, "x.so"),
        ("ar", file_check, "normalize_ar", unreported, "although the report"),
        ("ar", file_check, "normalize_ar", cuts, "more than times"),
        ("data", file_check, "normalize_tree", crashes, "tree"),
        ("wheel", archive_check, "unpack_wheel", crashes, "whl"),
        ("members", archive_check, "write_wheel", always_different, "lost members"),
        ("sdist", archive_check, "unpack_sdist", writes_outside, "outside"),
        ("tar", archive_check, "unpack_sdist", crashes, "tar.gz"),
        ("backend", backend_check, "unpack_wheel", crashes, "whl"),
        ("backend", backend_check.hooks, "take_wheel", takes_links, "is no file|still write|of this machine"),
        ("page", page_check, "parse_page", leads_here, "on a page of a server"),
        ("page", page_check, "parse_page", escapes, "the name"),
    ],
)
def test_a_broken_reader_is_found(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    module: object,
    function: str,
    broken: Callable[..., object],
    message: str,
) -> None:
    """Negative controls: what the targets say about readers that do not keep their promises."""
    target = TARGETS[name]
    for data in target.seeds():
        target(data)
    monkeypatch.setattr(module, function, broken)
    with pytest.raises((BrokenError, IndexError), match=message):
        for data in target.seeds():
            target(data)


def test_a_slow_or_greedy_reader_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Processor time is limited per input; memory by the process."""

    def busy(_: bytes, __: Path) -> None:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    monkeypatch.setattr(run, "MAX_SECONDS", 0.01)
    with pytest.raises(TimeoutError, match="processor time"):
        run.check_bounded(Target(reads="", check=busy, seeds=list, max_size=1), b"")
    (tmp_path / "input").write_bytes(seeds.ar_seeds()[0])
    program = (
        f"import runpy; main = runpy.run_path({str(RUN)!r})['main']\n"
        f"main(['ar', '--input', {str(tmp_path / 'input')!r}])\n"
        f"bytes({run.MAX_MEMORY + 1})"
    )
    result = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False)
    assert "ar: input: nothing found" in result.stdout, result.stderr
    assert result.stderr.rstrip().endswith("MemoryError")


@pytest.mark.parametrize("message", ["", "two\nlines", "x" * 30_000])
def test_messages_are_one_readable_line(message: str) -> None:
    """What `check_message` objects to."""
    with pytest.raises(BrokenError):
        check_message(FetchError(message))


def test_unknown_target(tmp_path: Path) -> None:
    """A target that does not exist is named, with those that do."""
    command = [sys.executable, "-B", str(RUN), "pe", "--inputs", "1"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("run.py: no target 'pe'; there are elf, ar,")
