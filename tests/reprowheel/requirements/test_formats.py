"""Locks of one project in three formats, written by real tools: read alike, and as the tool itself would install them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pip._internal.models.format_control import FormatControl

from reprowheel.errors import LockError
from reprowheel.requirements.options import apply_format_option
from reprowheel.requirements.read import read_requirements, select_requirements

LOCKS = Path(__file__).resolve().parents[2] / "starlark" / "locks"
EXPECTED: dict[str, list[str]] = json.loads((LOCKS / "expected.json").read_text(encoding="utf-8"))
SYSTEMS = {
    "linux_x86_64": {"os_name": "posix", "platform_machine": "x86_64", "platform_system": "Linux", "sys_platform": "linux"},
    "osx_aarch64": {"os_name": "posix", "platform_machine": "arm64", "platform_system": "Darwin", "sys_platform": "darwin"},
}
A = "a" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def environment(key: str) -> dict[str, str]:
    """Return the markers of a key of expected.json."""
    system, _, version = key.partition(" ")
    return {**SYSTEMS[system], "python_full_version": f"{version}.1", "python_version": version}


def chosen(lock: str, key: str, **wanted: Any) -> dict[str, tuple[str, ...]]:
    """Return name==version → hashes of what a lock has for an environment."""
    read = read_requirements(LOCKS / lock, environment(key), **wanted)
    return {r.key: r.sha256s for r in select_requirements(read.requirements, environment(key))}


@pytest.mark.parametrize("key", EXPECTED)
def test_three_formats_lock_the_same(key: str) -> None:
    """Each format gives what `uv pip install --dry-run` says, with the same hashes."""
    text = chosen("requirements.txt", key)
    assert sorted(text) == sorted(EXPECTED[key])
    assert chosen("pylock.toml", key) == text
    assert chosen("uv.lock", key) == text


@pytest.mark.parametrize("key", EXPECTED)
def test_extras_and_groups(key: str) -> None:
    """Extras and groups of the project add what `uv export` with the same options has."""
    wanted = chosen("uv.lock", key, extras=["CLI"], groups=["dev"])
    assert wanted == chosen("requirements_all.txt", key)
    assert len(wanted) == len(EXPECTED[key]) + 5


def test_sources_are_the_same_in_three_formats() -> None:
    """A git commit, a folder, an archive and a file of an index, as uv writes them."""
    found = []
    for lock in ("uv.lock", "pylock.toml", "requirements.txt"):
        read = read_requirements(LOCKS / "sources" / lock, environment("linux_x86_64 3.12"))
        found.append({r.name: (r.source, r.path, r.url, r.commit, r.subdirectory, r.sha256s) for r in read.requirements})
    assert found[0] == found[1] == found[2]
    assert {name: fields[0] for name, fields in found[0].items()} == {
        "folder": "path",
        "g": "git",
        "iniconfig": "path",
        "six": "index",
    }
    assert found[0]["folder"][1] == LOCKS / "sources" / "libs" / "folder"


def test_extras_that_somebody_asks_for() -> None:
    """A package has the extras that its dependents name."""
    read = read_requirements(LOCKS / "uv.lock", environment("linux_x86_64 3.12"))
    assert {r.name: r.extras for r in read.requirements if r.extras} == {"dask": ("distributed",), "requests": ("socks",)}
    assert "colorama" not in read.names
    assert "rich" in read.names


@pytest.mark.parametrize(
    ("lock", "changes", "message"),
    [
        ("uv.lock", {"python_full_version": "3.11.1"}, "is for Python <3.14,>=3.12; this is 3.11.1"),
        ("pylock.toml", {"python_full_version": "3.14.0"}, "is for Python <3.14,>=3.12; this is 3.14.0"),
        ("uv.lock", {"sys_platform": "win32"}, "none of which is this one"),
        ("pylock.toml", {"platform_machine": "aarch64"}, "none of which is this one"),
    ],
)
def test_other_environments_are_refused(lock: str, changes: dict[str, str], message: str) -> None:
    """A lock is not read for a Python or a platform that it was not written for."""
    with pytest.raises(LockError) as caught:
        read_requirements(LOCKS / lock, {**environment("linux_x86_64 3.12"), **changes})
    assert message in caught.value.message


def pylock(tmp_path: Path, text: str) -> Path:
    """Write a pylock.toml with packages."""
    path = tmp_path / "pylock.toml"
    path.write_text(f'lock-version = "1.0"\nextras = ["cli"]\n{text}', encoding="utf-8")
    return path


def uv_lock(tmp_path: Path, text: str) -> Path:
    """Write a uv.lock of a project that needs `foo`."""
    path = tmp_path / "uv.lock"
    app = '[[package]]\nname = "app"\nsource = { virtual = "." }\ndependencies = [{ name = "foo" }]\n'
    path.write_text(f"version = 1\n{app}{text}", encoding="utf-8")
    return path


def filled(text: str) -> str:
    """Put digests into a text."""
    return text.replace("SHA", A).replace("COMMIT", COMMIT)


SOURCES = [
    (
        'archive = { url = "https://example.org/foo-2.zip", subdirectory = "s", hashes = { sha256 = "SHA" } }',
        'source = { url = "https://example.org/foo-2.zip", subdirectory = "s" }\nversion = "2"\nsdist = { hash = "sha256:SHA" }',
        ("url", "2", "https://example.org/foo-2.zip", "", "s", None, (A,)),
    ),
    (
        'vcs = { type = "git", url = "https://example.org/foo", commit-id = "COMMIT", subdirectory = "a-b" }',
        'source = { git = "https://example.org/foo?subdirectory=a%2Db&tag=v1#COMMIT" }',
        ("git", "", "https://example.org/foo", COMMIT, "a-b", None, ()),
    ),
    (
        'directory = { path = "libs/foo" }',
        'source = { directory = "libs/foo" }',
        ("path", "", "", "", "", "libs/foo", ()),
    ),
    (
        'archive = { path = "./foo-1.tar.gz", hashes = { sha256 = "SHA" } }',
        'source = { path = "foo-1.tar.gz" }\nsdist = { hash = "sha256:SHA" }',
        ("path", "1", "", "", "", "foo-1.tar.gz", (A,)),
    ),
]


@pytest.mark.parametrize(("in_pylock", "in_uv", "expected"), SOURCES, ids=["url", "git", "folder", "archive"])
def test_sources_of_toml_locks(tmp_path: Path, in_pylock: str, in_uv: str, expected: tuple[Any, ...]) -> None:
    """A URL, a commit, a folder and an archive are the same in both formats; paths are relative to the lock."""
    read = [
        read_requirements(pylock(tmp_path, filled(f'[[packages]]\nname = "Foo"\n{in_pylock}\n'))).requirements[0],
        read_requirements(uv_lock(tmp_path, filled(f'[[package]]\nname = "foo"\n{in_uv}\n'))).requirements[0],
    ]
    for r in read:
        path = None if expected[5] is None else tmp_path / expected[5]
        version = r.version or expected[1]
        assert (r.source, version, r.url, r.commit, r.subdirectory, r.path, r.sha256s) == (*expected[:5], path, expected[6])
        assert r.name == "foo"


@pytest.mark.parametrize(
    ("make", "package", "message", "tip"),
    [
        (pylock, "", "packages[0] (foo): has no source; expected exactly one of", "lock again"),
        (
            uv_lock,
            'source = { directory = "/d" }',
            "package[1] (foo).source.directory: '/d' is an absolute path, which other machines do not have",
            "move it into the workspace",
        ),
        (
            pylock,
            'vcs = { type = "git", url = "file:///x", requested-revision = "v1" }',
            "packages[0] (foo).vcs.commit-id: foo: git+file:///x names 'v1', which can move; expected @ and a full commit",
            "write the commit that `git ls-remote file:///x v1` prints",
        ),
    ],
    ids=["pylock", "uv", "git"],
)
def test_errors_have_place_and_tip(
    tmp_path: Path, make: Callable[[Path, str], Path], package: str, message: str, tip: str
) -> None:
    """What the tables' reader says becomes an error of the helper; git is asked for a commit that is missing."""
    header = "[[packages]]" if make is pylock else "[[package]]"
    path = make(tmp_path, f'{header}\nname = "foo"\n{package}\n')
    with pytest.raises(LockError) as caught:
        read_requirements(path)
    assert caught.value.message.startswith(f"{path}: {message}")
    assert caught.value.tip == tip


def test_wanted_names_must_exist(tmp_path: Path) -> None:
    """Extras and groups that a lock does not have are errors; a requirements.txt has none at all."""
    for path, message in (
        (pylock(tmp_path, ""), "extras: 'x' is not there; expected one of: cli"),
        (uv_lock(tmp_path, '[[package]]\nname = "foo"\nsource = { directory = "d" }\n'), "'x' is no extra of a locked project"),
        (LOCKS / "requirements.txt", "has no extras and no dependency groups"),
    ):
        with pytest.raises(LockError) as caught:
            read_requirements(path, extras=["x"])
        assert caught.value.message.startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pylock.toml", 'lock-version = "2.0"', "lock-version: is '2.0'; expected '1.0'"),
        ("pylock.toml", "x", "is not TOML: Expected '=' after a key"),
        pytest.param("pylock.toml", "x = " + "[" * 20_000, "is not TOML: nested too deeply", id="nested"),
        ("uv.lock", "version = 2", "version: is 2; expected 1"),
        ("uv.lock", "version = 1", "has no project of its own and no requirements"),
    ],
)
def test_files_that_are_no_such_lock(tmp_path: Path, name: str, text: str, message: str) -> None:
    """Another version of a format, or no TOML at all."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LockError) as caught:
        read_requirements(path)
    assert caught.value.message.startswith(f"{path}: {message}")


def test_conflicting_extras_choose_the_fork(tmp_path: Path) -> None:
    """uv spells extras that exclude each other as extras in markers; the wanted one decides."""
    source = 'source = { registry = "https://example.org" }\nsdist = { url = "https://example.org/x.zip", hash = "sha256:SHA" }'
    packages = "".join(f'[[package]]\nname = "foo"\nversion = "{v}"\n{filled(source)}\n' for v in "12")
    edges = "".join(
        f'{{ name = "foo", version = "{v}", marker = "extra == \'extra-3-app-{e}\'" }},' for v, e in (("1", "cpu"), ("2", "gpu"))
    )
    path = tmp_path / "uv.lock"
    app = '[[package]]\nname = "app"\nsource = { editable = "." }\n[package.optional-dependencies]\n'
    app += f"cpu = [{edges}]\ngpu = [{edges}]\n"
    path.write_text(f"version = 1\n{app}{packages}", encoding="utf-8")
    for extra, version in (("cpu", "1"), ("gpu", "2")):
        assert [r.version for r in read_requirements(path, extras=[extra]).requirements] == [version]
    assert read_requirements(path).requirements == ()


@pytest.mark.parametrize(
    "values",
    [
        ["n:a,B", "o:A"],
        ["n::all:,:none:,c"],
        ["n:a,b", "n::none:", "n:c"],
        ["n::all:", "o:foo", "n:bar"],
        ["o:a", "n:b,:all:,c", "o:d"],
        ["n:x,:all:,y,:none:,z", "o::none:"],
    ],
)
def test_format_options_are_pips(values: list[str]) -> None:
    """`--no-binary` and `--only-binary` have the effect that pip's own code has."""
    control, ours = FormatControl(), (set[str](), set[str]())
    for value in values:
        kind, _, names = value.partition(":")
        theirs = (control.no_binary, control.only_binary)
        FormatControl.handle_mutual_excludes(names, *(theirs if kind == "n" else theirs[::-1]))
        apply_format_option(names, *(ours if kind == "n" else ours[::-1]))
    assert ours == (control.no_binary, control.only_binary)
