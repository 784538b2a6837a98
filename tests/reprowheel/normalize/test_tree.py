"""Whole trees: every kind of file is recognised by its content, and what is none of ours is not touched."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.elf_tools import compile_c, run

from reprowheel.normalize import normalize_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_reports_what_was_done_in_order(tmp_path: Path, shared_object: Path) -> None:
    """One report per file of interest, sorted by path; the rest is not mentioned and keeps its bytes and times."""
    tree = tmp_path / "tree"
    (tree / "pkg").mkdir(parents=True)
    shutil.copy(shared_object, tree / "pkg/z.so")
    shutil.copy(shared_object, tree / "pkg/data.bin")  # a name that says nothing
    run("ar", "qcU", tree / "a.a", compile_c(tmp_path, "x.o", "-c", shared=False))
    (tree / "pkg/__init__.py").write_text("x = 1\n")
    os.utime(tree / "pkg/__init__.py", (1, 1))
    (tree / "pkg/empty").touch()
    reports = normalize_tree(tree, debug_dir=tmp_path / "debug")
    assert [(r.path, r.kind, r.action) for r in reports] == [
        ("a.a", "ar", "zeroed"),
        ("pkg/data.bin", "elf", "stripped"),
        ("pkg/z.so", "elf", "stripped"),
    ]
    assert reports[1].debug == reports[2].debug
    assert (tree / "pkg/__init__.py").stat().st_mtime == 1
    assert len(list((tmp_path / "debug").rglob("*.debug"))) == 1


def test_modes_survive(tmp_path: Path, shared_object: Path) -> None:
    """A rewritten file keeps the owner's executable bit, and the rest of its mode is canonical."""
    for name, mode in (("a.so", 0o755), ("b.so", 0o640)):
        (tmp_path / "tree").mkdir(exist_ok=True)
        shutil.copy(shared_object, tmp_path / "tree" / name)
        (tmp_path / "tree" / name).chmod(mode)
    normalize_tree(tmp_path / "tree")
    assert [(tmp_path / "tree" / name).stat().st_mode & 0o777 for name in ("a.so", "b.so")] == [0o755, 0o644]


FOREIGN = {
    "mach-o 64": (b"\xcf\xfa\xed\xfe" + bytes(60), "mach-o"),
    "mach-o fat": (b"\xca\xfe\xba\xbe\x00\x00\x00\x02" + bytes(60), "mach-o"),
    "pe": (b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\0\0" + bytes(20), "pe"),
    "java class": (b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(60), None),
    "dos program": (b"MZ" + bytes(100), None),
    "short": (b"MZ", None),
    "text": (b"hello\n", None),
}


@pytest.mark.parametrize(("data", "kind"), list(FOREIGN.values()), ids=list(FOREIGN))
def test_other_systems_files_are_left_alone(tmp_path: Path, data: bytes, kind: str | None) -> None:
    """Mach-O and PE are recognised, reported and not touched; what merely looks like them is not mentioned."""
    (tmp_path / "x").write_bytes(data)
    reports = normalize_tree(tmp_path)
    assert [(r.kind, r.action) for r in reports] == ([(kind, "unchanged")] if kind else [])
    assert (tmp_path / "x").read_bytes() == data


def test_bytecode(tmp_path: Path) -> None:
    """Caches go, a module without source stays importable but loses its time, whatever the time was."""
    results = []
    for number, time in enumerate((1_500_000_000, 1_700_000_000)):
        tree = tmp_path / f"tree{number}"
        tree.mkdir()
        for name in ("kept", "lone"):
            (tree / f"{name}.py").write_text("answer = 42\n")
            os.utime(tree / f"{name}.py", (time, time))
            py_compile.compile(
                str(tree / f"{name}.py"),
                cfile=str(tree / f"{name}.pyc"),
                dfile=f"{name}.py",
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP,
            )
        (tree / "__pycache__").mkdir()
        shutil.copy(tree / "kept.pyc", importlib.util.cache_from_source(str(tree / "kept.py")))
        (tree / "lone.py").unlink()
        reports = {r.path: r.action for r in normalize_tree(tree)}
        assert reports.pop("lone.pyc") == "rewritten"
        assert set(reports.values()) == {"removed"}
        assert len(reports) == 2
        assert sorted(p.name for p in tree.rglob("*") if p.is_file()) == ["kept.py", "lone.pyc"]
        code = "import lone, sys; sys.exit(lone.answer != 42)"
        subprocess.run([sys.executable, "-B", "-c", code], cwd=tree, check=True, timeout=60)
        results.append((tree / "lone.pyc").read_bytes())
    assert results[0] == results[1]


@pytest.mark.parametrize("data", [b"", b"\0" * 16, b"\x03\xf3\r\n1234code"], ids=["empty", "zeros", "python2"])
def test_unknown_bytecode_is_kept(tmp_path: Path, data: bytes) -> None:
    """A `.pyc` with a header that we do not know stays as it is."""
    (tmp_path / "lone.pyc").write_bytes(data)
    assert [r.action for r in normalize_tree(tmp_path)] == ["unchanged"]
    assert (tmp_path / "lone.pyc").read_bytes() == data


def test_links_are_not_followed(tmp_path: Path, shared_object: Path) -> None:
    """A link out of the tree leads to no change there."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/link.so").symlink_to(shared_object)
    before = shared_object.read_bytes()
    assert normalize_tree(tmp_path / "tree") == ()
    assert shared_object.read_bytes() == before
