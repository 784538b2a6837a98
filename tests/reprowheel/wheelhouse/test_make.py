"""The directory: pip installs from it, offline and by hash, exactly what went in; it is whole or not there."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest
from support.builds import Conditions, helper, make_wheel
from support.wheelhouses import (
    clean_environment,
    install_command,
    pip,
    read_statement,
    report_of,
    schema_error,
    sha256,
    tree,
    write_report,
)

from reprowheel.__main__ import main
from reprowheel.errors import UsageError
from reprowheel.wheelhouse.make import WheelhouseRequest, make_wheelhouse

if TYPE_CHECKING:
    from pathlib import Path

LIB = "Provides-Extra: fast\nRequires-Dist: speed; extra == 'fast'\n"
APP = ("Requires-Dist: lib-one[fast] >=0.5\n", "app = 1\n")


def inputs(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return three wheels and the reports of two."""
    wheels = [
        make_wheel(folder, "app", "1.0", {"app.py": APP[1]}, metadata=APP[0]),
        make_wheel(folder, "Lib_One", "0.7", {"lib_one.py": ""}, metadata=LIB),
        make_wheel(folder, "speed", "2.0+local", {"speed.py": ""}),
    ]
    reports = [write_report(folder / f"{w.name}.json", report_of(w)) for w in wheels[::2]]
    return wheels, reports


def make(folder: Path, out: Path) -> Path:
    """Make a wheelhouse of them."""
    wheels, reports = inputs(folder)
    make_wheelhouse(WheelhouseRequest(wheels=wheels, reports=reports, out=out))
    return out


def test_content(tmp_path: Path) -> None:
    """Wheels as they were, requirements with their digests, a valid bill, an attestation for each that was built."""
    house = make(tmp_path, tmp_path / "house")
    names = ["app-1.0-py3-none-any.whl", "Lib_One-0.7-py3-none-any.whl", "speed-2.0+local-py3-none-any.whl"]
    attested = [f"attestations/{names[i]}.intoto.json" for i in (0, 2)]
    found = tree(house)
    assert sorted(found) == sorted([*names, *attested, "requirements.txt", "sbom.cdx.json"])
    assert all(found[name] == (tmp_path / name).read_bytes() for name in names)
    lines = found["requirements.txt"].decode().splitlines()
    assert lines[1] == "#   pip install --no-index --find-links DIR --require-hashes -r DIR/requirements.txt"
    pins = zip(["app==1.0", "lib-one==0.7", "speed==2.0+local"], names, strict=True)
    assert lines[2:] == [line for pin, name in pins for line in (f"{pin} \\", f"    --hash=sha256:{sha256(found[name])}")]
    assert schema_error(found["sbom.cdx.json"].decode()) == ""
    for path in attested:
        message, _ = read_statement(found[path].decode())
        assert message.subject[0].name == path.removeprefix("attestations/").removesuffix(".intoto.json")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in house.rglob("*") if p.is_file()}
    assert modes == {0o644}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (house, house / "attestations")} == {0o755}


def test_pip_installs_it_and_nothing_else(tmp_path: Path) -> None:
    """In an empty environment, without an index; `pip check` passes; another wheel in the way, or a changed one, is refused."""
    house = make(tmp_path / "in", tmp_path / "house")
    make_wheel(house, "speed", "2.1", {"speed.py": "newer = 1"})
    python = clean_environment(tmp_path / "venv")
    done = pip(python, *install_command(house))
    assert done.returncode == 0, done.stdout
    checked = pip(python, "check")
    assert (checked.returncode, checked.stdout.strip()) == (0, "No broken requirements found.")
    (site,) = (tmp_path / "venv").glob("lib/python3*/site-packages")
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions(path=[str(site)])}
    assert installed == {"app": "1.0", "Lib_One": "0.7", "speed": "2.0+local"}
    (house / "app-1.0-py3-none-any.whl").unlink()
    make_wheel(house, "app", "1.0", {"app.py": "app = 2\n"}, metadata=APP[0])
    refused = pip(clean_environment(tmp_path / "other"), *install_command(house))
    assert refused.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE" in refused.stdout


def test_same_bytes_from_anywhere(tmp_path: Path) -> None:
    """Order, place, umask, locale, time zone and hash seed do not matter; one changed byte in a wheel does."""
    here, there = tmp_path / "here", tmp_path / "a much longer place" / "there"
    wheels, reports = inputs(here)
    (there / "reports").mkdir(parents=True)
    for path in wheels:
        shutil.copy(path, there / path.name)
    for path in reports:
        shutil.copy(path, there / "reports" / f"x{path.name}")
    conditions = [
        Conditions(cwd=tmp_path, umask=0o022, env={"PYTHONHASHSEED": "1"}),
        Conditions(cwd=there, umask=0o077, env={"PYTHONHASHSEED": "2", "LC_ALL": "C", "TZ": "Asia/Tokyo"}),
    ]
    first = ["wheelhouse", *wheels, "--out", tmp_path / "one", *(f"--report={r}" for r in reports)]
    second = ["wheelhouse", *reversed(wheels), "--report", *sorted((there / "reports").iterdir(), reverse=True), "--out", "two"]
    second[1:4] = [there / w.name for w in reversed(wheels)]
    for arguments, where in zip((first, second), conditions, strict=True):
        done = helper(arguments, where)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tree(tmp_path / "one") == tree(there / "two")
    modes = [{p.name: p.stat().st_mode for p in sorted(h.rglob("*"))} for h in (tmp_path / "one", there / "two")]
    assert modes[0] == modes[1]
    make_wheel(here, "app", "1.0", {"app.py": "app = 3\n"}, metadata=APP[0])
    assert main(["wheelhouse", *map(str, wheels), "--out", str(tmp_path / "three")]) == 0
    changed = {name for name, data in tree(tmp_path / "three").items() if tree(tmp_path / "one").get(name) != data}
    assert changed == {"app-1.0-py3-none-any.whl", "requirements.txt", "sbom.cdx.json"}


def test_directories_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory stands for the wheels in it; `--json` says what is in the wheelhouse."""
    wheels, reports = inputs(tmp_path / "in")
    builder = "https://ci.example.org/workflows/wheels@v1"
    arguments = ["wheelhouse", str(tmp_path / "in"), "--report", *map(str, reports), "--out", str(tmp_path / "house")]
    assert main([*arguments, "--json", "--name", "mine", "--builder-id", builder]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)["wheels"]
    assert [(w["name"], w["built"]) for w in found] == [("app", True), ("lib-one", False), ("speed", True)]
    assert {w["filename"]: w["sha256"] for w in found} == {w.name: sha256(w.read_bytes()) for w in wheels}
    assert json.loads((tmp_path / "house" / "sbom.cdx.json").read_text())["metadata"]["component"]["name"] == "mine"
    for path in (tmp_path / "house" / "attestations").iterdir():
        assert read_statement(path.read_text())[1].run_details.builder.id == builder


@pytest.mark.parametrize(
    "name", ["missing wheel", "empty directory", "full output", "bad builder", "bad Python", "missing report", "two versions"]
)
def test_refused(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, one ERROR line that says what was expected, and nothing written."""
    wheel = make_wheel(tmp_path / "in", "foo", "1.0", {})
    newer = make_wheel(tmp_path / "in", "foo", "2.0", {})
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    full, out, none = str(tmp_path / "full"), str(tmp_path / "out"), str(tmp_path / "none")
    arguments, expected = {
        "missing wheel": ([none, "--out", out], f"{none}: no such file; expected a wheel, such as name-1.0-py3-none-any.whl"),
        "empty directory": (
            [str(tmp_path / "empty"), "--out", out],
            f"{tmp_path}/empty: has no wheel in it; expected a wheel, or a directory of wheels",
        ),
        "full output": ([str(wheel), "--out", full], f"{full}: is not an empty folder; expected a new one for the wheelhouse"),
        "bad builder": (
            [str(wheel), "--out", out, "--builder-id", "my laptop"],
            "the builder's id is 'my laptop'; expected a URI that names the builder",
        ),
        "bad Python": (
            [str(wheel), "--out", out, "--python-version", "python3.9"],
            "the Python version is 'python3.9'; expected one such as 3.9 or 3.9.2",
        ),
        "missing report": ([str(wheel), "--out", out, "--report", none], f"{none}: no such file; expected a report of a build"),
        "two versions": ([str(wheel), str(newer), "--out", out], "foo: two versions, 1.0 ("),
    }[name]
    before = tree(tmp_path)
    assert main(["wheelhouse", *arguments]) == 2
    captured = capsys.readouterr()
    errors = [line for line in captured.err.splitlines() if line.startswith("ERROR ")]
    assert (captured.out, len(errors)) == ("", 1)
    assert errors[0].removeprefix("ERROR ").startswith(expected)
    assert tree(tmp_path) == before
    assert not os.path.exists(out)


def test_damaged_wheel_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for `install`; the other wheel is not there either."""
    good, bad = make_wheel(tmp_path, "foo", "1.0", {}), tmp_path / "bar-1.0-py3-none-any.whl"
    bad.write_bytes(b"junk")
    assert main(["wheelhouse", str(good), str(bad), "--out", str(tmp_path / "out")]) == 3
    assert capsys.readouterr().err.startswith("ERROR bar-1.0-py3-none-any.whl: File is not a zip file\n")
    assert not (tmp_path / "out").exists()


def test_what_fails_while_it_is_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, say: no directory, and no temporary one."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reprowheel.wheelhouse.make.write_json", full)
    with pytest.raises(OSError, match="No space left"):
        make(tmp_path / "in", tmp_path / "house" / "inner")
    assert list((tmp_path / "house").iterdir()) == []


def test_no_wheels(tmp_path: Path) -> None:
    """An empty wheelhouse is a mistake."""
    with pytest.raises(UsageError, match="no wheel is given; expected at least one"):
        make_wheelhouse(WheelhouseRequest(wheels=[], reports=[], out=tmp_path / "out"))
