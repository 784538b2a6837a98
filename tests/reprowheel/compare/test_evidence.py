"""Causes are named only with evidence: measured against differences whose causes are known."""

from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.trees import trees

from reprowheel.compare import KnownValues, compare_paths

from .labelled import LABELLED

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
#include <stdio.h>
#include <time.h>
static const char *const names[] = {"Circular", "Angular", "Monday", "tmpfile", "2026"};
static double table[64];
int area(int n) {
    int s = 0;
    for (int i = 0; i < n; i++) { table[i % 64] += i * 1795394109.0; s += (int)table[i % 64]; }
    return s;
}
const char *name(unsigned n) { return names[n % 5]; }
int show(int n) { return printf("%s of %d at %ld\\n", name(n), area(n), (long)time(0)); }
"""


def _named(tmp_path: Path, left: bytes, right: bytes) -> tuple[set[str], list[str]]:
    """Return the causes that are named for two files, and those named without evidence."""
    found = trees(tmp_path, {"f": left}, {"f": right}).differences
    return {d.cause.name for d in found}, [
        d.cause.name for d in found if d.cause.name != "content" and not (d.evidence or d.note)
    ]


@pytest.mark.parametrize("name", LABELLED)
def test_labelled(name: str, tmp_path: Path) -> None:
    """The causes are those that made the difference, each with the text that shows it; none where nothing shows one."""
    causes, (left, right) = LABELLED[name]
    assert _named(tmp_path, left, right) == (causes, [])


def test_labelled_set() -> None:
    """The set is large enough, has every cause that words can tell, and as many traps as a third of it."""
    assert len(LABELLED) >= 60
    true = [causes for causes, _ in LABELLED.values()]
    assert sum(causes == {"content"} for causes in true) >= len(true) // 3
    assert set().union(*true) >= {"time", "path", "build-directory", "order", "random", "digest", "address", "version"}


@pytest.mark.parametrize("options", [("-O0", "-O2"), ("-O2", "-Os"), ("-O1", "-O3 -march=x86-64-v3")])
def test_optimization_is_no_time(options: tuple[str, str], tmp_path: Path) -> None:
    """Two programs of one source that were compiled otherwise have other instructions: nothing in them is named."""
    (tmp_path / "a.c").write_text(PROGRAM, encoding="utf-8")
    for side, flags in zip(("l.so", "r.so"), options, strict=True):
        command = ["gcc", "-shared", "-fPIC", *flags.split(), "-o", tmp_path / side, tmp_path / "a.c"]
        subprocess.run(command, check=True)
    found = compare_paths(tmp_path / "l.so", tmp_path / "r.so", KnownValues()).differences
    assert found
    assert {d.cause.name for d in found} == {"content"}


def test_stored_otherwise(tmp_path: Path) -> None:
    """What differs in how an archive stores a member is not called compression unless the method differs."""
    for side, system in (("l.zip", 0), ("r.zip", 3)):
        with zipfile.ZipFile(tmp_path / side, "w") as archive:
            info = zipfile.ZipInfo("a.txt", (2026, 1, 1, 0, 0, 0))
            info.create_system = system
            archive.writestr(info, "a")
    found = compare_paths(tmp_path / "l.zip", tmp_path / "r.zip", KnownValues()).differences
    assert {d.cause.name for d in found} == {"content"}
