"""The table of file formats: a line more is a format more, and each part of a line is used."""

from __future__ import annotations

import gzip
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import reprowheel
from reprowheel.normalize import FileReport, normalize_tree
from reprowheel.normalize.formats import FORMATS, kind_of, recognise
from reprowheel.normalize.model import Format, begins_with
from reprowheel.normalize.patching import UnknownShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprowheel.normalize.model import Task

TOY_MAGIC = b"TOY1"


def normalize_toy(task: Task) -> FileReport:
    """Set the four bytes behind the magic number, a time, to zero, once the format's own check has seen the result."""
    before = task.path.read_bytes()
    after = before[:4] + bytes(4) + before[8:]
    try:
        if task.verify is not None:
            task.verify(before, after)
    except ValueError as error:
        return FileReport(path=task.name, kind="toy", action="unchanged", reason=str(error))
    task.path.write_bytes(after)
    return FileReport(path=task.name, kind="toy", action="zeroed", reason="time")


def same_size(before: bytes, after: bytes) -> None:
    """Refuse files that are too short for a time."""
    if len(before) != len(after):
        msg = "too short"
        raise ValueError(msg)


TOY = Format(kind="toy", recognise=begins_with(TOY_MAGIC), normalize=normalize_toy, verify=same_size)


def test_a_line_more_is_a_format_more(tmp_path: Path) -> None:
    """A format that is added to the table is recognised, normalized, verified and reported; without it, nothing happens."""
    (tmp_path / "p").mkdir()
    for name, data in {"p/a.toy": TOY_MAGIC + b"time" + b"rest", "p/b": TOY_MAGIC + b"x", "p/c": b"text"}.items():
        (tmp_path / name).write_bytes(data)
    assert normalize_tree(tmp_path) == ()
    reports = normalize_tree(tmp_path, formats=(*FORMATS, TOY))
    assert [(r.path, r.kind, r.action, r.reason) for r in reports] == [
        ("p/a.toy", "toy", "zeroed", "time"),
        ("p/b", "toy", "unchanged", "too short"),
    ]
    assert (tmp_path / "p/a.toy").read_bytes() == TOY_MAGIC + bytes(4) + b"rest"
    assert (tmp_path / "p/b").read_bytes() == TOY_MAGIC + b"x"


def test_the_first_format_that_fits_counts(tmp_path: Path) -> None:
    """The order of the table decides."""
    (tmp_path / "a").write_bytes(TOY_MAGIC + b"time")
    other = replace(TOY, kind="other", normalize=lambda task: FileReport(path=task.name, kind="other", action="unchanged"))
    assert [r.kind for r in normalize_tree(tmp_path, formats=(other, TOY))] == ["other"]


def test_the_verifier_of_the_table_has_the_last_word(tmp_path: Path, shared_object: Path) -> None:
    """An ELF file stays as it was where the verifier in the table refuses the result."""

    def refuse(*_: Any) -> None:
        msg = "refused"
        raise UnknownShapeError(msg)

    (tmp_path / "tree").mkdir()
    target = Path(shutil.copy(shared_object, tmp_path / "tree/a.so"))
    (elf,) = (known for known in FORMATS if known.kind == "elf")
    (report,) = normalize_tree(tmp_path / "tree", formats=(replace(elf, verify=refuse),))
    assert (report.action, report.reason) == ("unchanged", "refused")
    assert target.read_bytes() == shared_object.read_bytes()
    (report,) = normalize_tree(tmp_path / "tree", formats=(elf,))
    assert report.action == "stripped"


def test_kinds_are_those_that_reports_may_name() -> None:
    """Each kind stands once in the table, and the report's documentation names it."""
    kinds = [known.kind for known in FORMATS]
    assert len(set(kinds)) == len(kinds)
    documented = Path(reprowheel.__file__).with_name("normalize") / "report.py"
    (text,) = re.findall(r'"""Format of the file: (.*?)\."""', documented.read_text(encoding="utf-8"), re.DOTALL)
    assert sorted(re.split(r",\s+(?:or )?|\s+or\s+", text)) == sorted(kinds)


MADE: dict[str, Callable[[Path], bytes]] = {
    "elf": lambda path: path.read_bytes(),
    "gzip": lambda path: gzip.compress(path.read_bytes()),
    "": lambda _: b"text",
}


@pytest.mark.parametrize("kind", MADE)
def test_kind_of_data(shared_object: Path, kind: str) -> None:
    """What is in memory is told by its bytes."""
    assert kind_of(MADE[kind](shared_object)) == kind


def test_names_count_where_there_are_some() -> None:
    """Bytecode has no magic number that lasts: it is told by its name, and not without one."""
    found = recognise(io.BytesIO(b"x"), "p/m.pyc")
    assert found is not None and found.kind == "pyc"
    assert recognise(io.BytesIO(b"x")) is None


def test_elf_is_told_in_one_place() -> None:
    """No second module of the helper knows ELF's magic number."""
    folder = Path(reprowheel.__file__).parent
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*.py") if r"\x7fELF" in path.read_text("utf-8")]
    assert found == ["normalize/elf/image.py"]
