"""The search for guilty perturbations: right, with few builds, and bounded."""

from __future__ import annotations

import string

import pytest

from reprowheel.verify.search import Findings, find_guilty

NAMES = tuple(string.ascii_lowercase[:21])


def search(guilty: list[set[str]], *, suspects: str = "", limit: int = 99) -> tuple[Findings, list[tuple[str, ...]]]:
    """Search where a difference shows as soon as all of one of the `guilty` sets are applied."""
    asked: list[tuple[str, ...]] = []

    def differs(names: tuple[str, ...]) -> bool:
        asked.append(names)
        return any(group <= set(names) for group in guilty)

    return find_guilty(NAMES, differs, suspects=tuple(suspects), limit=limit), asked


@pytest.mark.parametrize("name", NAMES)
def test_finds_each(name: str) -> None:
    """One guilty perturbation among 21 takes at most ten builds; all others are cleared."""
    found, asked = search([{name}])
    assert found.guilty == [(name,)]
    assert found.innocent == [n for n in NAMES if n != name]
    assert found.unknown == []
    assert found.builds == len(asked) <= 10


def test_suspects_first() -> None:
    """A right suspicion takes two builds: the suspect, and all the others to clear them."""
    found, asked = search([{"q"}], suspects="q")
    assert found.guilty == [("q",)]
    assert asked == [("q",), tuple(n for n in NAMES if n != "q")]


def test_wrong_suspects() -> None:
    """A wrong suspicion costs one build and hides nothing."""
    found, asked = search([{"c"}], suspects="qr")
    assert found.guilty == [("c",)]
    assert asked[0] == ("q", "r")
    assert found.innocent == [n for n in NAMES if n != "c"]


def test_several_of_their_own() -> None:
    """Three that each make a difference alone are all found."""
    found, asked = search([{"a"}, {"m"}, {"u"}])
    assert sorted(found.guilty) == [("a",), ("m",), ("u",)]
    assert len(asked) <= 24


def test_two_that_act_together() -> None:
    """Two in different halves that only act together are found as a pair, not as culprits of their own."""
    found, _ = search([{"b", "t"}])
    assert found.guilty == [("b", "t")]
    assert set(found.innocent) | {"b", "t"} == set(NAMES)


def test_bounded() -> None:
    """When builds run out, what is not known is called unknown, and nobody is accused."""
    found, asked = search([{"c"}], limit=2)
    assert (found.guilty, found.builds, len(asked)) == ([], 2, 2)
    assert "c" in found.unknown
    assert set(found.unknown) | set(found.innocent) == set(NAMES)


def test_none_left() -> None:
    """Without any build all are unknown."""
    found, asked = search([{"c"}], limit=0)
    assert (asked, found.unknown) == ([], list(NAMES))


def test_never_asks_twice() -> None:
    """A build is never repeated."""
    _, asked = search([{"a", "k"}, {"s"}])
    assert len(asked) == len(set(asked))
