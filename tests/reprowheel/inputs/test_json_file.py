"""JSON files that users name: what is wrong, with line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprowheel.errors import LockError, UsageError
from reprowheel.inputs.json_file import misfit, read_object

if TYPE_CHECKING:
    from pathlib import Path

CASES: dict[str, tuple[bytes, str]] = {
    "syntax": (b'{\n "a": 1,,\n}', ":2:9: is no JSON (expecting property name enclosed in double quotes); expected a thing"),
    "empty": (b" \n", ": is empty; expected a thing"),
    "merge": (b'{\n"a": 1,\n<<<<<<< HEAD\n"b": 2}', ":3: has the marks of a merge with conflicts; expected a thing"),
    "not UTF-8": (b'{"\xff": 1}', ": is not UTF-8 text (byte 2); expected a thing"),
    "list": (b"[1]", ": is a list; expected a thing, which is a JSON object"),
    "number": (b"7", ": is a number; expected a thing, which is a JSON object"),
    "deep": (b"[" * 200_000, ": is nested too deeply; expected a thing"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_file(tmp_path: Path, case: str) -> None:
    """One line, which begins with file, line and column as editors read them."""
    content, expected = CASES[case]
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(LockError) as caught:
        read_object(path, "a thing", error=LockError, tip="do so")
    assert caught.value.message == f"{path}{expected}"
    assert caught.value.tip == "do so"


def test_no_file(tmp_path: Path) -> None:
    """A missing file, a link to nothing and a folder are told apart."""
    (tmp_path / "link.json").symlink_to("nowhere")
    for name, found in (("none", "no such file"), ("link.json", "a link to nothing"), ("", "is a folder")):
        with pytest.raises(UsageError) as caught:
            read_object(tmp_path / name, "a thing")
        assert caught.value.message == f"{tmp_path / name}: {found}; expected a thing"


def test_fields() -> None:
    """What Python says of a missing field, or of one of another type, is put in words."""
    assert misfit(KeyError("tools")) == "has no field 'tools'"
    assert misfit(TypeError("unhashable\ntype")) == "has a field of another type than expected: unhashable type"
