"""Locks without wheels: the whole chain as sdists, seeds where it goes in circles, and what cannot be had as an sdist."""

from __future__ import annotations

import itertools
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.local_index import clear_pip_configuration, make_wheel, sha256, toy_sdist
from support.lock_bench import Bench

from reprowheel.errors import FetchError, LockError
from reprowheel.lock.build_lock import read_build_lock
from reprowheel.lock.from_source import build_order, choose_seeds

FROM_SOURCE = "--from-source"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose back end `toy` is an sdist, too, with itself as its back end; nothing of this machine's pip."""
    clear_pip_configuration(monkeypatch)
    bench = Bench(tmp_path)
    in_tree_back_end(bench)
    return bench


def in_tree_back_end(bench: Bench, version: str = "1.0") -> Path:
    """Write the sdist of `toy`: it needs nothing to be built."""
    with zipfile.ZipFile(bench.files / "toy-1.0-py3-none-any.whl") as archive:
        text = archive.read("toy.py").decode()
    return toy_sdist(bench.files, "toy", version, requires=[], more='backend-path = ["."]', files={"toy.py": text}, module=text)


def both(bench: Bench, name: str, version: str = "1.0", **answers: Any) -> Path:
    """Write sdist and wheel of a project; return the sdist."""
    files = {f"{name}.py": answers.get("module", "")}
    make_wheel(bench.files, name, version, files=files, requires=answers.get("requires_dist", ()))
    return toy_sdist(bench.files, name, version, **answers)


def needs(content: dict[str, Any]) -> dict[str, list[str]]:
    """Return sdist → build requirements of a lock."""
    return {key: entry["build_requirements"] for key, entry in content["sdists"].items()}


def test_a_chain_back_to_what_needs_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Static, dynamic and run-time requirements of build requirements are sdists, down to the back end in its own sdist."""
    both(bench, "deep")
    both(bench, "helper", requires_dist=["deep>=1"], asks=["tool"])
    tool = both(bench, "tool")
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"]))
    content = bench.lock(requirements, FROM_SOURCE)
    assert content["wheels"] == {}
    assert needs(content) == {
        "deep==1.0": ["toy==1.0"],
        "foo==1.0": ["deep==1.0", "helper==1.0", "toy==1.0"],
        "helper==1.0": ["tool==1.0", "toy==1.0"],
        "tool==1.0": ["toy==1.0"],
        "toy==1.0": [],
    }
    assert content["sdists"]["tool==1.0"]["sha256"] == sha256(tool)
    messages = capsys.readouterr().err
    assert "from source, in this order: toy==1.0 deep==1.0 tool==1.0 helper==1.0 foo==1.0; 0 seeds\n" in messages
    assert "helper==1.0, a build requirement of foo==1.0: locking it from source (1 more)\n" in messages
    assert "building" not in messages
    assert bench.run(requirements, FROM_SOURCE, "--check") == 0
    assert bench.lock(requirements, FROM_SOURCE) == content


def test_wheels_are_locked_as_sdists_too(bench: Bench) -> None:
    """A locked distribution with a wheel that fits is built all the same; a lock without its sdist is an error."""
    sdist = both(bench, "foo")
    wheel = bench.files / "foo-1.0-py3-none-any.whl"
    assert set(bench.lock(bench.write(sdist, wheel), FROM_SOURCE)["sdists"]) == {"foo==1.0", "toy==1.0"}
    requirements = bench.write(wheel)
    bench.out.unlink()
    with pytest.raises(LockError, match=r":1: foo==1\.0: is to be built from source, but no sdist of it is locked"):
        bench.run(requirements, FROM_SOURCE)
    requirements.write_text(f"foo @ {wheel.as_uri()} --hash=sha256:{sha256(wheel)}\n", encoding="utf-8")
    with pytest.raises(LockError, match=r"foo.*: is to be built from source, and the lock names a wheel"):
        bench.run(requirements, FROM_SOURCE)
    requirements = bench.write(sdist)
    requirements.write_text(f"--only-binary foo\n{requirements.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(LockError, match=r":2: foo==1\.0: --only-binary in .* forbids to build it from source"):
        bench.run(requirements, FROM_SOURCE)
    assert not bench.out.exists()


def test_a_cycle_begins_with_one_seed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Two that need each other: the one that sorts first is a wheel, marked as seed, and its sdist is not built."""
    both(bench, "beta", asks=["gamma"])
    both(bench, "gamma", asks=["beta"])
    requirements = bench.write(toy_sdist(bench.files, "foo", asks=["gamma"]))
    content = bench.lock(requirements, FROM_SOURCE)
    wheel = bench.files / "beta-1.0-py3-none-any.whl"
    assert content["wheels"] == {"beta==1.0": {"filename": wheel.name, "sha256": sha256(wheel), "seed": True}}
    assert needs(content) == {
        "foo==1.0": ["gamma==1.0", "toy==1.0"],
        "gamma==1.0": ["beta==1.0", "toy==1.0"],
        "toy==1.0": [],
    }
    assert "seed: beta==1.0 is taken as a wheel, since beta==1.0 → gamma==1.0 → beta==1.0\n" in capsys.readouterr().err
    assert read_build_lock(bench.out).wheels["beta==1.0"].seed is True
    assert bench.run(requirements, FROM_SOURCE, "--check") == 0


def test_what_needs_itself_is_a_seed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A back end that asks for its own distribution, as one does that looks for its program, begins with its wheel."""
    both(bench, "maker", asks=["maker"])
    content = bench.lock(bench.write(toy_sdist(bench.files, "foo", requires=["toy", "maker"])), FROM_SOURCE)
    assert set(content["wheels"]) == {"maker==1.0"}
    assert set(content["sdists"]) == {"foo==1.0", "toy==1.0"}
    assert "since maker==1.0 → maker==1.0\n" in capsys.readouterr().err


def test_a_seed_that_is_built_for_its_own_sake(bench: Bench) -> None:
    """In the lock itself a member of a cycle is built, with the wheel that begins the cycle: both are recorded."""
    beta = both(bench, "beta", asks=["gamma"])
    both(bench, "gamma", asks=["beta"])
    content = bench.lock(bench.write(beta), FROM_SOURCE)
    assert set(content["wheels"]) == {"beta==1.0"}
    assert needs(content)["beta==1.0"] == ["gamma==1.0", "toy==1.0"]
    assert needs(content)["gamma==1.0"] == ["beta==1.0", "toy==1.0"]


def test_a_cycle_that_no_wheel_begins(bench: Bench) -> None:
    """Without a wheel of either, the circle is named and nothing is written."""
    toy_sdist(bench.files, "beta", asks=["gamma"])
    toy_sdist(bench.files, "gamma", asks=["beta"])
    with pytest.raises(LockError, match=r"beta==1\.0 → gamma==1\.0 → beta==1\.0"):
        bench.run(bench.write(toy_sdist(bench.files, "foo", asks=["beta"])), FROM_SOURCE)
    assert not bench.out.exists()


def test_a_missing_sdist(bench: Bench) -> None:
    """A build requirement of which the index has wheels only is named, with who needs it; else its wheel is taken (control)."""
    make_wheel(bench.files, "helper", "2.0")
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper>=2"]))
    with pytest.raises(LockError) as caught:
        bench.run(requirements, FROM_SOURCE)
    assert caught.value.message == "foo==1.0: build requirement helper>=2: the index has no sdist of it that fits, only wheels"
    assert "without --from-source" in caught.value.tip
    assert not bench.out.exists()
    assert set(bench.lock(requirements)["wheels"]) == {"helper==2.0", "toy==1.0"}


def test_a_wheel_that_requires_less_than_its_sdist(bench: Bench) -> None:
    """What stood in for the sdist did not tell pip of a requirement: the lock would lack it, and is not written."""
    both(bench, "deep")
    make_wheel(bench.files, "helper", "1.0")
    elsewhere = "gone; sys_platform == 'nowhere'"
    toy_sdist(bench.files, "helper", requires_dist=["Deep>=1", elsewhere, "more; extra == 'x'"], provides_extra=["x"])
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"]))
    message = r"^foo==1\.0: build requirement helper==1\.0: its sdist requires Deep>=1, and its wheel .* does not say so$"
    with pytest.raises(LockError, match=message) as caught:
        bench.run(requirements, FROM_SOURCE)
    assert "--upgrade" in caught.value.tip
    assert not bench.out.exists()
    bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper", "deep"]))
    assert "deep==1.0" in bench.lock(requirements, FROM_SOURCE)["sdists"]


def test_a_version_that_has_an_sdist_is_taken(bench: Bench) -> None:
    """The newest version has wheels only: the one before it, of which there is an sdist, is locked."""
    make_wheel(bench.files, "helper", "2.0")
    both(bench, "helper", "1.5")
    content = bench.lock(bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"])), FROM_SOURCE)
    assert set(content["sdists"]) == {"foo==1.0", "helper==1.5", "toy==1.0"}


def test_what_has_no_wheel_is_built_once(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Two sdists ask with a tool of which no wheel exists: it is built for them, once in the run, and really is there."""
    toy_sdist(bench.files, "tool", module="value = 42\n")
    check = "import tool; assert tool.value == 42"
    sdists = [toy_sdist(bench.files, name, requires=["toy", "tool"], checks=[check]) for name in ("foo", "bar")]
    content = bench.lock(bench.write(*sdists), FROM_SOURCE)
    assert set(content["sdists"]) == {"bar==1.0", "foo==1.0", "tool==1.0", "toy==1.0"}
    assert content["wheels"] == {}
    assert capsys.readouterr().err.count("tool==1.0 has no wheel: building it") == 1


def test_pins_are_kept_and_taken_over(bench: Bench) -> None:
    """Pins hold from a run to the next, from a lock with wheels to one without and back, and are upgraded by name."""
    both(bench, "helper")
    requirements = bench.write(toy_sdist(bench.files, "foo", requires=["toy", "helper"]))
    bench.lock(requirements)
    both(bench, "helper", "2.0")
    assert "helper==1.0" in bench.lock(requirements, FROM_SOURCE)["sdists"]
    assert "helper==1.0" in bench.lock(requirements, FROM_SOURCE)["sdists"]
    upgraded = bench.lock(requirements, FROM_SOURCE, "--upgrade", "helper")
    assert set(upgraded["sdists"]) == {"foo==1.0", "helper==2.0", "toy==1.0"}
    both(bench, "helper", "3.0")
    back = bench.lock(requirements)
    assert (set(back["sdists"]), set(back["wheels"])) == ({"foo==1.0"}, {"helper==2.0", "toy==1.0"})


def test_the_locked_sdist_of_a_build_requirement_is_the_one(bench: Bench) -> None:
    """What the lock builds for its own sake builds others, too, whatever other archive of it the index has."""
    helper = both(bench, "helper")
    both(bench, "toolbox")
    foo = toy_sdist(bench.files, "foo", requires=["toy", "helper"])
    content = bench.lock(bench.write(foo, helper), FROM_SOURCE)
    assert content["sdists"]["helper==1.0"]["sha256"] == sha256(helper)
    assert set(content["sdists"]) == {"foo==1.0", "helper==1.0", "toy==1.0"}


def test_check_says_the_whole_command(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A stale lock is written again with the options of the check."""
    requirements = bench.write(toy_sdist(bench.files, "foo"))
    bench.lock(requirements)
    assert bench.run(requirements, FROM_SOURCE, "--check") == 1
    assert f"To fix: reprowheel lock {requirements} --out {bench.out} --from-source\n" in capsys.readouterr().err


def test_an_index_that_loses_the_sdist(bench: Bench) -> None:
    """The locked hash is on no index: file, line and hash are named."""
    sdist = toy_sdist(bench.files, "foo")
    requirements = bench.write(sdist)
    sdist.unlink()
    with pytest.raises(FetchError, match=r"requirements\.txt:1: foo==1\.0: the index lists no file"):
        bench.run(requirements, FROM_SOURCE)


def test_smallest_sets_by_trying_all() -> None:
    """On random graphs: no cycle is left, no smaller set would do, and of the smallest ours sorts first in each cycle."""
    source = random.Random(7)
    for _ in range(300):
        keys = [f"{letter}==1" for letter in "abcdef"]
        graph = {key: [other for other in keys if source.random() < 0.25] for key in keys}
        seeds = choose_seeds(graph, keys)
        assert not has_cycle(graph, seeds)
        smaller = [c for size in range(len(seeds)) for c in itertools.combinations(keys, size) if not has_cycle(graph, c)]
        assert not smaller, (graph, seeds)
        for seed, cycle in seeds.items():
            assert cycle[0] == cycle[-1] == seed
            assert all(later in graph[earlier] for earlier, later in itertools.pairwise(cycle))
        assert choose_seeds({key: graph[key][::-1] for key in reversed(keys)}, list(reversed(keys))) == seeds


def has_cycle(graph: dict[str, list[str]], removed: Any) -> bool:
    """Follow every way from every key."""

    def walk(key: str, way: tuple[str, ...]) -> bool:
        return key in way or any(walk(need, (*way, key)) for need in graph[key] if need not in removed)

    return any(walk(key, ()) for key in graph if key not in removed)


def test_only_what_has_a_wheel_is_a_seed() -> None:
    """Of a cycle the one with a wheel; of two cycles that share a member, that member; none where nothing goes in circles."""
    ring = {"a==1": ["b==1"], "b==1": ["c==1"], "c==1": ["a==1"]}
    assert choose_seeds(ring, ["c==1"]) == {"c==1": ("c==1", "a==1", "b==1", "c==1")}
    shared = {"a==1": ["m==1"], "m==1": ["a==1", "z==1"], "z==1": ["m==1"]}
    assert list(choose_seeds(shared, shared)) == ["m==1"]
    assert choose_seeds({"a==1": ["b==1"], "b==1": [], "c==1": ["a==1", "gone==1"]}, ["a==1"]) == {}
    with pytest.raises(LockError, match="none of them has a wheel that fits: a==1 → b==1 → c==1 → a==1"):
        choose_seeds(ring, [])
    with pytest.raises(LockError, match="none of them has a wheel that fits: a==1 → a==1"):
        choose_seeds({"a==1": ["a==1", "b==1"], "b==1": ["a==1"]}, ["b==1"])


def test_a_large_tangle_ends() -> None:
    """Where trying all sets would take for ever, cycles are still broken, and always in the same way."""
    keys = [f"p{number:02}==1" for number in range(18)]
    graph = {key: [other for other in keys if other != key] for key in keys}
    seeds = choose_seeds(graph, keys)
    assert not has_cycle(graph, seeds)
    assert len(seeds) == len(keys) - 1
    assert choose_seeds(graph, keys) == seeds


def test_order() -> None:
    """Everything comes behind what it needs; names decide the rest."""
    assert build_order({"c": ["a"], "b": [], "a": [], "d": ["c", "b"]}) == ("a", "b", "c", "d")
    assert build_order({"a": ["z"], "z": [], "b": []}) == ("b", "z", "a")


def test_a_seed_that_is_none(tmp_path: Path) -> None:
    """The field is true or false."""
    lock = {"build_lock_version": 1, "wheels": {"a==1": {"filename": "a-1-py3-none-any.whl", "sha256": "a" * 64, "seed": "yes"}}}
    path = tmp_path / "lock.json"
    path.write_text(json.dumps(lock), encoding="utf-8")
    with pytest.raises(LockError, match=r"wheels\.a==1\.seed: expected true or false, found 'yes'"):
        read_build_lock(path)
