"""Several locks in one command: `--and`, one file for several Pythons, and what hubs add to the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.local_index import clear_pip_configuration, make_wheel, toy_sdist, write_simple
from support.lock_bench import Bench

from reprowheel.errors import FetchError, LockError, UsageError
from reprowheel.lock.addresses import expand_variables
from reprowheel.lock.build_lock import BuildLock, LockedSdist, LockedWheel
from reprowheel.lock.join import join_locks


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench, with nothing of this machine's pip configuration."""
    clear_pip_configuration(monkeypatch)
    return Bench(tmp_path)


def _sdist(*requirements: str, filename: str = "a-1.tar.gz") -> LockedSdist:
    return LockedSdist(
        sha256="0" * 64,
        filename=filename,
        build_backend="toy",
        build_requirements=requirements,
        requires_dist=(),
        provides_extra=(),
        requires_python="",
        entry_points={},
    )


def _wheel(tag: str) -> LockedWheel:
    return LockedWheel(filename=f"tool-1-{tag}.whl", sha256="0" * 64)


def test_join_has_everything_once() -> None:
    """What is equal is one entry; cycles and constraints are those of all, and the order of the locks does not matter."""
    left = BuildLock(
        sdists={"b==1": _sdist("tool==1"), "a==1": _sdist("tool==1")},
        wheels={"tool==1": _wheel("py3-none-any")},
        cycles={"x": ("y",), "y": ("x",)},
    )
    right = BuildLock(sdists={"a==1": _sdist("tool==1")}, wheels=left.wheels, cycles={"x": ("z",)}, build_constraints=("t<9",))
    joined = join_locks([("l", left), ("r", right)], "b.json")
    assert joined.to_json() == join_locks([("r", right), ("l", left)], "b.json").to_json()
    assert list(joined.sdists) == ["a==1", "b==1"]
    assert dict(joined.cycles) == {"x": ("y", "z"), "y": ("x",)}
    assert joined.build_constraints == ("t<9",)


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (
            BuildLock(wheels={"tool==1": _wheel("cp311-cp311-any")}),
            BuildLock(wheels={"tool==1": _wheel("cp312-cp312-any")}),
            "b.json: wheel of tool==1: filename is tool-1-cp311-cp311-any.whl for l and tool-1-cp312-cp312-any.whl for r; ",
        ),
        (
            BuildLock(sdists={"a==1": _sdist("t==1")}),
            BuildLock(sdists={"a==1": _sdist("t==2")}),
            "b.json: a==1: build_requirements is ('t==1',) for l and ('t==2',) for r; one build lock has one",
        ),
        (
            BuildLock(sdists={"a==1": _sdist("tool==1"), "tool==1": _sdist()}),
            BuildLock(wheels={"tool==1": _wheel("cp312-cp312-any")}),
            "b.json: tool==1: is a build requirement that has no wheel for l, and tool-1-cp312-cp312-any.whl for the others",
        ),
    ],
)
def test_what_one_file_cannot_have(left: BuildLock, right: BuildLock, said: str) -> None:
    """One key with two contents is refused, with both, and with both ways out."""
    with pytest.raises(LockError) as caught:
        join_locks([("l", left), ("r", right)], "b.json")
    assert caught.value.message.startswith(said)
    assert "--portable" in caught.value.tip
    assert "build_requirements_lock" in caught.value.tip


def test_two_locks_in_one_command(bench: Bench) -> None:
    """Two locks get into one file or two; it is up to date afterwards, and if the second fails, no file is written."""
    toy_sdist(bench.files, "bar")
    one = bench.write(toy_sdist(bench.files, "foo"))
    two = one.with_name("two.txt")
    two.write_text(bench.write(bench.files / "bar-1.0.tar.gz").read_text(encoding="utf-8"), encoding="utf-8")
    bench.write(bench.files / "foo-1.0.tar.gz")
    files = [bench.out, bench.out.with_name("apart.json")]
    joint, apart = (["--and", str(two), "--index-url", (bench.root / "index").as_uri(), "--out", str(file)] for file in files)
    assert bench.run(one, *joint) == 0
    assert set(json.loads(bench.out.read_text(encoding="utf-8"))["sdists"]) == {"bar==1.0", "foo==1.0"}
    assert bench.run(one, "--check", *joint, "--check") == 0
    with pytest.raises(UsageError, match="is for several locks"):
        bench.run(one, "--check", "--offline", *joint, "--check", "--offline")

    assert bench.run(one, *apart) == 0
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [set(lock["sdists"]) for lock in found] == [{"foo==1.0"}, {"bar==1.0"}]

    before = [file.read_bytes() for file in files]
    one.write_text(bench.write(toy_sdist(bench.files, "foo", "2.0")).read_text(encoding="utf-8"), encoding="utf-8")
    two.write_text(f"bar==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(FetchError, match=r"two\.txt:1"):
        bench.run(one, *apart)
    assert [file.read_bytes() for file in files] == before


def test_what_is_never_built_is_not_locked(bench: Bench) -> None:
    """--only-binary leaves an sdist out; beside :all:, the names of --no-binary are locked."""
    sdists = [toy_sdist(bench.files, name) for name in ("foo", "bar")]
    both = bench.write(*sdists)
    assert set(bench.lock(both, "--only-binary", "FOO")["sdists"]) == {"bar==1.0"}
    assert set(bench.lock(both, "--only-binary", ":all:", "--no-binary", "foo")["sdists"]) == {"foo==1.0"}


def test_further_build_requirements(bench: Bench) -> None:
    """What an override adds is locked with all that it needs, for that sdist only."""
    make_wheel(bench.files, "more", "2.0")
    make_wheel(bench.files, "helper", "1.0", requires=["more"])
    both = bench.write(toy_sdist(bench.files, "foo"), toy_sdist(bench.files, "bar"))
    lock = bench.lock(both, "--build-requirement", "Foo=helper==1.0")
    assert lock["sdists"]["foo==1.0"]["build_requirements"] == ["helper==1.0", "more==2.0", "toy==1.0"]
    assert lock["sdists"]["bar==1.0"]["build_requirements"] == ["toy==1.0"]
    with pytest.raises(UsageError, match="--build-requirement foo: is no NAME=REQUIREMENT"):
        bench.run(both, "--build-requirement", "foo")


def test_interpreter_of_another_version(bench: Bench) -> None:
    """A hub's Python is compared with the interpreter that is locked for; nothing is written for another one."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    with pytest.raises(LockError, match=r"is Python 3\.[0-9.]+\S*; expected 3\.1, which the lock is for"):
        bench.run(requirements, "--python-version", "3.1")
    assert not bench.out.exists()
    version = ".".join(map(str, sys.version_info[:2]))
    assert bench.run(requirements, "--python-version", version) == 0


def test_indexes_of_a_hub(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses of the command line are used, with variables replaced; the archive may be on any of them."""
    sdist = toy_sdist(tmp_path, "foo")
    requirements = bench.write(sdist)
    write_simple(tmp_path / "other", [sdist])
    with pytest.raises(FetchError):
        bench.run(requirements)
    monkeypatch.setenv("WHERE", str(tmp_path))
    options = ["--extra-index-url", "file://${WHERE}/other", "--envsubst", "WHERE"]
    assert set(bench.lock(requirements, *options)["sdists"]) == {"foo==1.0"}
    monkeypatch.delenv("WHERE")
    with pytest.raises(UsageError, match="the variable WHERE is not set"):
        bench.run(requirements, *options)


def test_variables_in_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the named variables are replaced, the longest name first; a default stands for what is not set or empty."""
    monkeypatch.setenv("A", "1")
    monkeypatch.setenv("AB", "2")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("NONE", raising=False)
    names = ["A", "AB", "EMPTY", "NONE"]
    for text, expected in [
        ("$A/$AB/${A}b/$C", "1/2/1b/$C"),
        ("${NONE:-x}${EMPTY:-y}${EMPTY}", "xy"),
        ("plain", "plain"),
    ]:
        assert expand_variables(text, names) == expected
    assert expand_variables("$A", []) == "$A"
