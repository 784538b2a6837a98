"""Distributions that need each other: found from wheels where the lock says nothing, and only there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.local_index import clear_pip_configuration, make_sdist, make_wheel, sha256, toy_sdist, write_simple
from support.lock_bench import Bench

from reprowheel.errors import FetchError, LockError
from reprowheel.fetch.index import Index
from reprowheel.lock.build_lock import BuildLock
from reprowheel.lock.choose import FileChooser
from reprowheel.lock.cycles import cycles_among, find_cycles
from reprowheel.lock.resolve import target_python
from reprowheel.requirements.read import read_requirements

RING = {"ring-one": ("ring-two[more]",), "ring-two": ("ring-one",)}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench, with nothing of this machine's pip configuration."""
    clear_pip_configuration(monkeypatch)
    return Bench(tmp_path)


def ring(folder: Path) -> list[Path]:
    """Make two wheels that need each other, and one that both need."""
    return [
        make_wheel(folder, "ring-one", "1.0", requires=["Ring.Two[more]>=1", "tail"]),
        make_wheel(folder, "ring-two", "1.0", requires=["ring-one; os_name == 'nt'", "tail; extra == 'more'"]),
        make_wheel(folder, "tail", "1.0"),
    ]


def read_cycles(requirements: Path, url: str, said: list[str]) -> dict[str, tuple[str, ...]]:
    """Find the cycles of a lock without building anything."""
    target = target_python(sys.executable)
    with Index(url) as index:
        chooser = FileChooser(target, index, kept={}, portable=False)
        read = read_requirements(requirements, target.markers)
        return find_cycles(read, BuildLock(), environment=target.markers, chooser=chooser, index=index, say=said.append)


@pytest.mark.parametrize(
    ("requires", "extras", "expected"),
    [
        ({"a": ["b>=1"], "b": ["c"], "c": ["a", "d"], "d": []}, {}, {"a": ("b",), "b": ("c",), "c": ("a",)}),
        ({"a": ["b"], "b": ["c"], "c": []}, {}, {}),
        ({"a": ["A", "B_b", "elsewhere"], "b-b": ["a; python_version < '3'", "a[x]"]}, {}, {"a": ("b-b",), "b-b": ("a[x]",)}),
        ({"a": ["b; extra == 'x'"], "b": ["a"]}, {}, {}),
        ({"a": ["b; extra == 'X_y' and os_name == 'nt'"], "b": ["a"]}, {"a": ["x-y"]}, {"a": ("b",), "b": ("a",)}),
        ({"a": ["b; (extra == 'x' or extra == 'y') and os_name != 'nt'"], "b": ["a"]}, {"a": ["y"]}, {"a": ("b",), "b": ("a",)}),
        ({"a": ["b; extra == 'x' or os_name == 'nt'"], "b": ["a"]}, {}, {"a": ("b",), "b": ("a",)}),
        ({"a": ["a[x]; extra == 'all'", "b; extra == 'x'"], "b": ["a"], "c": ["a[all]"]}, {}, {"a": ("b",), "b": ("a",)}),
        (
            {"a": ["b[y]; extra == 'x'"], "b": ["a[x]; extra == 'y'"], "asks": ["a[x]"]},
            {},
            {"a": ("b[y]",), "b": ("a[x]",)},
        ),
        ({"a": ["b[p]", "b[q,o]"], "b": ["a", "not a requirement ]["]}, {}, {"a": ("b[o,p,q]",), "b": ("a",)}),
        ({"a": ["b"], "b": ["a"], "c": ["d", "a"], "d": ["c"]}, {}, {"a": ("b",), "b": ("a",), "c": ("d",), "d": ("c",)}),
    ],
    ids=["three", "chain", "names", "unasked", "asked", "either", "or-none", "own-extra", "extras-only", "several", "two"],
)
def test_cycles_among(requires: dict[str, list[str]], extras: dict[str, list[str]], expected: dict[str, tuple[str, ...]]) -> None:
    """Members only, what they need of each other only; an edge of an extra counts where something asks for it."""
    assert cycles_among(requires, extras) == expected


def test_a_long_chain_and_a_long_ring_end() -> None:
    """No recursion: a ring of thousands is one cycle, in the order of names."""
    count = 3000
    chain = {f"p{n:04}": [f"p{n + 1:04}"] for n in range(count)}
    assert cycles_among(chain, {}) == {}
    found = cycles_among({**chain, f"p{count - 1:04}": ["p0000"]}, {})
    assert list(found) == sorted(chain)


def test_wheels_of_a_bare_lock(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """The build lock names them, in the same bytes each time, and says what it reads; without the cycle it does not grow."""
    requirements = bench.write(*ring(bench.files))
    lock = bench.lock(requirements)
    assert lock == {
        "build_lock_version": 1,
        "cycles": {name: list(needs) for name, needs in RING.items()},
        "sdists": {},
        "wheels": {},
    }
    said = capsys.readouterr().err
    assert "[2/3] ring-two==1.0: reading what it needs, to find cycles\n" in said
    assert said.endswith("written: 0 sdists, 0 wheels, 2 that need each other\n")
    first = bench.out.read_bytes()
    assert bench.run(requirements, "--check") == 0
    bench.lock(requirements)
    assert bench.out.read_bytes() == first
    other = make_wheel(bench.files, "ring-two", "2.0")
    assert "cycles" not in bench.lock(bench.write(bench.files / "ring_one-1.0-py3-none-any.whl", other))


def test_a_cycle_through_an_sdist(bench: Bench) -> None:
    """What is built needs a wheel that needs it; sdists alone need no such table, as theirs has it."""
    sdist = toy_sdist(bench.files, "built", requires_dist=["taken"])
    wheel = make_wheel(bench.files, "taken", "1.0", requires=["built"])
    lock = bench.lock(bench.write(sdist, wheel))
    assert set(lock["sdists"]) == {"built==1.0"}
    assert lock["cycles"] == {"built": ["taken"], "taken": ["built"]}
    both = [sdist, toy_sdist(bench.files, "taken", "2.0", requires_dist=["built"])]
    assert "cycles" not in bench.lock(bench.write(*both))


def test_locks_with_edges_are_not_looked_into(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments behind every line say who needs whom; with one line without, the wheels are read."""
    requirements = bench.write(*ring(bench.files))
    lines = requirements.read_text(encoding="utf-8").splitlines()
    annotated = f"{lines[0]}\n    # via ring-two\n{lines[1]}  # via ring-one\n{lines[2]}\n    # via\n    #   ring-one\n"
    requirements.write_text("# compiled\n--pre\n" + annotated, encoding="utf-8")
    assert "cycles" not in bench.lock(requirements)
    assert "reading what" not in capsys.readouterr().err
    requirements.write_text(annotated.replace("  # via ring-one", "  # viable"), encoding="utf-8")
    assert set(bench.lock(requirements)["cycles"]) == set(RING)


@pytest.mark.parametrize(
    ("name", "edges", "expected"),
    [("pylock.toml", False, set(RING)), ("pylock.toml", True, set()), ("uv.lock", True, set())],
)
def test_toml_locks(bench: Bench, name: str, edges: bool, expected: set[str]) -> None:
    """A uv.lock has edges, and so has a pylock.toml with `dependencies`, even if they are not these."""
    packages = 'version = 1\n[[package]]\nname = "app"\nsource = { virtual = "." }\ndependencies = [{ name = "ring-one" }]\n'
    text = packages if name == "uv.lock" else 'lock-version = "1.0"\n'
    for wheel in ring(bench.files):
        project, version = wheel.name.split("-")[:2]
        project = project.replace("_", "-")
        if name == "uv.lock":
            text += f'[[package]]\nname = "{project}"\nversion = "{version}"\n'
            text += 'source = { registry = "https://example.org/simple" }\n'
            text += f'wheels = [{{ url = "https://example.org/{wheel.name}", hash = "sha256:{sha256(wheel)}" }}]\n'
        else:
            text += f'[[packages]]\nname = "{project}"\nversion = "{version}"\n'
            text += "dependencies = []\n" if edges else ""
            text += f'wheels = [{{ url = "https://example.org/{wheel.name}", hashes = {{ sha256 = "{sha256(wheel)}" }} }}]\n'
    path = bench.root / name
    path.write_text(text, encoding="utf-8")
    assert set(bench.lock(path).get("cycles", {})) == expected


@pytest.mark.parametrize(("hashed", "expected"), [("right", {}), ("wrong", RING), ("none", RING)])
def test_metadata_that_the_index_offers(bench: Bench, hashed: str, expected: dict[str, tuple[str, ...]]) -> None:
    """It is taken instead of the wheel's where its page has its hash, and only if it has that hash."""
    wheels = ring(bench.files)
    requirements = bench.write(*wheels)
    url = write_simple(bench.root / "index", wheels)
    offered = Path(f"{wheels[0]}.metadata")
    offered.write_text("Metadata-Version: 2.1\nName: ring-one\nVersion: 1.0\nRequires-Dist: tail\n", encoding="utf-8")
    attribute = {"right": f"sha256={sha256(offered).upper()}", "wrong": f"sha256={'0' * 64}", "none": "true"}[hashed]
    page = bench.root / "index/ring-one/index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("<a ", f'<a data-core-metadata="{attribute}" '), encoding="utf-8")
    said: list[str] = []
    assert read_cycles(requirements, url, said) == expected
    assert len(said) == len(wheels)
    if hashed == "right":  # the wheel itself is not asked for
        wheels[0].unlink()
        assert read_cycles(requirements, url, said) == expected


def test_wheels_at_addresses_and_in_the_workspace(bench: Bench) -> None:
    """A wheel that a line names itself is read there."""
    one, two, _ = ring(bench.files)
    path = bench.root / "requirements.txt"
    path.write_text(f"ring-one @ {one.as_uri()} --hash=sha256:{sha256(one)}\n./files/{two.name}\n", encoding="utf-8")
    assert bench.lock(path)["cycles"] == {name: list(needs) for name, needs in RING.items()}


def test_what_cannot_be_read_is_an_error(bench: Bench) -> None:
    """Place, package, file and what is wrong; no build lock is written."""
    one, two, tail = ring(bench.files)
    requirements = bench.write(one, two, tail)
    url = write_simple(bench.root / "index", [one, two, tail])
    good = two.read_bytes()
    two.write_bytes(b"other")
    with pytest.raises(FetchError, match="has sha256 [0-9a-f]{64}, which is not locked") as caught:
        read_cycles(requirements, url, [])
    assert caught.value.message.startswith(f"{requirements}:2: ring-two==1.0: {two.as_uri()} has sha256")
    requirements = bench.write(one, two, tail)
    with pytest.raises(LockError, match=r"ring_two-1\.0-py3-none-any\.whl is no wheel with a METADATA") as refused:
        bench.run(requirements)
    assert refused.value.message.endswith(" that can be read (BadZipFile)")
    assert not bench.out.exists()
    two.write_bytes(good)
    path = bench.root / "requirements.txt"
    path.write_text("./files/gone-1.0-py3-none-any.whl\n", encoding="utf-8")
    with pytest.raises(FetchError, match=r"requirements\.txt:1: gone==1\.0: .*gone-1\.0-py3-none-any\.whl"):
        read_cycles(path, url, [])


def test_what_is_for_another_platform(bench: Bench) -> None:
    """A hub may be for several: their wheels count as well, and one that cannot be had is said and left aside."""
    one, two, tail = ring(bench.files)
    elsewhere = bench.write(one, two, tail)
    text = elsewhere.read_text(encoding="utf-8").replace("==1.0", "==1.0 ; sys_platform == 'win32'")
    elsewhere.write_text(text, encoding="utf-8")
    assert read_cycles(elsewhere, write_simple(bench.root / "index", [one, two, tail]), []) == RING
    said: list[str] = []
    assert read_cycles(elsewhere, write_simple(bench.root / "less", [one, tail]), said) == {}
    assert any("ring-two==1.0: the index lists no file" in line and line.endswith("left aside") for line in said)


def test_of_several_wheels_one_that_fits_speaks(bench: Bench) -> None:
    """Else any locked one does, and an sdist alone says nothing."""
    foreign = make_wheel(bench.files, "ring-one", "1.0", tag="cp27-cp27m-win32")
    one, two, tail = ring(bench.files)
    url = write_simple(bench.root / "index", [foreign, one, two, tail])
    assert read_cycles(bench.write(foreign, one, two, tail), url, []) == RING
    assert read_cycles(bench.write(foreign, two, tail), url, []) == {}
    sdist = make_sdist(bench.files, "ring-one", "1.0", {})
    url = write_simple(bench.root / "index", [sdist, two, tail])
    assert read_cycles(bench.write(sdist, two, tail), url, []) == {}
