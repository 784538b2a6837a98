"""Manners of the command line: help, version, what was meant, examples that are right, defaults."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT, make_wheel

from reprowheel.__main__ import main
from reprowheel.cli.command import VERBS, make_parser
from reprowheel.cli.parser import Parser

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def said(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    """Return what is printed for arguments that ask for a text, which ends with exit code 0 and says nothing else."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out, err = capsys.readouterr()
    assert (caught.value.code, err) == (0, "")
    return out


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(capsys: pytest.CaptureFixture[str], option: str) -> None:
    """The version is that of the module; pyproject.toml has none of its own."""
    module = re.search(r'(?m)^module\([^)]*version = "([^"]+)"', (ROOT / "MODULE.bazel").read_text(encoding="utf-8"))
    assert module
    assert said(capsys, [option]) == f"reprowheel {module[1]}\n"
    assert PROJECT["dynamic"] == ["version"]


def test_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """Without arguments there is the help, with every verb."""
    assert said(capsys, []) == said(capsys, ["--help"])
    with pytest.raises(SystemExit):
        main([])
    shown = capsys.readouterr().out
    assert all(re.search(rf"(?m)^    {verb} ", shown) for verb in VERBS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["biuld"], "reprowheel: there is no verb 'biuld'; did you mean build?"),
        (["frobnicate", "--x"], "reprowheel: there is no verb 'frobnicate'"),
        (["--verison"], "reprowheel: there is no option --verison; did you mean --version?"),
        (["--"], "reprowheel: no verb is given"),
        (["build"], "reprowheel build: the following arguments are required: SDIST"),
        (["build", "--ouy", "dist"], "reprowheel build: there is no option --ouy; did you mean --out?"),
        (["build", "x", "--build_lock=x"], "reprowheel build: there is no option --build_lock; did you mean --build-lock?"),
        (["build", "x.tar.gz", "-out", "x"], "reprowheel build: there is no option -out; did you mean --out?"),
        (["build", "x.tar.gz", "--zzz"], "reprowheel build: there is no option --zzz"),
        (["build", "x.tar.gz", "y.tar.gz"], "reprowheel build: the argument 'y.tar.gz' is one too many"),
        (["build", "--out"], "reprowheel build: argument --out: expected one argument"),
        (["build", "x.zip", "--jobs", "3x"], f"reprowheel build: argument --jobs: '3x' is no whole number from 0 to {1 << 40}"),
        (["build", "x", "-q", "-v"], "reprowheel build: argument -v/--verbose: not allowed with argument -q/--quiet"),
        (["lock", "r.txt", "--ofline"], "reprowheel lock: there is no option --ofline; did you mean --offline?"),
        (["verify", "--Html", "x"], "reprowheel verify: there is no option --Html; did you mean --html?"),
    ],
)
def test_wrong_use(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """Exit code 2; one line says what is wrong and what may be meant, another where help is; nothing on standard output."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    error, tip = err.splitlines()
    assert error == f"ERROR {message}"
    helped = re.fullmatch(r"TIP   (reprowheel .*--help) has .*", tip)
    assert helped
    assert said(capsys, shlex.split(helped[1])[1:]).startswith("usage: reprowheel")


def test_wrong_use_in_a_file_of_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown option in a file of arguments is named as well, and so is the file that does not exist."""
    (tmp_path / "arguments").write_text("x.tar.gz\n--ouy=dist\n", encoding="utf-8")
    assert main(["build", f"@{tmp_path}/arguments"]) == 2
    assert "there is no option --ouy; did you mean --out?" in capsys.readouterr().err
    assert main(["build", f"@{tmp_path}/none"]) == 2
    assert f"No such file or directory: '{tmp_path}/none'" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_has_groups_and_examples(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Each help fits together: it ends in examples, and every option stands in it once as an entry."""
    parser = make_parser()
    one = parser.verbs()[verb] if verb else parser
    shown = said(capsys, [*([verb] if verb else []), "--help"])
    assert "\nExamples:\n" in shown
    for option in one.options():
        assert len(re.findall(rf"(?m)^  (?:\S.*, )?{option}(?:[, ]|$)", shown)) == 1, option
    if verb in {"build", "lock", "verify"}:
        titles = [title for title, actions in one.groups() if actions]
        assert len(titles) >= 7
        assert all(f"\n{title}:\n" in shown for title in titles)


def examples() -> list[str]:
    """Return the commands of all examples."""
    parser = make_parser()
    return [command for one in (parser, *parser.verbs().values()) for command, _ in one.examples]


@pytest.mark.parametrize("command", examples())
def test_examples_are_right(command: str) -> None:
    """What an example names is parsed as it stands there."""
    program, verb, *rest = shlex.split(command)
    assert program == "reprowheel"
    assert make_parser([verb]).parse_args([verb, *rest]).verb == verb


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Those examples that need no index and no project are run, in a folder with files of these names."""
    monkeypatch.chdir(tmp_path)
    for folder, text in (("first", "x = 1"), ("second", "x = 2")):
        make_wheel(tmp_path / folder, "tiny", "1.0", {"tiny/__init__.py": text})
    make_wheel(tmp_path, "tiny", "1.0", {"tiny/__init__.py": "", "tiny/tests/t.py": ""})
    make_wheel(tmp_path / "downloads", "psutil", "7.2.2", {"psutil.py": ""}, tag="cp314-cp314-linux_x86_64")
    (tmp_path / "mylib").mkdir()
    (tmp_path / "mylib" / "setup.py").touch()
    wanted = {"compare": 1, "install": 0, "normalize": 0, "archive ./mylib": 0}
    ran = []
    for command in examples():
        expected = next((code for start, code in wanted.items() if command.startswith(f"reprowheel {start}")), None)
        if expected is None or "install dist" in command or "libfoo" in command:
            continue
        assert main(shlex.split(command)[1:]) == expected, capsys.readouterr().err
        ran.append(command)
    assert len(ran) == 5
    assert "psutil-7.2.2-cp314-cp314-linux_x86_64.whl" in {path.name for path in (tmp_path / "dist").iterdir()}
    assert not (tmp_path / "tree" / "site-packages" / "tiny" / "tests").exists()
    assert [path.name for path in (tmp_path / "sdists").iterdir()] == ["mylib-1.2.tar.gz"]


def test_results_go_to_dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What makes archives puts them into dist/, a wheelhouse has that name; a file of dist/ does not overwrite itself."""
    folders = {"build": "dist", "archive": "dist", "normalize": "dist", "wheelhouse": "wheelhouse"}
    for verb, folder in folders.items():
        more = ["--name=x"] if verb == "archive" else []
        assert str(make_parser([verb]).parse_args([verb, "x", *more]).out) == folder
    monkeypatch.chdir(tmp_path)
    wheel = make_wheel(tmp_path / "dist", "tiny", "1.0", {"tiny.py": ""})
    before = wheel.read_bytes()
    assert main(["normalize", "dist/tiny-1.0-py3-none-any.whl"]) == 2
    assert "Name another folder with --out." in capsys.readouterr().err
    assert wheel.read_bytes() == before


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, coloured: bool
) -> None:
    """Help and errors are coloured only where that is asked for, and the text is the same."""
    plain = said(capsys, ["compare", "--help"])
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shown = said(capsys, ["compare", "--help"])
    assert ESCAPE.sub("", shown) == plain
    assert ("\x1b[1mExamples:\x1b[0m" in shown) is coloured
    assert main(["biuld"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("\x1b[1;31mERROR\x1b[0m reprowheel: " if coloured else "ERROR reprowheel: ")


def test_parser_of_an_older_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours of argparse itself, which Python has since 3.14, are off: they would be shown as escapes."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in make_parser(["compare"]).format_help()
    assert isinstance(make_parser(["compare"]).verbs()["compare"], Parser)
