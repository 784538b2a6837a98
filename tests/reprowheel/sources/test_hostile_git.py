"""Repositories as hostile people make them: names that git would not check out, submodules on this machine, too much of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.git_repositories import commit_all, git, make_repository
from support.serving import serving_folder

from reprowheel import limits
from reprowheel.errors import FetchError
from reprowheel.sources.objects import is_remote, name_problem, parse_tree, resolve_address
from reprowheel.sources.pack import archive_git

if TYPE_CHECKING:
    pass

GOOD = {"pyproject.toml": '[project]\nname = "tiny"\nversion = "1"\n'}


def stored(repository: Path, kind: str, data: bytes) -> str:
    """Store an object, whatever it says."""
    command = ["git", "hash-object", "-w", "--literally", "--stdin", "-t", kind]
    return subprocess.run(command, cwd=repository, input=data, capture_output=True, check=True).stdout.decode().strip()


def tree_of(*entries: tuple[str, bytes, str]) -> bytes:
    """Return a tree object."""
    return b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)


def commit_tree(repository: Path, *entries: tuple[str, bytes, str]) -> str:
    """Commit a tree with these entries and a pyproject.toml; return the commit."""
    blob = git(repository, "rev-parse", "HEAD:pyproject.toml")
    tree = stored(repository, "tree", tree_of(*entries, ("100644", b"pyproject.toml", blob)))
    commit = git(repository, "commit-tree", tree, "-m", "m")
    git(repository, "update-ref", "refs/heads/bad", commit)
    return commit


def refused(repository: Path, commit: str, out: Path) -> str:
    """Return the message of the error; nothing is left."""
    with pytest.raises(FetchError) as caught:
        archive_git(repository.as_uri(), commit, out, name="tiny")
    assert "\n" not in caught.value.message
    assert repository.as_uri() in caught.value.message
    assert not out.exists() or list(out.iterdir()) == []
    return caught.value.message


@pytest.mark.parametrize("mode", ["100644", "120000", "40000"])
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (b"..", "is not the name of a file"),
        (b".", "is not the name of a file"),
        (b".git", "is git's own folder"),
        (b".GIT", "is git's own folder"),
        (b"a/b", "has a slash or NUL in it"),
        (b"/etc/x", "has a slash or NUL in it"),
        (b"../x", "has a slash or NUL in it"),
    ],
)
def test_names_that_git_would_not_check_out(tmp_path: Path, name: bytes, problem: str, mode: str) -> None:
    """They are told from the tree itself, at the top and in a folder."""
    repository = tmp_path / "r"
    make_repository(repository, GOOD)
    blob = git(repository, "rev-parse", "HEAD:pyproject.toml")
    inner = stored(repository, "tree", tree_of(("100644", b"x", blob))) if mode == "40000" else blob
    commit = commit_tree(repository, (mode, name, inner))
    assert f"the tree of the commit has an entry {name.decode()!r}, which {problem}" in refused(
        repository, commit, tmp_path / "o"
    )
    folder = stored(repository, "tree", tree_of((mode, name, inner)))
    commit = commit_tree(repository, ("40000", b"d", folder))
    assert f"the tree of d has an entry {name.decode()!r}, which {problem}" in refused(repository, commit, tmp_path / "o")


def test_names_twice(tmp_path: Path) -> None:
    """A link and a folder of one name: what is in the folder would be written through the link."""
    repository = tmp_path / "r"
    make_repository(repository, GOOD)
    blob = git(repository, "rev-parse", "HEAD:pyproject.toml")
    inner = stored(repository, "tree", tree_of(("100644", b"x", blob)))
    commit = commit_tree(repository, ("120000", b"d", blob), ("40000", b"d", inner))
    with pytest.raises(FetchError, match="a tree of the git repository is damaged at its entry b'd'"):
        archive_git(repository.as_uri(), commit, tmp_path / "o", name="tiny")


def test_trees_that_multiply(tmp_path: Path) -> None:
    """Twenty trees of two entries each are a million files: they are counted, and no more are read than the limit."""
    repository = tmp_path / "r"
    make_repository(repository, GOOD)
    inner = stored(repository, "tree", tree_of(("100644", b"x", git(repository, "rev-parse", "HEAD:pyproject.toml"))))
    for _ in range(20):
        inner = stored(repository, "tree", tree_of(("40000", b"a", inner), ("40000", b"b", inner)))
    commit = commit_tree(repository, ("40000", b"d", inner))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_MEMBERS", 1000)
        assert "has more than 1000 files and folders, which is the limit" in refused(repository, commit, tmp_path / "o")


def test_deep_trees(tmp_path: Path) -> None:
    """Folders have the limit that they have in archives."""
    repository = tmp_path / "r"
    make_repository(repository, GOOD)
    inner = stored(repository, "tree", tree_of(("100644", b"x", git(repository, "rev-parse", "HEAD:pyproject.toml"))))
    for _ in range(limits.MAX_DEPTH + 1):
        inner = stored(repository, "tree", tree_of(("40000", b"a", inner)))
    commit = commit_tree(repository, ("40000", b"d", inner))
    assert f"the limit is {limits.MAX_DEPTH}" in refused(repository, commit, tmp_path / "o")


@pytest.mark.parametrize(("target", "shown"), [(b"", "''"), (b"a\0b", r"'a\x00b'")])
def test_links_that_lead_nowhere(tmp_path: Path, target: bytes, shown: str) -> None:
    """A link needs a path that an archive can hold."""
    repository = tmp_path / "r"
    make_repository(repository, GOOD)
    commit = commit_tree(repository, ("120000", b"l", stored(repository, "blob", target)))
    assert f"the link l leads to {shown}; expected a path" in refused(repository, commit, tmp_path / "o")


def test_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size comes before the content, which is then not read."""
    monkeypatch.setattr(limits, "MAX_SOURCE_FILE", 1000)
    commit = make_repository(tmp_path / "good", {**GOOD, "x": b"x" * 1000})
    assert archive_git((tmp_path / "good").as_uri(), commit, tmp_path / "a", name="tiny").version == "1"
    commit = make_repository(tmp_path / "bad", {**GOOD, "x": b"x" * 1001})
    assert "has 1001 bytes; the limit is 1000" in refused(tmp_path / "bad", commit, tmp_path / "o")


@pytest.mark.parametrize(
    "address", ["{secret}", "file://{secret}", "../../../../../../../../../..{secret}", "FILE:///{secret}", ""]
)
def test_submodule_on_this_machine(tmp_path: Path, address: str) -> None:
    """A repository on a server cannot name one on this machine; on a server, and for a repository on this machine, it may."""
    make_repository(tmp_path / "secret", {"key": "secret"})
    make_repository(tmp_path / "served/lib", {"lib.c": "int one;\n"})
    main = tmp_path / "served/main"
    make_repository(main, GOOD)
    git(main, "submodule", "--quiet", "add", str(tmp_path / "secret"), "lib")
    git(main, "config", "--file", ".gitmodules", "submodule.lib.url", address.format(secret=tmp_path / "secret"))
    bad = commit_all(main)
    git(main / "lib", "fetch", "--quiet", str(tmp_path / "served/lib"))
    git(main / "lib", "checkout", "--quiet", "FETCH_HEAD")
    git(main, "config", "--file", ".gitmodules", "submodule.lib.url", "../../lib/.git")
    good = commit_all(main)
    for repository in (main, tmp_path / "served/lib"):
        git(repository, "update-server-info")
    with serving_folder(tmp_path / "served") as server:
        url = f"{server}/main/.git"
        with pytest.raises(FetchError, match=r"submodule lib: \.gitmodules (says that it is at .* on this machine|of commit)"):
            archive_git(url, bad, tmp_path / "o", name="tiny")
        assert archive_git(url, good, tmp_path / "a", name="tiny").version == "1"
    if address == "{secret}":
        assert archive_git(main.as_uri(), bad, tmp_path / "b", name="tiny").version == "1"


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("https://example.org/a", True),
        ("HTTP://example.org/a", True),
        ("ssh://git@example.org/a", True),
        ("git://example.org/a", True),
        ("git@example.org:a/b", True),
        ("file:///a", False),
        ("/a", False),
        ("a/b:c", False),
        ("./a", False),
        ("https:///a", False),
        ("ext::sh -c x", False),
        ("file::/a", False),
        ("file://host/a", False),
        ("", False),
    ],
)
def test_what_is_on_a_server(url: str, remote: bool) -> None:
    """As git reads addresses; what is not known to be on a server is taken to be here."""
    assert is_remote(url) is remote


def test_relative_addresses_that_leave_the_server() -> None:
    """Too many steps up are no address of a server any more."""
    assert resolve_address("https://h/a/b", "../c") == "https://h/a/c"
    found = [resolve_address("https://h/a/b", "../" * steps + "etc/x") for steps in range(3, 12)]
    assert [is_remote(address) for address in found] == [":" in address.partition("/")[0] for address in found]
    assert found[-1] == "/etc/x"


def test_trees_that_are_cut_off() -> None:
    """A tree object that ends in an entry is refused in one line."""
    whole = tree_of(("100644", b"a", "0" * 40), ("40000", b"b", "1" * 40))
    assert list(parse_tree(whole, 20)) == [("100644", "a", "0" * 40), ("40000", "b", "1" * 40)]
    for end in range(1, len(whole)):
        if end != 29:
            with pytest.raises(FetchError, match="is damaged at its entry"):
                list(parse_tree(whole[:end], 20))
    assert name_problem("a.git") == name_problem("..a") == ""
    assert name_problem("") == "is not the name of a file"
