"""Shell scripts are filled in with what is given, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprowheel.compilers import template as module
from reprowheel.compilers.template import fill_in

TEMPLATE = """\
#!/bin/sh
# What it is for.

echo "$@" @word@@word@ a@b
#if outer
echo outer
    #if inner
    echo inner # as it stands
    #end
#end
#if other
echo @missing@
#end
echo '#if'
"""


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of one."""
    monkeypatch.setattr(module, "_SHELL", tmp_path)
    (tmp_path / "some.sh").write_text(TEMPLATE, encoding="utf-8")
    return "some.sh"


@pytest.mark.parametrize(
    ("sections", "kept"),
    [
        ((), ""),
        (("inner",), ""),
        (("outer",), "echo outer\n"),
        (("outer", "inner"), "echo outer\n    echo inner # as it stands\n"),
    ],
)
def test_words_and_sections(template: str, sections: tuple[str, ...], kept: str) -> None:
    """Words are put in once, so what they hold is never one; a section in another one needs both; comments go."""
    text = fill_in(template, {"word": "'@word@'"}, sections)
    assert text == f"#!/bin/sh\necho \"$@\" '@word@''@word@' a@b\n{kept}echo '#if'\n"


def test_missing_word(template: str) -> None:
    """What nobody gives is an error, not an empty word."""
    with pytest.raises(KeyError, match="missing"):
        fill_in(template, {"word": ""}, ("other",))


def test_every_script_is_whole() -> None:
    """Sections are closed in all scripts of the helper."""
    scripts = sorted(module._SHELL.glob("*.sh"))
    assert scripts
    for path in scripts:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        assert lines.count("#end") == sum(line.startswith("#if ") for line in lines), path
