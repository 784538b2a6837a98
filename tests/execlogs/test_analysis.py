"""Every difference is traced to where it began, and nothing else is blamed."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from compression import zstd
from execlog.analysis import Analysis
from execlog.model import Store
from execlog.read import COMPACT, read_log
from support.execution_logs import BIN, FORMATS, Compact, Made, framed, tagged, wire_digest, write_log

O = BIN + "{}.o"  # noqa: E741 - an output


def made(name: str, *needs: str, source: str = "s", content: str = "", **more: Any) -> Made:
    """Return a spawn that makes `<name>.o` of the source `src/<name>` and the outputs of others, named `name=content`."""
    inputs = {f"src/{name}": source}
    for need in needs:
        other, _, text = need.partition("=")
        inputs[O.format(other)] = text or other
    return Made(f"//src:{name}", inputs, {O.format(name): content or name}, **more)


def analyse(tmp_path: Path, left: list[Made], right: list[Made], form: str = "json", other: str = "") -> Analysis:
    """Write two logs and compare them."""
    forms = form, other or form
    store = Store(expand=forms.count(COMPACT) == 1)
    a, b = (write_log(tmp_path / side, spawns, f) for side, spawns, f in zip("ab", (left, right), forms, strict=True))
    return Analysis(read_log(a, store), read_log(b, store), store)


def roots(found: Analysis) -> list[tuple[str, str, int, int]]:
    """Return kind, subject, spawns and spawns alone of each root cause, those that explain most first."""
    return [(r.kind, r.subject, r.spawns, r.alone) for r in (found.roots[n] for n in found.ordered())]


def causes(found: Analysis, name: str) -> set[str]:
    """Return the subjects of one spawn's root causes."""
    pair = next(p for p in range(found.count) if found.spawns(p)[1].label == f"//src:{name}")
    return {found.roots[n].subject for n in found.of(pair)}


CHAIN = [made("a"), made("b", "a"), made("c", "b"), made("other")]


@pytest.mark.parametrize("form", FORMATS)
def test_equal(tmp_path: Path, form: str) -> None:
    """Two builds that did the same, in another order and from a cache, are equal."""
    cached = [replace(s, runner="disk cache hit", cache_hit=True) for s in reversed(CHAIN)]
    found = analyse(tmp_path, CHAIN, cached, form)
    assert (found.equal, roots(found), found.count) == (True, [], 4)


@pytest.mark.parametrize("form", FORMATS)
def test_chain_from_a_source(tmp_path: Path, form: str) -> None:
    """An edited source explains all three of a chain; the spawn beside it is equal."""
    right = [made("a", source="S", content="A"), made("b", "a=A", content="B"), made("c", "b=B", content="C"), made("other")]
    found = analyse(tmp_path, CHAIN, right, form)
    assert roots(found) == [("source", "src/a", 3, 3)]
    assert (list(found.misses), list(found.differs)) == ([1, 1, 1, 0], [1, 1, 1, 0])
    last = next(p for p in range(4) if found.spawns(p)[1].label == "//src:c")
    assert [(path, found.spawns(pair)[1].label) for path, pair in found.chain(last, 0)] == [
        (O.format("b"), "//src:b"),
        (O.format("a"), "//src:a"),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_chain_from_chance(tmp_path: Path, form: str) -> None:
    """A spawn with equal inputs and another output is the culprit; it is no miss itself."""
    right = [made("a", content="A"), made("b", "a=A", content="B"), made("c", "b=B", content="C"), made("other")]
    found = analyse(tmp_path, CHAIN, right, form)
    assert roots(found) == [("nondeterministic", O.format("a"), 2, 2)]
    assert (list(found.misses), list(found.differs)) == ([0, 1, 1, 0], [1, 1, 1, 0])
    path, before, after = found.roots[0].details[0]
    # printf a | sha256sum; printf A | sha256sum
    assert (path, str(before)[:8], str(after)[:8]) == (O.format("a"), "ca978112", "559aead0")


def test_order_of_the_log_does_not_matter(tmp_path: Path) -> None:
    """A log that has what is made before what makes it gives the same root causes."""
    right = [made("a", content="A"), made("b", "a=A", content="B"), made("c", "b=B", content="C"), made("other")]
    found = analyse(tmp_path, CHAIN[::-1], right)
    assert roots(found) == [("nondeterministic", O.format("a"), 2, 2)]
    assert causes(found, "c") == {O.format("a")}


def test_change_that_ends(tmp_path: Path) -> None:
    """Where a spawn gives the same bytes for other inputs, nothing behind it differs."""
    found = analyse(tmp_path, CHAIN, [made("a", source="S", content="A"), made("b", "a=A"), *CHAIN[2:]])
    assert roots(found) == [("source", "src/a", 2, 2)]
    assert causes(found, "c") == set()


def test_diamond(tmp_path: Path) -> None:
    """Two ways from one cause to one spawn are one cause, counted once per spawn."""
    left = [made("top"), made("l", "top"), made("r", "top"), made("end", "l", "r")]
    right = [
        made("top", content="T"),
        made("l", "top=T", content="L"),
        made("r", "top=T", content="R"),
        made("end", "l=L", "r=R", content="E"),
    ]
    assert roots(analyse(tmp_path, left, right)) == [("nondeterministic", O.format("top"), 3, 3)]


def test_two_roots(tmp_path: Path) -> None:
    """A spawn behind two causes has both, and counts for neither alone."""
    left = [made("x"), made("y"), made("only", "x"), made("both", "x", "y"), made("end", "both")]
    right = [
        made("x", content="X"),
        made("y", source="S", content="Y"),
        made("only", "x=X", content="O"),
        made("both", "x=X", "y=Y", content="B"),
        made("end", "both=B", content="E"),
    ]
    found = analyse(tmp_path, left, right)
    assert roots(found) == [("nondeterministic", O.format("x"), 3, 1), ("source", "src/y", 3, 1)]
    assert causes(found, "end") == {O.format("x"), "src/y"}


def test_command_environment_platform(tmp_path: Path) -> None:
    """What differs in the spawn itself; the same change in several spawns is one cause, in no package if in several."""
    left = [made("a", args=["cc", "-O1", "a"]), Made("//other:b", {}, {"o": "b"}, args=["cc", "-O1", "b"]), made("c", "a")]
    right = [
        made("a", args=["cc", "-O2", "a"], content="A"),
        Made("//other:b", {}, {"o": "b"}, args=["cc", "-O2", "b"]),
        made("c", "a=A", env={"PATH": "/bin", "HOME": "/root"}, platform={"os": "x"}),
    ]
    found = analyse(tmp_path, left, right)
    assert {(r.kind, r.package, r.subject, r.left, r.right, r.spawns, r.here) for r in found.roots} == {
        ("argument", "", "", "-O1", "-O2", 3, 2),
        ("environment", "", "HOME", None, "/root", 1, 1),
        ("platform", "", "os", None, "x", 1, 1),
    }


def test_order_of_arguments(tmp_path: Path) -> None:
    """The same arguments in another order are another command line."""
    found = analyse(tmp_path, [made("a", args=["x", "1", "2"])], [made("a", args=["x", "2", "1"])])
    assert [(r.kind, r.left, r.right) for r in found.roots] == [("argument", "1 2", "2 1")]


def test_long_argument(tmp_path: Path) -> None:
    """Of two long scripts only what differs is shown."""
    script = "set -e; " + "echo 1; " * 20 + "cp {} out; " + "echo 2; " * 20
    args = [["sh", "-c", script.format(name)] for name in ("one", "two")]
    found = analyse(tmp_path, [made("a", args=args[0])], [made("a", args=args[1])])
    assert [(r.left, r.right) for r in found.roots] == [("… one …", "… two …")]


def test_inputs_that_come_and_go(tmp_path: Path) -> None:
    """A file that only one build has, and an output that only one build uses, are causes of their own."""
    left = [made("a"), made("b")]
    right = [made("a"), made("b", "a")]
    right[0].inputs["external/r/x.pyc"] = "c"
    found = analyse(tmp_path, left, right)
    assert [(r.kind, r.package, r.subject, r.left) for r in found.roots] == [
        ("source", "@@r", "external/r/x.pyc", None),
        ("input", "//", O.format("a"), None),
    ]


def test_directories(tmp_path: Path) -> None:
    """A file that appears in an output directory comes from the spawn that makes the directory."""

    def log(side: str) -> bytes:
        made_log = Compact()
        files = [("f", side), *([("g", "g")] if side == "b" else [])]
        folder = tagged(1, BIN + "tree") + b"".join(tagged(2, tagged(1, n) + tagged(2, wire_digest(c))) for n, c in files)
        number = made_log.add(4, folder)
        message = tagged(6, tagged(5, number)) + tagged(7, "//src:tree") + tagged(8, "Tree")
        made_log.data += framed(tagged(7, message))
        made_log.spawn(Made("//src:user", {}, {O.format("user"): "u"}), made_log.input_set([number]))
        return zstd.compress(bytes(made_log.data))

    store = Store()
    for side in "ab":
        (tmp_path / side).write_bytes(log(side))
    found = Analysis(read_log(f"{tmp_path}/a", store), read_log(f"{tmp_path}/b", store), store)
    assert roots(found) == [("nondeterministic", BIN + "tree", 1, 1)]


def test_symlinks(tmp_path: Path) -> None:
    """A symlink of Bazel's leads to the spawn or source behind it: by its entry, or by its bytes where logs have no entry."""
    link = BIN + "link"
    left = [made("a"), Made("//src:b", {link: "a"}, {O.format("b"): "b"})]
    right = [made("a", content="A"), Made("//src:b", {link: "A"}, {O.format("b"): "B"})]
    assert roots(analyse(tmp_path, left, right, "json")) == [("nondeterministic", O.format("a"), 1, 1)]
    store = Store()
    for side, spawns in (("a", left), ("b", right)):
        log = Compact()
        log.data += framed(tagged(8, tagged(1, O.format("a")) + tagged(2, link)))
        for spawn in spawns:
            log.spawn(spawn)
        (tmp_path / side).write_bytes(zstd.compress(bytes(log.data)))
    found = Analysis(read_log(f"{tmp_path}/a", store), read_log(f"{tmp_path}/b", store), store)
    assert roots(found) == [("nondeterministic", O.format("a"), 1, 1)]


def test_runfiles_by_their_bytes(tmp_path: Path) -> None:
    """In JSON logs a tool's runfiles lead to the source with the same bytes, or the same place if it is only in one."""
    tree = BIN + "tool.runfiles/"
    left = [Made("//x", {"lib/l.py": "1", tree + "_main/lib/l.py": "1"}, {"o": "1"}, tools=("lib/l.py",))]
    right = [Made("//x", {"lib/l.py": "2", tree + "_main/lib/l.py": "2"}, {"o": "2"}, tools=("lib/l.py",))]
    found = analyse(tmp_path, left, right)
    assert [(r.kind, r.subject, r.tool) for r in found.roots] == [("source", "lib/l.py", True)]
    right[0].inputs[tree + "r/new.py"] = right[0].inputs["external/r/new.py"] = "n"
    right[0].inputs |= {"lib/l.py": "1", tree + "_main/lib/l.py": "1"}
    found = analyse(tmp_path, left, right)
    assert [(r.kind, r.subject, r.tool) for r in found.roots] == [("source", "external/r/new.py", False)]


def test_written_by_bazel(tmp_path: Path) -> None:
    """A generated file that no spawn makes was written by Bazel, such as a parameter file; a copy of it is no cause."""
    params = BIN + "x-2.params"
    left, right = ([Made("//x", {params: text}, {"o": text}), Made("//y", {params: text}, {"p": text})] for text in "ab")
    assert roots(analyse(tmp_path, left, right)) == [("written", params, 2, 2)]


def test_spawns_in_one_log(tmp_path: Path) -> None:
    """They are listed; a file whose action only one log has cannot be followed any further, and that is said."""
    found = analyse(tmp_path, CHAIN, [made("b", "a=A", content="B"), made("new")])
    assert [found.left.spawns[n].label for n in found.pairing.only_left] == ["//src:a", "//src:c", "//src:other"]
    assert [found.right.spawns[n].label for n in found.pairing.only_right] == ["//src:new"]
    assert roots(found) == [("unlogged", O.format("a"), 1, 1)]
    assert not found.equal


def test_another_result(tmp_path: Path) -> None:
    """A spawn that fails in one build with equal inputs is no difference of inputs."""
    found = analyse(tmp_path, CHAIN[:1], [replace(CHAIN[0], exit_code=1, status="NON_ZERO_EXIT")])
    assert [(r.kind, r.left, r.right, r.spawns) for r in found.roots] == [
        ("result", "exit code 0", "exit code 1 NON_ZERO_EXIT", 0)
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_action_digest(tmp_path: Path, form: str) -> None:
    """Where all that a log has is equal, but not the caches' key, that is said; where one is unknown, nothing is."""
    left, right = ([replace(CHAIN[0], action=action)] for action in ("k", "l"))
    assert [r.kind for r in analyse(tmp_path, left, right, form).roots] == ["action"]
    assert analyse(tmp_path, left, CHAIN[:1], form).equal


def test_repeated_spawns(tmp_path: Path) -> None:
    """A test that was tried twice has two spawns with the same outputs; they are paired in their order."""
    tries = [made("t", mnemonic="TestRunner", exit_code=1, content="x"), made("t", mnemonic="TestRunner")]
    assert analyse(tmp_path, tries, tries).equal
    found = analyse(tmp_path, tries, tries[:1])
    assert (found.count, found.pairing.only_left) == (1, [1])


def test_renamed_configuration(tmp_path: Path) -> None:
    """A configuration with another hash in its name is one cause, and what else differs is still found."""

    def build(name: str, source: str, tool: str) -> list[Made]:
        folder = f"bazel-out/k8-opt-exec-{name}/bin/"
        return [
            Made("//t", {"t.c": source}, {folder + "t": tool}, args=["cc", "-o", folder + "t"]),
            Made("//u", {folder + "t": tool, "u": "u"}, {BIN + "u": tool}, args=[folder + "t"], tools=(folder + "t",)),
        ]

    found = analyse(tmp_path, build("ST-1", "s", "t"), build("ST-2", "s", "t"))
    assert found.pairing.renamed == {"k8-opt-exec-ST-1": "k8-opt-exec-ST-2"}
    assert [(r.kind, r.left, r.right, r.spawns, r.alone) for r in found.roots] == [
        ("configuration", "k8-opt-exec-ST-1", "k8-opt-exec-ST-2", 2, 2)
    ]
    found = analyse(tmp_path, build("ST-1", "s", "t"), build("ST-2", "S", "T"))
    assert {(r.kind, r.subject, r.spawns) for r in found.roots} == {("configuration", "bazel-out", 2), ("source", "t.c", 2)}


def test_a_cycle_ends(tmp_path: Path) -> None:
    """No build has one, but a file can say anything."""
    left = [made("a", "b"), made("b", "a")]
    right = [made("a", "b=B", content="A"), made("b", "a=A", content="B")]
    assert analyse(tmp_path, left, right).count == 2


@pytest.mark.parametrize(("form", "other"), [("compact", "json"), ("json", "binary"), ("binary", "compact")])
def test_two_formats(tmp_path: Path, form: str, other: str) -> None:
    """The formats of the two logs may differ."""
    assert analyse(tmp_path, CHAIN, CHAIN, form, other).equal
    right = [made("a", content="A"), *CHAIN[1:]]
    assert [r.kind for r in analyse(tmp_path, CHAIN, right, form, other).roots] == ["nondeterministic", "unlogged"][:1]


def test_random_graphs(tmp_path: Path) -> None:
    """For random graphs and changes, each spawn has those causes that a walk over the graph reaches."""
    for seed in range(60):
        chance = random.Random(seed)
        count = chance.randrange(2, 25)
        needs = [sorted(chance.sample(range(n), chance.randrange(min(n, 4) + 1))) for n in range(count)]
        edited = {n for n in range(count) if chance.random() < 0.1}
        unstable = {n for n in range(count) if chance.random() < 0.1}
        expected: list[set[str]] = []
        left, right = [], []
        for n in range(count):
            reached = set().union(*(expected[m] for m in needs[n])) | ({f"src/s{n}"} if n in edited else set())
            miss = bool(reached)
            if n in unstable and not miss:
                reached = {O.format(f"s{n}")}
            expected.append(reached)
            needed = [f"s{m}=s{m}" + ("B" if expected[m] else "") for m in needs[n]]
            left.append(made(f"s{n}", *(f"s{m}=s{m}" for m in needs[n]), content=f"s{n}"))
            content = f"s{n}" + ("B" if reached else "")
            right.append(made(f"s{n}", *needed, source="S" if n in edited else "s", content=content))
        chance.shuffle(right)
        found = analyse(tmp_path, left, right, chance.choice(list(FORMATS)))
        assert [causes(found, f"s{n}") for n in range(count)] == expected, seed
        for n, pair in ((n, p) for p in range(found.count) for n in found.of(p)):
            steps = found.chain(pair, n)
            assert found.own[steps[-1][1] if steps else pair] >> n & 1
