"""The verbs `normalize` and `inspect`: wheels that somebody else built, in canonical form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.builds import members

from reprowheel.__main__ import main
from reprowheel.files import file_sha256

NAME = "tiny-1.0-cp311-cp311-linux_x86_64.whl"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A shared object with debug information that names where it was built."""
    directory = tmp_path_factory.mktemp("library")
    (directory / "x.c").write_text('const char *place(void) { return "/home/somebody/project/x.c"; }\n', encoding="utf-8")
    command = ["gcc", "-g", "-shared", "-fPIC", "-Wl,--build-id", "-o", "x.so", "x.c"]
    subprocess.run(command, cwd=directory, check=True)
    return (directory / "x.so").read_bytes()


def foreign_wheel(directory: Path, library: bytes, *, year: int, mode: int, order: int) -> Path:
    """Write a wheel as other tools do: compressed, dated, in some order, with the modes of some umask."""
    directory.mkdir()
    info = "tiny-1.0.dist-info"
    files = {
        "tiny/__init__.py": b"",
        "tiny/x.so": library,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\nTag: cp311-cp311-linux_x86_64\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"][::order])
    with zipfile.ZipFile(directory / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*list(files.items())[::order], (f"{info}/RECORD", record.encode())]:
            header = zipfile.ZipInfo(name, (year, 5, 5, 5, 5, 4))
            header.external_attr = (0o100000 | mode) << 16
            header.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(header, data)
    return directory / NAME


def test_equal_contents_become_equal_bytes(tmp_path: Path, library: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Two wheels that differ in all that an archive can differ in; the inputs stay, and pip can read the result."""
    left = foreign_wheel(tmp_path / "a", library, year=2001, mode=0o644, order=1)
    right = foreign_wheel(tmp_path / "b", library, year=2020, mode=0o600, order=-1)
    before = file_sha256(left)
    assert before != file_sha256(right)
    for wheel in (left, right):
        out = tmp_path / f"{wheel.parent.name}-out"
        assert main(["normalize", str(wheel), "--out", str(out), "--debug-dir", str(out / "debug")]) == 0
    assert file_sha256(left) == before
    outs = [tmp_path / f"{side}-out" / NAME for side in "ab"]
    assert file_sha256(outs[0]) == file_sha256(outs[1])
    said = capsys.readouterr().out
    assert f"{file_sha256(outs[0])}  {outs[0]}\n" in said
    assert "tiny/x.so: elf stripped (without " in said
    debug = [path.relative_to(tmp_path / "a-out") for path in (tmp_path / "a-out" / "debug").rglob("*.debug")]
    assert len(debug) == 1
    assert (tmp_path / "a-out" / debug[0]).read_bytes() == (tmp_path / "b-out" / debug[0]).read_bytes()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index"]
    command = [*pip, "--python-version=3.11", "--only-binary=:all:", "--platform=linux_x86_64"]
    subprocess.run([*command, "--implementation=cp", "--target", tmp_path / "site", outs[0]], check=True)
    assert (tmp_path / "site" / "tiny" / "x.so").read_bytes() == members(outs[0])["tiny/x.so"]


def test_another_content_stays_another(tmp_path: Path, library: bytes) -> None:
    """The control: one changed byte of the program is still there."""
    changed = library.replace(b"/home/somebody", b"/home/everybod")
    digests = set()
    for index, data in enumerate((library, changed)):
        wheel = foreign_wheel(tmp_path / str(index), data, year=2001, mode=0o644, order=1)
        assert main(["normalize", str(wheel), "--out", str(tmp_path / f"out{index}")]) == 0
        digests.add(file_sha256(tmp_path / f"out{index}" / NAME))
    assert len(digests) == 2


def test_single_file(tmp_path: Path, library: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """A shared object alone; twice the same, executable as before, and readelf finds no debug sections."""
    (tmp_path / "x.so").write_bytes(library)
    (tmp_path / "x.so").chmod(0o755)
    for out in ("one", "two"):
        assert main(["normalize", str(tmp_path / "x.so"), "--out", str(tmp_path / out), "--json"]) == 0
    done = json.loads(capsys.readouterr().out.split("\n}\n")[0] + "}")
    result = tmp_path / "one" / "x.so"
    assert done["sha256"] == file_sha256(result) == file_sha256(tmp_path / "two" / "x.so")
    assert done["files"][0]["action"] == "stripped"
    assert os.access(result, os.X_OK)
    sections = subprocess.run(["readelf", "-SW", result], check=True, capture_output=True, text=True).stdout
    assert ".text" in sections
    assert ".debug_info" not in sections


def test_inspect_before_and_after(tmp_path: Path, library: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """A foreign wheel is not canonical, with all reasons; its canonical form is, and still names the place."""
    wheel = foreign_wheel(tmp_path / "a", library, year=2001, mode=0o664, order=-1)
    assert main(["inspect", str(wheel)]) == 1
    said = capsys.readouterr().out
    for text in (
        f"{NAME}: not canonical, sha256 {file_sha256(wheel)}",
        "archive: 5 of 5 members have a time other than 1980-01-01",
        "archive: 5 of 5 members have a mode other than 0644 and 0755",
        "archive: 5 of 5 members have compressed bytes",
        "archive: its members are not in the canonical order",
        "tiny/x.so: elf stripped",
        "tiny/x.so: names /home/somebody/project/x.c",
    ):
        assert text in said
    assert main(["normalize", str(wheel), "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert main(["inspect", str(tmp_path / "out" / NAME), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["canonical"], found["archive"], found["files"]) == (True, [], [])
    assert found["places"] == {"tiny/x.so": ["/home/somebody/project/x.c"]}


@pytest.mark.parametrize("verb", ["normalize", "inspect"])
def test_bad_input(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, the exit code of the kind of error, and nothing written."""
    out = ["--out", str(tmp_path / "out")] if verb == "normalize" else []
    (tmp_path / NAME).write_bytes(b"junk")
    assert main([verb, str(tmp_path / "none.whl"), *out]) == 2
    assert main([verb, str(tmp_path / NAME), *out]) == 3
    error = capsys.readouterr().err.splitlines()
    assert error[0] == f"ERROR {tmp_path}/none.whl: no such file; expected a wheel, or a file such as a .so, .a or .pyc"
    assert error[1].startswith(f"ERROR {NAME}: ")
    assert not (tmp_path / "out").exists()


def test_the_input_is_not_overwritten(tmp_path: Path, library: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder of the input is refused."""
    (tmp_path / "x.so").write_bytes(library)
    assert main(["normalize", str(tmp_path / "x.so"), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"ERROR {tmp_path}/x.so: is what would be written\n")
    assert (tmp_path / "x.so").read_bytes() == library
