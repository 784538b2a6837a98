"""Choices of a uv.lock: what a hub serves for each dependency group and extra, and what excludes what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker, default_environment

from reprowheel.requirements.tables.lock import Distribution, Lock, Request
from reprowheel.requirements.tables.read import read_tables
from reprowheel.requirements.tables.table import LockTableError, Table
from reprowheel.requirements.tables.uv import parse_uv_lock

LOCK = Path(__file__).resolve().parents[4] / "tests/starlark/locks/groups/uv.lock"
INDEX = "https://example.org/simple"

# What uv itself answers: `uv export --all-packages --no-default-groups --no-emit-workspace`, with `--group` or `--extra`.
EXPORTED = {
    "": "build==1.3.0 colorama==0.4.6 packaging==24.0 tomli-w==1.2.0",
    "cpu": "build==1.3.0 colorama==0.4.6 packaging==24.0 tomli-w==1.2.0",
    "docs": "build==1.3.0 colorama==0.4.6 idna==3.6 packaging==24.0 tomli-w==1.2.0",
    "docs-base": "build==1.3.0 colorama==0.4.6 iniconfig==2.3.1 packaging==24.0 tomli-w==1.2.0",
    "fast": "build==1.3.0 colorama==0.4.6 packaging==24.0 six==1.17.0 tomli-w==1.2.0",
    "gpu": "build==1.3.0 colorama==0.4.6 packaging==23.2 tomli-w==1.2.0",
    "large": "build==1.3.0 colorama==0.4.6 packaging==23.2 pluggy==1.7.0 tomli-w==1.2.0",
    "lint": "build==1.3.0 colorama==0.4.6 idna==3.7 iniconfig==2.3.1 packaging==24.0 tomli-w==1.2.0",
    "small": "build==1.3.0 colorama==0.4.6 packaging==24.0 tomli-w==1.2.0",
}


def versions(entries: tuple[Distribution, ...]) -> str:
    """Return what is locked, as `uv export` lists it."""
    return " ".join(f"{entry.name}=={entry.version}" for entry in entries)


def read(**asked: Any) -> Lock:
    """Read the lock that uv wrote."""
    return read_tables(str(LOCK), "uv", Request(where="uv.lock", base="uv.lock", **asked))


def test_choices_are_what_uv_exports() -> None:
    """Each group and extra has uv's own versions, also where an extra is asked for by another project and decides a marker."""
    lock = read(choices=[":all:"])
    assert {"": versions(lock.entries)} | {name: versions(entries) for name, entries in lock.choices.items()} == EXPORTED
    assert read().choices == {}


def test_edges_follow_the_choice() -> None:
    """A dependency with a version for each choice has one edge in each, and what uv excludes has none."""
    lock = read(choices=["small", "large"])
    edges = {name: entries[0].requires_dist for name, entries in lock.choices.items()}
    assert edges == {
        "large": ("colorama ; os_name == 'nt'", "packaging==23.2"),
        "small": ("colorama ; os_name == 'nt'", "packaging==24.0"),
    }


def test_base_gives_way() -> None:
    """What a tag asks for by lock_groups is added to each choice, but for what the choice excludes."""
    lock = read(choices=["DOCS", "large"], groups=["lint", "small"])
    assert versions(lock.entries) == EXPORTED["lint"]
    assert versions(lock.choices["docs"]) == EXPORTED["docs"]
    assert versions(lock.choices["large"]).split() == sorted(
        {*EXPORTED["large"].split(), *EXPORTED["lint"].split()} - {"packaging==24.0"}
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"groups": ["docs", "lint"]},
            "conflicts: the dependency group docs of app and the dependency group lint of app exclude each",
        ),
        (
            {"extras": ["cpu", "gpu"]},
            "conflicts: the extra cpu of lib and the extra gpu of lib exclude each other, and both are wanted",
        ),
        ({"choices": ["none"]}, f"'none' is no dep_group; expected one of: {', '.join(sorted(EXPORTED))[2:]}"),
    ],
)
def test_refused(asked: dict[str, Any], message: str) -> None:
    """Two that exclude each other, and a name that is none: the message has the names."""
    with pytest.raises(LockTableError) as caught:
        read(**asked)
    assert caught.value.message.startswith(f"uv.lock: {message}")


def parse(content: dict[str, Any], **asked: Any) -> Lock:
    """Parse the content of a lock."""
    return parse_uv_lock(Table({"version": 1, **content}, "uv.lock: "), Request(where="uv.lock", base="uv.lock", **asked))


def package(name: str, version: str = "1", **fields: Any) -> dict[str, Any]:
    """Return a package of an index."""
    wheel = {"hash": f"sha256:{'a' * 64}", "url": f"https://example.org/{name}-{version}-py3-none-any.whl"}
    return {"name": name, "version": version, "source": {"registry": INDEX}, "wheels": [wheel], **fields}


def project(name: str, *dependencies: dict[str, str], path: str = "", **fields: Any) -> dict[str, Any]:
    """Return a project of the workspace."""
    return {"name": name, "version": "0", "source": {"virtual": path or name}, "dependencies": list(dependencies), **fields}


def test_projects_that_exclude_each_other() -> None:
    """None of them is in the base; each is a choice, and a group of one of them brings its own project along."""
    lock = parse(
        {
            "conflicts": [[{"package": "one"}, {"package": "two"}]],
            "manifest": {"members": ["one", "two"]},
            "package": [
                project("one", {"name": "dep", "version": "1"}, **{"dev-dependencies": {"test": [{"name": "pytest"}]}}),
                project("two", {"name": "dep", "version": "2"}),
                package("dep"),
                package("dep", "2"),
                package("pytest", dependencies=[{"name": "dep", "version": "1", "marker": "extra == 'project-3-one'"}]),
            ],
        },
        choices=[":all:"],
    )
    assert lock.entries == ()
    assert {name: versions(entries) for name, entries in lock.choices.items()} == {
        "one": "dep==1",
        "test": "dep==1 pytest==1",
        "two": "dep==2",
    }
    assert lock.choices["test"][1].requires_dist == ("dep==1",)


def test_a_group_that_excludes_its_project() -> None:
    """It then stands alone, without what the project needs."""
    lock = parse(
        {
            "conflicts": [[{"package": "one"}, {"package": "one", "group": "old"}]],
            "package": [
                project(
                    "one",
                    {"name": "dep", "version": "2"},
                    path=".",
                    **{"dev-dependencies": {"old": [{"name": "dep", "version": "1"}]}},
                ),
                package("dep"),
                package("dep", "2"),
            ],
        },
        choices=["old"],
    )
    assert (versions(lock.entries), versions(lock.choices["old"])) == ("dep==2", "dep==1")


def test_an_extra_that_only_some_platforms_ask_for() -> None:
    """Where it excludes another one, markers that name it cannot be answered: refused; with a known platform they can."""
    content = {
        "conflicts": [[{"package": "lib", "extra": "cpu"}, {"package": "lib", "extra": "gpu"}]],
        "manifest": {"members": ["app", "lib"]},
        "package": [
            project("app", {"name": "lib", "extra": ["cpu"], "marker": "os_name == 'nt'"}),  # type: ignore[dict-item]
            project(
                "lib",
                {"name": "dep", "marker": "extra == 'extra-3-lib-cpu'"},
                **{"optional-dependencies": {"cpu": [], "gpu": []}},
            ),
            package("dep"),
        ],
    }
    with pytest.raises(LockTableError) as caught:
        parse(content)
    assert caught.value.message == (
        "uv.lock: conflicts: the extra cpu of lib excludes other things, and is asked for only where os_name == 'nt'; "
        "expected it everywhere or nowhere"
    )
    for name, expected in (("nt", "dep==1"), ("posix", "")):
        environment = {**default_environment(), "os_name": name}
        answered = parse(content, answer=lambda marker, e=environment: "" if Marker(marker).evaluate(e) else None)
        assert versions(answered.entries) == expected


def test_build_constraints() -> None:
    """They are texts that pip reads: without extras, which pip refuses in constraints; a source of their own is refused."""
    assert read().build_constraints == ("setuptools<70", "wheel==0.43.0 ; python_full_version >= '3.8'")
    own = [project("one", path=".")]
    extras = [{"name": "Flit_Core", "extras": ["x"], "specifier": ">3,<4"}, {"name": "hatchling"}]
    found = parse({"manifest": {"build-constraints": extras}, "package": own})
    assert found.build_constraints == ("flit-core>3,<4", "hatchling")
    with pytest.raises(LockTableError) as caught:
        parse({"manifest": {"build-constraints": [{"name": "x", "url": "https://example.org/x.whl"}]}, "package": own})
    assert caught.value.message == "uv.lock: manifest.build-constraints[0]: x comes from a source of its own"


@pytest.mark.parametrize("conflicts", ["x", ["x"], [["x"]]])
def test_conflicts_of_another_shape(conflicts: object) -> None:
    """They are an error with their place."""
    with pytest.raises(LockTableError) as caught:
        parse({"conflicts": conflicts, "package": [project("one", path=".")]})
    assert caught.value.message.startswith("uv.lock: conflicts")
