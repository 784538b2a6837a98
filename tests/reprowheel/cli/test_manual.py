"""The manual page and the completion in shells, both made from the parser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.builds import ROOT

from reprowheel.__main__ import main
from reprowheel.cli.command import make_parser

PAGE = ROOT / "docs" / "reprowheel.1"
COMPLETE = """\
source {script}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_reprowheel
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what an option prints that ends the program."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/reprowheel.1, which the package installs, is what the parser says; Python's version does not matter."""
    made = printed(capsys, "--print-man-page")
    assert made == PAGE.read_text(encoding="utf-8"), (
        "To fix: PYTHONPATH=python python3 -m reprowheel --print-man-page > docs/reprowheel.1"
    )


def test_page_is_roff() -> None:
    """Every request in it is one of man(7), and no line of text begins like one."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    requests = {line.split()[0] for line in lines if line.startswith((".", "'"))}
    assert requests == {'.\\"', ".B", ".I", ".PP", ".SH", ".SS", ".TH", ".TP"}
    assert all(line and line.isprintable() for line in lines)


def test_page_has_everything() -> None:
    """Every verb and every option is there to read, once fonts and escapes are taken away."""
    text = re.sub(r"\\f[BIRP]|\\&", "", PAGE.read_text(encoding="utf-8")).replace("\\-", "-")
    words = set(re.split(r"[\s,]+", text))
    parser = make_parser()
    for name, verb in parser.verbs().items():
        assert f"REPROWHEEL {name.upper()}" in text
        assert set(verb.options()) <= words
    assert {"--version", "130"} <= words


def complete(script: Path, *words: str) -> list[str]:
    """Return what bash completes the last word to."""
    code = COMPLETE.format(script=script, words=" ".join(f"'{word}'" for word in words))
    run = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=True, cwd=script.parent)
    return sorted(run.stdout.split())


def test_bash_completes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Verbs, options of a verb, and files: what bash itself answers when the script is loaded."""
    pytest.importorskip("shtab")
    script = tmp_path / "reprowheel.bash"
    script.write_text(printed(capsys, "--print-completion", "bash"), encoding="utf-8")
    assert complete(script, "reprowheel", "w") == ["wheelhouse"]
    assert complete(script, "reprowheel", "i") == ["inspect", "install"]
    assert complete(script, "reprowheel", "build", "--build-l") == ["--build-lock"]
    (tmp_path / "some.json").touch()
    assert complete(script, "reprowheel", "build", "--build-lock", "some") == ["some.json"]


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The scripts for other shells name every verb."""
    pytest.importorskip("shtab")
    text = printed(capsys, "--print-completion", shell)
    assert all(verb in text for verb in make_parser().verbs())


def test_completion_needs_shtab(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without shtab, and for a shell that it does not know, there is one line that says what to do."""
    pytest.importorskip("shtab")
    assert main(["--print-completion", "cmd.exe"]) == 2
    assert capsys.readouterr().err.startswith("ERROR --print-completion cmd.exe: there is no such shell; expected one of bash, ")
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    error, tip = capsys.readouterr().err.splitlines()
    assert error == "ERROR --print-completion: needs the Python package shtab, which is not installed"
    assert "pip install 'rules-reprowheel[completion]'" in tip


def test_nobody_else_needs_shtab() -> None:
    """No verb imports shtab: actions do not have it."""
    code = "import json, sys; from reprowheel.cli.command import make_parser; make_parser()"
    code += "; print(json.dumps('shtab' in sys.modules))"
    run = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "python")}
    )
    assert json.loads(run.stdout) is False
