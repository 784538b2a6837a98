"""pylock.toml: each kind of source, extras and groups, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from reprowheel.requirements.tables.lock import Distribution, File, Lock, Request
from reprowheel.requirements.tables.pylock import parse_pylock
from reprowheel.requirements.tables.table import LockTableError, Moving, Table

A, B = "a" * 64, "b" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"
INDEX = "https://example.org/simple"
HASHES = {"sha256": A}


def fields_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields as TOML spells them."""
    return {key.replace("_", "-"): value for key, value in fields.items()}


def lock(packages: Any, **fields: Any) -> dict[str, Any]:
    """Return the content of a lock."""
    return {"lock-version": "1.0", "packages": packages} | fields_of(fields)


def parse(content: dict[str, Any], where: str = "pylock.toml", **asked: Any) -> Lock:
    """Parse the content of a lock."""
    return parse_pylock(Table(content, f"{where}: "), Request(where=where, base=where, **asked))


# A package as the file has it, and what it means.
PACKAGES: list[tuple[dict[str, Any], dict[str, Any] | None]] = [
    (
        {
            "index": INDEX,
            "marker": "'cli' in extras and os_name == 'nt'",
            "name": "one",
            "sdist": {"hashes": {"sha256": B}, "name": "one-1.tar.gz", "url": "https://example.org/x"},
            "version": "1",
            "wheels": [{"hashes": HASHES | {"md5": "0"}, "url": "https://example.org/one-1-py3-none-any.whl#x"}],
        },
        {
            "files": (
                File("one-1-py3-none-any.whl", A, "https://example.org/one-1-py3-none-any.whl#x"),
                File("one-1.tar.gz", B, "https://example.org/x"),
            ),
            "hashes": (A, B),
            "marker": "os_name == 'nt'",
            "version": "1",
        },
    ),
    (
        {
            "dependencies": [{"name": "one", "version": "1"}, {"name": "three"}],
            "index": "https://example.org/other",
            "name": "two",
            "requires-python": ">=3.9",
            "version": "2",
            "wheels": [{"hashes": HASHES, "path": "wheels/two-2-py3-none-any.whl"}],
        },
        {
            "files": (File("two-2-py3-none-any.whl", A, "d/wheels/two-2-py3-none-any.whl"),),
            "hashes": (A,),
            "index_url": "https://example.org/other",
            "requires_dist": ("one==1", "three"),
            "requires_python": ">=3.9",
            "version": "2",
        },
    ),
    (
        {
            "index": INDEX,
            "marker": "'dev' in dependency_groups",
            "name": "three",
            "version": "3",
            "wheels": [{"hashes": HASHES, "path": "/w/three-3-py3-none-any.whl"}],
        },
        {
            "files": (File("three-3-py3-none-any.whl", A, "file:///w/three-3-py3-none-any.whl"),),
            "hashes": (A,),
            "version": "3",
        },
    ),
    (
        {"archive": {"hashes": HASHES, "subdirectory": "s", "url": "https://example.org/four-4.0.zip"}, "name": "Four"},
        {
            "files": (File("four-4.0.zip", A, "https://example.org/four-4.0.zip"),),
            "hashes": (A,),
            "name": "four",
            "source": "url",
            "subdirectory": "s",
            "url": "https://example.org/four-4.0.zip",
            "version": "4.0",
        },
    ),
    (
        {"archive": {"hashes": HASHES, "path": "../five.zip"}, "name": "five"},
        {"hashes": (A,), "path": "five.zip", "source": "path"},
    ),
    (
        {
            "name": "six",
            "vcs": {"commit-id": COMMIT, "subdirectory": "s", "type": "git", "url": "https://example.org/six.git"},
            "version": "6",
        },
        {"commit": COMMIT, "source": "git", "subdirectory": "s", "url": "https://example.org/six.git", "version": "6"},
    ),
    (
        {"directory": {"path": "./seven", "subdirectory": "s"}, "name": "seven"},
        {"path": "d/seven", "source": "path", "subdirectory": "s"},
    ),
    (
        {
            "marker": "'other' in extras",
            "name": "eight",
            "version": "8",
            "wheels": [{"hashes": HASHES, "name": "eight-8-py3-none-any.whl"}],
        },
        None,
    ),
]
LOCK = lock(
    [package for package, _ in PACKAGES],
    default_groups=["dev"],
    environments=["os_name == 'nt'"],
    extras=["cli"],
    requires_python=">=3.9",
)


def test_entries() -> None:
    """Each kind of source, extras and groups, and which index a package must come from."""
    entries = []
    for index, (package, fields) in enumerate(PACKAGES):
        place = f"d/pylock.toml: packages[{index}] ({package['name']})"
        entries += [Distribution(**({"name": package["name"], "where": place} | fields))] if fields else []
    assert parse(LOCK, "d/pylock.toml", extras=["CLI"]) == Lock(
        entries=tuple(entries),
        names=("one", "two", "three", "four", "five", "six", "seven", "eight"),
        has_edges=True,
        index_url=INDEX,
        requires_python=">=3.9",
        environments=("os_name == 'nt'",),
    )


def test_no_groups() -> None:
    """No groups are other groups than the default ones; without extras their packages are not needed."""
    assert [entry.name for entry in parse(LOCK, "d/pylock.toml", groups=[]).entries] == ["two", "four", "five", "six", "seven"]


def test_markers_are_answered() -> None:
    """What the caller knows of the environment is answered, too, after extras and groups."""
    asked = []

    def answer(marker: str) -> str | None:
        asked.append(marker)
        return "" if asked[1:] else None

    found = parse(lock([FOO | {"marker": f"os_name == '{name}'"} for name in "ab"]), answer=answer)
    assert [(entry.where, entry.marker) for entry in found.entries] == [("pylock.toml: packages[1] (foo)", "")]
    assert asked == ["os_name == 'a'", "os_name == 'b'"]


def bare(**fields: Any) -> dict[str, Any]:
    """Return a lock with one package that has these fields."""
    return lock([{"name": "foo"} | fields])


def foo(**fields: Any) -> dict[str, Any]:
    """Return a lock with one package that is right but for these fields."""
    return lock([FOO | fields_of(fields)])


WHEEL = {"hashes": HASHES, "url": "https://example.org/foo-1-py3-none-any.whl"}
FOO = {"name": "foo", "version": "1", "wheels": [WHEEL]}
SHA = "; expected a sha256"
KINDS = "; expected exactly one of vcs, directory, archive, or sdist and wheels"
PART = " where a variable, a string or an operator is expected"
ERRORS = [
    ({"lock-version": "2.0"}, "lock-version: is '2.0'; expected '1.0'"),
    ({}, "lock-version: is None; expected '1.0'"),
    ({"lock-version": 1.0}, "lock-version: is 1.0; expected a text"),
    (lock({}), "packages: is {}; expected an array of tables"),
    (lock([1]), "packages[0]: is 1; expected a table"),
    (lock([], environments=["x"]), "environments: marker 'x' has 'x'" + PART),
    (lock([], environments=[1]), "environments: is [1]; expected an array of texts"),
    (lock([], requires_python="x"), "requires-python: 'x' is not a version specifier"),
    (lock([{"name": 1}]), "packages[0].name: is 1; expected a text"),
    (lock([{}]), "packages[0].name: is None; expected a distribution's name"),
    (lock([{"name": "f/o"}]), "packages[0].name: is 'f/o'; expected a distribution's name"),
    (bare(), "packages[0] (foo): has no source" + KINDS),
    (foo(archive={}), "packages[0] (foo): has archive and index" + KINDS),
    (foo(version=""), "packages[0] (foo).version: is missing; expected the version of the files"),
    (foo(marker="extra = 'x'"), "packages[0] (foo).marker: marker 'extra = 'x'' has '='" + PART),
    (foo(requires_python="3"), "packages[0] (foo).requires-python: '3' is not a version specifier"),
    (foo(requires_python=">=3, >=x"), "packages[0] (foo).requires-python: '>=3, >=x' is not a version specifier"),
    (foo(dependencies=[{}]), "packages[0] (foo).dependencies[0].name: is None; expected a distribution's name"),
    (foo(wheels=[WHEEL, {"url": "x"}]), "packages[0] (foo).wheels[1].hashes: has no hash" + SHA),
    (foo(sdist={"hashes": {"sha512": "0"}}), "packages[0] (foo).sdist.hashes: has only a hash of sha512" + SHA),
    (
        foo(wheels=[{"hashes": {"sha256": "0"}}]),
        "packages[0] (foo).wheels[0].hashes: has the sha256 '0'; expected 64 lower-case hexadecimal digits",
    ),
    (foo(wheels=[{"hashes": HASHES}]), "packages[0] (foo).wheels[0]: has neither name nor url nor path; expected one of them"),
    (bare(vcs={"type": "hg"}), "packages[0] (foo).vcs.type: is 'hg'; expected 'git'"),
    (
        bare(vcs={"path": "x", "type": "git"}),
        "packages[0] (foo).vcs.url: is missing; expected the repository's address, as a path is not the same everywhere",
    ),
    (
        bare(directory={"editable": True, "path": "."}),
        "packages[0] (foo).directory.editable: foo is editable: it points into a source tree, which has no fixed content",
    ),
    (bare(directory={"editable": "no"}), "packages[0] (foo).directory.editable: is 'no'; expected true or false"),
    (bare(directory={"path": "../foo"}), "packages[0] (foo).directory.path: '../foo' lies outside of the workspace"),
    (
        bare(directory={"path": "/x"}),
        "packages[0] (foo).directory.path: '/x' is an absolute path, which other machines do not have",
    ),
    (
        bare(archive={"hashes": HASHES, "path": "../foo-1.zip"}),
        "packages[0] (foo).archive.path: '../foo-1.zip' lies outside of the workspace",
    ),
]


@pytest.mark.parametrize(("content", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_errors(content: dict[str, Any], message: str) -> None:
    """Every refusal names the file, the dotted place, the value, and what to do."""
    with pytest.raises(LockTableError) as caught:
        parse(content)
    assert caught.value.message == f"pylock.toml: {message}"
    assert caught.value.tip
    assert caught.value.moving is None


LEAVE_OUT = (
    "depend on its sources as a Bazel target and leave it out of the lock "
    "('uv export' does with --no-emit-project or --no-emit-workspace)"
)


def test_tips() -> None:
    """Most errors are repaired by locking again; some have a better advice."""
    for content, tip in (
        (bare(), "lock again"),
        (foo(wheels=[{"url": "x"}]), "lock again with an index that gives sha256 hashes"),
        (bare(directory={"path": "../foo"}), "move it into the workspace"),
        (bare(directory={"editable": True}), LEAVE_OUT),
    ):
        with pytest.raises(LockTableError) as caught:
            parse(content)
        assert caught.value.tip == tip


def test_no_commit() -> None:
    """A branch is told with its place, so that each side can say it as it does for requirements.txt."""
    vcs = {"requested-revision": "main", "type": "git", "url": "git+https://example.org/foo"}
    with pytest.raises(LockTableError) as caught:
        parse(bare(vcs=vcs))
    assert caught.value.message == "pylock.toml: packages[0] (foo).vcs.commit-id"
    assert caught.value.moving == Moving("foo", "https://example.org/foo", "main")


def test_unknown_names() -> None:
    """An extra or a group that the lock does not have."""
    for content, asked, message in (
        (lock([], extras=["Y"]), {"extras": ["x"]}, "extras: 'x' is not there; expected one of: y"),
        (lock([]), {"groups": ["x"]}, "dependency-groups: 'x' is not there; expected one of: (none)"),
    ):
        with pytest.raises(LockTableError) as caught:
            parse(content, **asked)
        assert caught.value.message == f"pylock.toml: {message}"
