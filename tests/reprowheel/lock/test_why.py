"""The verb `lock --why`: the ways to a build requirement, and nothing written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.local_index import clear_pip_configuration, make_wheel, toy_sdist
from support.lock_bench import Bench

from reprowheel.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Two sdists: one asks for `deep` over two others and an extra, one has a back end alone; a tool has no wheel."""
    clear_pip_configuration(monkeypatch)
    bench = Bench(tmp_path)
    make_wheel(bench.files, "helper", "3.0", requires=["middle[fast]>=1", 'never ; python_version < "3"'])
    make_wheel(bench.files, "middle", "1.0", requires=['Deep.Er~=1.0 ; extra == "fast"', 'deep-er==0 ; extra == "slow"'])
    make_wheel(bench.files, "other", "1.0", requires=["deep_er"])
    make_wheel(bench.files, "deep-er", "1.5")
    toy_sdist(bench.files, "tool")
    return bench


def sdists(bench: Bench) -> Path:
    """Write the sdists and the requirements file with them."""
    foo = toy_sdist(bench.files, "foo", requires=["toy", "helper>=2"], asks=["other"])
    bar = toy_sdist(bench.files, "bar", requires=["toy", "tool"])
    return bench.write(foo, bar)


FOO_WAYS = [
    "  requirements.txt:1: foo==1.0 → other → deep_er",
    "  requirements.txt:1: foo==1.0 → helper>=2 → middle[fast]>=1 → Deep.Er~=1.0",
]


@pytest.mark.parametrize("locked", [False, True])
def test_ways(bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> None:
    """One way to each that asks: static and asked by the back end, by an extra; what does not apply is not there."""
    requirements = sdists(bench)
    if locked:
        bench.lock(requirements)
    before = bench.out.read_bytes() if locked else None
    monkeypatch.chdir(bench.root)
    capsys.readouterr()
    assert bench.run(requirements.relative_to(bench.root), "--why", "Deep-ER") == 0
    head, *ways = capsys.readouterr().out.splitlines()
    assert head == "deep-er==1.5"
    assert sorted(ways) == sorted(FOO_WAYS)
    assert (bench.out.read_bytes() if bench.out.exists() else None) == before


def test_everybody(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What all need has a way from each sdist, also from a build requirement that is built itself; JSON has the same."""
    requirements = sdists(bench)
    assert bench.run(requirements, "--why", "toy", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["name"], answer["versions"]) == ("toy", ["1.0"])
    assert [(way[0].removeprefix(f"{requirements}:"), *way[1:]) for way in answer["ways"]] == [
        ("1: foo==1.0", "toy"),
        ("2: bar==1.0", "toy"),
        ("bar==1.0: build requirement tool==1.0", "toy"),
    ]


def test_only_what_may_need_it_is_asked(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """With a lock, sdists that have nothing to do with it are not fetched again; without one they are (control)."""
    requirements = sdists(bench)
    bench.lock(requirements)
    (bench.files / "foo-1.0.tar.gz").unlink()
    capsys.readouterr()
    assert bench.run(requirements, "--why", "tool") == 0
    assert capsys.readouterr().out.endswith(f"{requirements}:2: bar==1.0 → tool\n")
    bench.out.unlink()
    with pytest.raises(Exception, match=r"foo-1\.0\.tar\.gz"):
        bench.run(requirements, "--why", "tool")


def test_nobody(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and a line for what nobody needs; with --check it is wrong use."""
    requirements = sdists(bench)
    assert bench.run(requirements, "--why", "never") == 1
    assert capsys.readouterr().out == f"never: no sdist of {requirements} needs it to build\n"
    assert not bench.out.exists()
    with pytest.raises(UsageError, match="--why goes with neither"):
        bench.run(requirements, "--why", "toy", "--check")
