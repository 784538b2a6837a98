"""The suite itself: its units, what processes share, and the table of the slowest tests."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import slowest
from support.fast_servers import loaded_classes
from support.parallel import APART, FIRST, TOGETHER, once, place_of, unit_of

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def test_files_that_share_a_machine_are_one_unit() -> None:
    """All files that ask for `first` or `kept`, and no others, are in a unit of their own; every file that is named is there."""
    units: dict[str, list[str]] = {r"\bfirst: tuple\[Machine, Run\]": [], r"\bkept: Workspace": []}
    for path in sorted((REPOSITORY / "tests/e2e").glob("test_*.py")):
        for fixture, files in units.items():
            if re.search(fixture, path.read_text(encoding="utf-8")):
                files.append(path.relative_to(REPOSITORY).as_posix())
    shared = [[name for name in sorted(TOGETHER) if TOGETHER[name] == unit] for unit in dict.fromkeys(TOGETHER.values())]
    assert list(units.values()) == shared
    named = [*TOGETHER, *APART, *(f"tests/e2e/test_{name}.py" for name in FIRST)]
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []


def test_order() -> None:
    """Long files come before short ones, files before single tests."""
    tests = [
        "tests/reproducibility/test_causes.py::test_ours[a]",
        "tests/reprowheel/test_build.py::test_a",
        "tests/e2e/test_git.py::test_a",
        f"tests/e2e/test_{FIRST[0]}.py::test_a",
    ]
    assert sorted(tests, key=place_of) == tests[::-1]
    assert unit_of(tests[0]) == tests[0]
    assert unit_of(tests[1]) == "tests/reprowheel/test_build.py"


def test_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of two that ask at the same time, one makes the folder, and both see it complete."""
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "half").touch()
        time.sleep(0.2)
        (folder / "half").rename(folder / "whole")

    def ask(_: int) -> list[str]:
        return [path.name for path in once(tmp_path_factory, "slow", make).iterdir()]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, range(2))) == [["whole"], ["whole"]]
    assert len(made) == 1


def test_what_could_not_be_made_is_made_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A failure goes to the test that asked; the next one gets a new folder."""

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        msg = "no luck"
        raise OSError(msg)

    with pytest.raises(OSError, match="no luck"):
        once(tmp_path_factory, "again", fail)
    made = once(tmp_path_factory, "again", lambda folder: (folder / "whole").touch())
    assert [path.name for path in made.iterdir()] == ["whole"]
    assert once(tmp_path_factory, "again", fail) == made


def test_classes_are_kept_for_one_bazel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the Debian root they are made once, and again for another Bazel; elsewhere, with an unknown Bazel, by each run."""
    kept, bazelw, log = tmp_path / "kept", tmp_path / "bazelw", tmp_path / "log"
    kept.mkdir()
    bazelw.write_text(
        f"#!/bin/sh\nset -eu\nfor word; do :; done\necho $word >>{log}\n"
        'for word; do case $word in *AOTCacheOutput=*) echo classes >"${word##*=}";; esac; done\n'
        f'case "$*" in *AOTMode=on*|*-Xshare:on*) test ! -e {tmp_path}/cannot_be_read;; esac\n',
        encoding="utf-8",
    )
    for program in ("bazel", "java"):
        (tmp_path / program).touch()
    for path in (bazelw, tmp_path / "bazel", tmp_path / "java"):
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("BAZELW_VIEW", "a-root:memory")

    def made() -> tuple[str, int]:
        option = loaded_classes(bazelw, kept, tmp_path)
        assert Path(option.removeprefix("-XX:AOTCache=")).read_text(encoding="utf-8") == "classes\n"
        return option, log.read_text(encoding="utf-8").count("//examples/hello")

    first = made()
    assert first[1] == 1
    assert made() == first
    (tmp_path / "bazel").write_text("another", encoding="utf-8")
    second = made()
    assert second[0] != first[0]
    assert second[1] == 2
    assert len(list(kept.iterdir())) == 1, "nobody needs those of the old Bazel"
    (tmp_path / "java").write_text("another", encoding="utf-8")
    (tmp_path / "cannot_be_read").touch()
    assert loaded_classes(bazelw, kept, tmp_path) == ""
    assert len(list(kept.iterdir())) == 1, "what no server can read is not kept"
    (tmp_path / "cannot_be_read").unlink()
    before = log.read_text(encoding="utf-8").count("//examples/hello")
    monkeypatch.delenv("BAZELW_VIEW")
    assert [made()[1], made()[1]] == [before + 1, before + 2]


def test_slowest_table() -> None:
    """Twenty rows, the slowest first, with names that pytest takes."""
    cases = "".join(f'<testcase classname="tests.e2e.test_a" name="test_b[{n}|x]" time="{n}"/>' for n in range(30))
    text = slowest.table(f'<testsuites><testsuite tests="30" time="100.4">{cases}</testsuite></testsuites>')
    lines = text.splitlines()
    assert lines[0] == "30 tests took 435 s in 100 s of time."
    assert lines[4] == "| 29.0 | `e2e/test_a.py::test_b[29\\|x]` |"
    assert len(lines) == 4 + slowest.ROWS
    assert lines[-1].startswith("| 10.0 |")
