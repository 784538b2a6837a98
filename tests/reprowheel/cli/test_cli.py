"""The command line: exit codes, one line per error, machine output alone on standard output."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, Conditions, helper, make_sdist, make_wheel

from reprowheel.__main__ import main
from reprowheel.cli.command import VERBS
from reprowheel.files import file_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

SETUP = "from setuptools import setup\n{}\nsetup(name='tiny', version='1.0', py_modules=['tiny'])\n"


def sdist(directory: Path, code: str = "") -> Path:
    """Return a tiny sdist."""
    return make_sdist(directory, {"setup.py": SETUP.format(code), "tiny.py": "answer = 42\n"})


def lines(text: str) -> list[str]:
    """Return the lines that start with ERROR."""
    return [line for line in text.splitlines() if line.startswith("ERROR ")]


def test_every_verb_is_a_command_of_bazel() -> None:
    """`//tools` has a target for each verb."""
    text = (ROOT / "tools/BUILD.bazel").read_text(encoding="utf-8")
    listed = re.findall(r'"([\w-]+)"', text[text.index("VERBS = [") : text.index("\n]\n")])
    assert listed == sorted(VERBS)


def bad_inputs(directory: Path, *, dry: bool = False) -> dict[str, list[str]]:
    """Return arguments that are wrong, each for another reason; `dry` makes no files."""
    good = str(directory / "tiny-1.0.tar.gz")
    if not dry:
        sdist(directory)
        (directory / "junk.tar.gz").write_bytes(b"junk")
        (directory / "junk.json").write_text("[]", encoding="utf-8")
        (directory / "full").mkdir()
        (directory / "full" / "file").touch()
    junk, out = str(directory / "junk.json"), ["--out", str(directory / "out")]
    return {
        "missing sdist": ["build", str(directory / "none.tar.gz"), *out],
        "damaged sdist": ["build", str(directory / "junk.tar.gz"), *out],
        "other name": ["build", good, *out, "--name", "other"],
        "full output": ["build", good, "--out", str(directory / "full"), "--exclusive"],
        "bad toolchain": ["build", good, *out, "--cc-toolchain", junk],
        "bad fingerprint": ["build", good, *out, "--fingerprint", junk],
        "bad expectation": ["build", good, *out, "--expect", junk],
        "bad variable": ["build", good, *out, "--env", "NOVALUE"],
        "bad setting": ["build", good, *out, "--config-setting", "=x"],
        "bad work root": ["build", good, *out, "--work-root", str(directory / "none")],
        "two sources": ["build", good, *out, "--build-wheel", "x.whl", "--build-lock", junk],
        "bad lock": ["build", good, *out, "--build-lock", junk],
        "wheel that is none": ["build", good, *out, "--build-wheel", junk],
        "no wheel to install": ["install", str(directory / "none.whl"), *out],
        "two wheels to install": ["install", str(directory), *out],
    }


@pytest.mark.parametrize("name", sorted(bad_inputs(Path(), dry=True)))
def test_bad_input(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, one ERROR line, nothing on standard output, no output directory."""
    arguments = bad_inputs(tmp_path)[name]
    assert main([*arguments, *(["--quiet"] if arguments[0] == "build" else [])]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(lines(err)) == 1
    assert all(line.startswith(("ERROR ", "TIP   ")) for line in err.splitlines())
    assert not (tmp_path / "out").exists()


@pytest.fixture
def run(
    tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]
) -> Callable[..., tuple[int, str, str]]:
    """A function that runs `build` on an sdist with setuptools, and returns exit code, output and errors."""

    def build(archive: Path, *more: str | Path) -> tuple[int, str, str]:
        arguments = ["build", archive, "--out", tmp_path / "out", "--work-root", short_directory]
        done = helper([*arguments, "--build-wheel", build_wheel("setuptools"), *more], Conditions(cwd=tmp_path))
        return done.returncode, done.stdout, done.stderr

    return build


def test_build(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    """Exit 0, the digest and place of the wheel on standard error."""
    code, out, err = run(sdist(tmp_path))
    (wheel,) = (tmp_path / "out").iterdir()
    assert (code, out) == (0, "")
    assert err == f"{file_sha256(wheel)}  {wheel}\n"


def test_build_json(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    """The report, and nothing but it, on standard output; the same as the file's."""
    code, out, err = run(sdist(tmp_path), "--json", "--report", tmp_path / "report.json")
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert json.loads(out)["name"] == "tiny"


def test_build_failed(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    """Exit 3; with --json, too, standard output stays empty."""
    for more in ((), ("--json",)):
        code, out, err = run(sdist(tmp_path, "raise SystemExit('because')"), *more)
        assert (code, out) == (3, "")
        assert lines(err) == ["ERROR tiny==1.0: the build back end failed: because"]
        assert "\nTIP   " in err
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("reason", ["lock", "tool"])
def test_build_refused(tmp_path: Path, run: Callable[..., tuple[int, str, str]], reason: str) -> None:
    """Exit 4 for a stale lock and for a tool that is another than the build was keyed with."""
    path = tmp_path / "input.json"
    stale, other = {"requires_dist": ["six"]}, {"/bin/echo": [{"argv": ["now"], "stdout": "then"}]}
    path.write_text(json.dumps(stale if reason == "lock" else other), encoding="utf-8")
    code, out, err = run(sdist(tmp_path), "--expect" if reason == "lock" else "--fingerprint", path)
    assert (code, out) == (4, "")
    assert len(lines(err)) == 1
    assert ("six" if reason == "lock" else "recorded 'then', found 'now'") in err
    assert not (tmp_path / "out").exists()


def test_options_reach_the_build(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    """Epoch, variables and config settings arrive; a setting given twice is a list."""
    backend = (
        "import json, os\nfrom setuptools.build_meta import *\nfrom setuptools import build_meta\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        "    facts = [os.environ['SOURCE_DATE_EPOCH'], os.environ['X'], config_settings]\n"
        "    open('tiny.py', 'w').write('facts = ' + repr(facts))\n"
        "    return build_meta.build_wheel(directory, None, metadata_directory)\n"
    )
    pyproject = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "own"\nbackend-path = ["."]\n'
    archive = make_sdist(
        tmp_path, {"setup.py": SETUP.format(""), "tiny.py": "", "own.py": backend, "pyproject.toml": pyproject}
    )
    settings = ["--config-setting", "a=1", "--config-setting", "b=2=3", "--config-setting", "a=4"]
    code, _, err = run(archive, "--epoch", "1234567890", "--env", "X=a=b c", *settings)
    assert code == 0, err
    (wheel,) = (tmp_path / "out").iterdir()
    text = subprocess.run(
        [sys.executable, "-c", "import tiny, json; print(json.dumps(tiny.facts))"],
        env={"PYTHONPATH": str(wheel)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(text) == ["1234567890", "a=b c", {"a": ["1", "4"], "b": "2=3"}]


def test_parameter_file(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """Arguments from a file, one per line, with spaces in them, as Bazel writes them."""
    place = tmp_path / "with space"
    arguments = ["build", sdist(place), "--out", place / "out", "--work-root", short_directory, "--env", "X=two words"]
    (tmp_path / "params").write_text(
        "\n".join(map(str, [*arguments, "--build-wheel", build_wheel("setuptools")])) + "\n", encoding="utf-8"
    )
    done = helper([f"@{tmp_path}/params"])
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (place / "out").iterdir()] == ["tiny-1.0-py3-none-any.whl"]


def test_install(tmp_path: Path) -> None:
    """`install` takes a wheel, or a directory with exactly one."""
    wheel = make_wheel(tmp_path, "foo", "1.0", {"foo.py": "x = 1"})
    assert main(["install", str(wheel), "--out", str(tmp_path / "a")]) == 0
    (tmp_path / "one").mkdir()
    wheel.rename(tmp_path / "one" / wheel.name)
    assert main(["install", str(tmp_path / "one"), "--out", str(tmp_path / "b")]) == 0
    for tree in ("a", "b"):
        assert (tmp_path / tree / "site-packages" / "foo.py").read_text(encoding="utf-8") == "x = 1"


def test_signal_handlers_are_put_back(tmp_path: Path) -> None:
    """A program that calls `main` keeps its own handlers."""
    before = [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]
    assert main(["install", str(tmp_path / "none.whl"), "--out", str(tmp_path / "out")]) == 2
    assert [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)] == before


def test_exception_that_nobody_expects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 70 and one line that says where the traceback is, in a file for the caller's eyes only; with no room, it says so."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError(str(tmp_path) + "\nand more")

    monkeypatch.setattr("reprowheel.cli.install.install_wheel", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    arguments = ["install", str(make_wheel(tmp_path, "foo", "1.0", {})), "--out", str(tmp_path / "out")]
    assert main(arguments) == 70
    (saved,) = tmp_path.glob("*.traceback")
    place = r"cli/test_cli\.py:\d+"
    line = rf"ERROR unexpected ZeroDivisionError at {place}: (.*); its traceback is in (.*)\nTIP .*\n"
    said = re.fullmatch(line, capsys.readouterr().err)
    assert said
    assert said.groups() == (f"{tmp_path} and more", str(saved))
    assert "in broken" in saved.read_text(encoding="utf-8")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert main(arguments) == 70
    assert "could not be saved (No such file or directory)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "/a/b"), 2, "ERROR /a/b: Permission denied\n"),
        (OSError(28, "No space left on device"), 2, "ERROR No space left on device\n"),
        (BlockingIOError(11, "Resource temporarily unavailable"), 2, "ERROR Resource temporarily unavailable\n"),
    ],
)
def test_what_is_no_bug(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    """What the machine refuses is one line without a traceback."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("reprowheel.cli.install.install_wheel", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["install", str(make_wheel(tmp_path, "foo", "1.0", {})), "--out", str(tmp_path / "out")]) == code
    assert capsys.readouterr().err == said
    assert not list(tmp_path.glob("*.traceback"))
