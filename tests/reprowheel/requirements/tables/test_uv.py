"""uv.lock: each kind of source, what is needed under which markers, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from reprowheel.requirements.tables.lock import Distribution, File, Lock, Request
from reprowheel.requirements.tables.table import LockTableError, Moving, Table
from reprowheel.requirements.tables.uv import parse_uv_lock

A, B = "a" * 64, "b" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"
INDEX = "https://example.org/simple"


def fields_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields as TOML spells them."""
    return {key.replace("_", "-"): value for key, value in fields.items()}


def file(name: str, digest: str = A) -> dict[str, str]:
    """Return a file of an index."""
    return {"hash": f"sha256:{digest}", "url": f"https://example.org/p/{name}"}


def package(name: str, version: str = "1", **fields: Any) -> dict[str, Any]:
    """Return a package of an index."""
    wheels = [file(f"{name}-{version}-py3-none-any.whl")]
    return {"name": name, "source": {"registry": INDEX}, "version": version, "wheels": wheels} | fields_of(fields)


def app(*dependencies: Any, **fields: Any) -> dict[str, Any]:
    """Return the locked project."""
    return {"dependencies": list(dependencies), "name": "app", "source": {"virtual": "."}} | fields_of(fields)


def lock(*packages: Any, **fields: Any) -> dict[str, Any]:
    """Return the content of a lock."""
    return {"package": list(packages), "version": 1} | fields_of(fields)


def parse(content: dict[str, Any], where: str = "uv.lock", **asked: Any) -> Lock:
    """Parse the content of a lock."""
    return parse_uv_lock(Table(content, f"{where}: "), Request(where=where, base=where, **asked))


# A package as the file has it, and what it means.
SOURCES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {
            "sdist": {"hash": f"sha256:{B}", "path": "one-1.tar.gz"},
            "source": {"registry": "wheels"},
            "version": "1",
            "wheels": [{"hash": f"sha256:{A}", "path": "one-1-py3-none-any.whl"}],
        },
        {
            "files": (
                File("one-1-py3-none-any.whl", A, "d/wheels/one-1-py3-none-any.whl"),
                File("one-1.tar.gz", B, "d/wheels/one-1.tar.gz"),
            ),
            "hashes": (A, B),
            "version": "1",
        },
    ),
    (
        {"source": {"registry": "https://example.org/other"}, "version": "1", "wheels": [file("one-1-py3-none-any.whl")]},
        {
            "files": (File("one-1-py3-none-any.whl", A, "https://example.org/p/one-1-py3-none-any.whl"),),
            "hashes": (A,),
            "index_url": "https://example.org/other",
            "version": "1",
        },
    ),
    (
        {
            "source": {"registry": "/w"},
            "version": "1",
            "wheels": [{"hash": f"sha256:{A}", "path": "one-1-py3-none-any.whl"}],
        },
        {
            "files": (File("one-1-py3-none-any.whl", A, "file:///w/one-1-py3-none-any.whl"),),
            "hashes": (A,),
            "version": "1",
        },
    ),
    (
        {"source": {"git": f"https://example.org/one.git?subdirectory=a%2Db&rev=main#{COMMIT}"}, "version": "1"},
        {"commit": COMMIT, "source": "git", "subdirectory": "a-b", "url": "https://example.org/one.git", "version": "1"},
    ),
    (
        {
            "sdist": {"hash": f"sha256:{A}"},
            "source": {"subdirectory": "s", "url": "https://example.org/one-1.zip"},
            "version": "1",
        },
        {"hashes": (A,), "source": "url", "subdirectory": "s", "url": "https://example.org/one-1.zip", "version": "1"},
    ),
    (
        {
            "source": {"path": "../one-1-py3-none-any.whl"},
            "version": "1",
            "wheels": [{"filename": "one-1-py3-none-any.whl", "hash": f"sha256:{A}"}],
        },
        {"hashes": (A,), "path": "one-1-py3-none-any.whl", "source": "path", "version": "1"},
    ),
    (
        {"source": {"directory": "libs/one"}},
        {"path": "d/libs/one", "source": "path"},
    ),
]


@pytest.mark.parametrize(("fields", "expected"), SOURCES, ids=lambda value: next(iter(value.get("source", "-"))))
def test_sources(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each kind of source; paths are relative to the lock's folder."""
    main = [package(name) for name in "xyz"]
    found = parse(lock(app({"name": "one"}), fields | {"name": "one"}, *main), "d/uv.lock")
    entry = {"name": "one", "requires_dist": (), "where": "d/uv.lock: package[1] (one)"}
    assert found.entries == (Distribution(**(entry | expected)),)
    assert found.index_url == INDEX
    assert found.names == ("one", "x", "y", "z")


def summary(content: dict[str, Any], **asked: Any) -> dict[str, str]:
    """Return name, version and extras → marker."""
    return {
        f"{e.name}=={e.version}" + (f"[{','.join(e.extras)}]" if e.extras else ""): e.marker
        for e in parse(content, **asked).entries
    }


WAYS = lock(
    app(
        {"marker": "os_name == 'nt'", "name": "a"},
        {"extra": ["x"], "name": "b"},
        {"marker": "sys_platform == 'w'", "name": "e"},
    ),
    package("a", dependencies=[{"name": "b"}, {"name": "c"}, {"marker": "python_version < '3'", "name": "d"}]),
    package("b", dependencies=[{"name": "b"}], optional_dependencies={"X": [{"name": "e"}], "y": [{"name": "c"}]}),
    package("c", dependencies=[{"name": "a"}, {"name": "d"}]),
    package("d", dependencies=[{"extra": ["y"], "marker": "os_name == 'q' or os_name == 'r'", "name": "b"}]),
    package("e"),
    package("f"),
)


def test_markers() -> None:
    """A package is needed where any way to it is; longer ways add nothing; cycles end; what nobody needs is left out."""
    assert summary(WAYS) == {
        "a==1": "os_name == 'nt'",
        "b==1[x,y]": "",
        "c==1": "os_name == 'nt'",
        "d==1": "os_name == 'nt'",
        "e==1": "",
    }


def test_markers_are_answered() -> None:
    """Where the environment is known, only its ways are followed: no extra that another environment would ask for."""
    assert summary(WAYS, answer=lambda marker: None if "os_name" in marker else "") == {"b==1[x]": "", "e==1": ""}


def test_many_ways() -> None:
    """Beyond a dozen ways a package is taken to be needed everywhere, which is never wrong."""
    names = [f"n{number}" for number in range(13)]
    roots = [{"marker": f"os_name == '{name}'", "name": name} for name in names]
    content = lock(app(*roots), *[package(name, dependencies=[{"name": "z"}]) for name in names], package("z"))
    assert summary(content)["z==1"] == ""
    twelve = lock(app(*roots[:12]), *content["package"][1:])
    assert summary(twelve)["z==1"] == " or ".join(f"(os_name == '{name}')" for name in names[:12])


def test_forks() -> None:
    """Several versions of a package have markers that exclude each other."""
    old = ["python_version < '3' and os_name == 'nt'", "python_version < '3' and os_name != 'nt'"]
    content = lock(
        app({"name": "a", "version": "1"}, {"marker": "python_version >= '3'", "name": "a", "version": "2"}, {"name": "b"}),
        package("a", resolution_markers=old),
        package("a", "2", resolution_markers=["python_version >= '3'"]),
        package("b", resolution_markers=["os_name == 'one'"]),
    )
    assert summary(content) == {
        "a==1": "(python_version < '3' and os_name == 'nt') or (python_version < '3' and os_name != 'nt')",
        "a==2": "python_version >= '3'",
        "b==1": "",
    }


def test_edges_without_versions_follow_the_fork() -> None:
    """Where the environment is known, only its fork is followed."""
    content = lock(
        app({"name": "a"}),
        package("a", resolution_markers=["os_name == 'nt'"], dependencies=[{"name": "b"}]),
        package("a", "2", resolution_markers=["os_name != 'nt'"]),
        package("b"),
    )
    assert summary(content) == {"a==1": "os_name == 'nt'", "a==2": "os_name != 'nt'", "b==1": ""}
    assert summary(content, answer=lambda marker: "" if "!=" in marker else None) == {"a==2": ""}


def test_wanted() -> None:
    """Extras and groups of all members, and those that conflict."""
    content = lock(
        app(
            {"marker": "extra == 'extra-3-app-cpu'", "name": "a"},
            {"marker": "extra == 'extra-3-app-gpu' or os_name == 'nt'", "name": "b"},
            dev_dependencies={"dev": [{"name": "c"}]},
            metadata={"provides-extras": ["empty"]},
            optional_dependencies={"cpu": [{"name": "d"}], "gpu": [{"name": "e"}]},
        ),
        {"dependencies": [{"name": "app"}, {"name": "f"}], "name": "lib", "source": {"editable": "libs/lib"}},
        *[package(name) for name in "abcdef"],
        manifest={"members": ["app", "lib"]},
    )
    assert summary(content) == {"b==1": "os_name == 'nt'", "f==1": ""}
    wanted = {"a==1": "", "b==1": "os_name == 'nt'", "c==1": "", "d==1": "", "f==1": ""}
    assert summary(content, extras=["CPU", "empty"], groups=["dev"]) == wanted
    for asked, message in (
        ({"extras": ["x"]}, "'x' is no extra of a locked project; expected one of: cpu, empty, gpu"),
        ({"groups": ["x"]}, "'x' is no dependency group of a locked project; expected one of: dev"),
    ):
        with pytest.raises(LockTableError) as caught:
            parse(content, **asked)
        assert caught.value.message == f"uv.lock: {message}"


def test_requirements_without_a_project() -> None:
    """A script has requirements and groups of its own; which of several versions is meant, the forks tell."""
    old, new = "os_name != 'nt'", "os_name == 'nt'"
    needs = [{"marker": old, "name": "a", "specifier": "<2"}, {"marker": new, "name": "a", "specifier": ">=2"}]
    content = lock(
        package("a", resolution_markers=[old]),
        package("a", "2", resolution_markers=[new]),
        package("b"),
        manifest={"dependency-groups": {"test": [{"name": "b"}]}, "requirements": needs},
    )
    both = f"(({old}) or ({new}))"
    assert summary(content) == {"a==1": f"{old} and {both}", "a==2": f"{new} and {both}"}
    assert summary(content, answer={new: ""}.get) == {"a==2": ""}
    assert summary(content, answer={new: ""}.get, groups=["test"]) == {"a==2": "", "b==1": ""}


def test_requires_dist() -> None:
    """What a package needs is written with extras, version and marker; what only an extra needs has it in the marker."""
    needs = [{"extra": ["z", "Y"], "name": "B_b", "version": "1"}, {"marker": "extra == 'extra-3-app-x'", "name": "c"}]
    optional = {"More": [{"marker": "os_name == 'nt' or os_name == 'x'", "name": "c"}, {"name": "B_b"}]}
    content = lock(
        app({"name": "a"}), package("a", dependencies=needs, optional_dependencies=optional), package("b-b"), package("c")
    )
    assert parse(content).entries[0].requires_dist == (
        "b-b[y,z]==1",
        "c ; (os_name == 'nt' or os_name == 'x') and extra == 'more'",
        "b-b ; extra == 'more'",
    )


def foo(**fields: Any) -> dict[str, Any]:
    """Return a lock of a project that needs one package, which is right but for these fields."""
    return lock(app({"name": "foo"}), package("foo", **fields))


SHA = "; expected a sha256"
VARIABLE = " where a variable, a string or an operator is expected"
OWN = 'has no project of its own and no requirements; expected a source of virtual or editable ".", or [manifest]'
ERRORS = [
    ({"version": 2}, "version: is 2; expected 1"),
    (lock(), OWN),
    (lock(1), "package[0]: is 1; expected a table"),
    (lock(supported_markers=["x"]), "supported-markers: marker 'x' has 'x'" + VARIABLE),
    (lock(requires_python="x"), "requires-python: 'x' is not a version specifier"),
    (lock({"name": "f/o"}), "package[0].name: is 'f/o'; expected a distribution's name"),
    (lock({"name": "foo"}), "package[0].source: is {}; expected one of directory, editable, git, path, registry, url, virtual"),
    (lock({"name": "foo", "source": 1}), "package[0].source: is 1; expected a table"),
    (lock({"name": "foo", "source": {"registry": 1}}), "package[0].source.registry: is 1; expected a text"),
    (lock({"name": "foo", "source": {"directory": "d"}, "version": 1}), "package[0].version: is 1; expected a text"),
    (lock(app({"name": 1})), "package[0].dependencies[0].name: is 1; expected a text"),
    (
        lock(app(optional_dependencies={"x": [{}]})),
        "package[0].optional-dependencies.x[0].name: is None; expected a distribution's name",
    ),
    (lock(app({"marker": "x", "name": "foo"})), "package[0].dependencies[0].marker: marker 'x' has 'x'" + VARIABLE),
    (lock(package("foo", resolution_markers=["x"])), "package[0].resolution-markers[0]: marker 'x' has 'x'" + VARIABLE),
    (lock(manifest={"requirements": [1]}), "manifest.requirements[0]: is 1; expected a table"),
    (foo(wheels=[]), "package[1] (foo): has neither sdist nor wheels; expected a file"),
    (foo(sdist={"url": "x"}), "package[1] (foo).sdist.hash: has no hash" + SHA),
    (foo(sdist={"hash": "md5:0", "url": "x"}), "package[1] (foo).sdist.hash: has only a hash of md5" + SHA),
    (
        foo(wheels=[{"hash": "sha256:0", "url": "x"}]),
        "package[1] (foo).wheels[0].hash: has the sha256 '0'; expected 64 lower-case hexadecimal digits",
    ),
    (
        foo(source={"url": "https://example.org/foo.zip"}, wheels=[]),
        "package[1] (foo): has no hash of https://example.org/foo.zip; expected one in sdist or wheels",
    ),
    (foo(source={"directory": "../x"}), "package[1] (foo).source.directory: '../x' lies outside of the workspace"),
    (
        foo(source={"path": "/x.zip"}),
        "package[1] (foo).source.path: '/x.zip' is an absolute path, which other machines do not have",
    ),
    (
        foo(dependencies=[{"name": "app"}]),
        "package[1] (foo): needs app, which is a project of the workspace itself and no distribution",
    ),
]


@pytest.mark.parametrize(("content", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_errors(content: dict[str, Any], message: str) -> None:
    """Every refusal names the file, the dotted place, the value, and what to do."""
    with pytest.raises(LockTableError) as caught:
        parse(content)
    assert caught.value.message == f"uv.lock: {message}"
    assert caught.value.tip
    assert caught.value.moving is None


def test_tips() -> None:
    """Most errors are repaired by locking again; some have a better advice."""
    for content, tip in (
        ({"version": 2}, "lock with a uv that writes version 1"),
        (lock(), "lock a project, or a script with requirements"),
        (foo(wheels=[]), "lock again"),
        (foo(dependencies=[{"name": "app"}]), "lock it as a path that is not editable"),
    ):
        with pytest.raises(LockTableError) as caught:
            parse(content)
        assert caught.value.tip == tip


def test_no_commit() -> None:
    """A branch is told with its place, so that each side can say it as it does for requirements.txt."""
    with pytest.raises(LockTableError) as caught:
        parse(foo(source={"git": "https://example.org/foo?branch=main#"}))
    assert caught.value.message == "uv.lock: package[1] (foo).source.git"
    assert caught.value.moving == Moving("foo", "https://example.org/foo", "main")
