"""A file is found by its hash alone, checked, and written completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from support.local_index import clear_pip_configuration, make_sdist, make_wheel, serve, sha256, write_simple

from reprowheel.archives.names import archive_identity
from reprowheel.errors import FetchError
from reprowheel.fetch.by_hash import fetch_file, files_of_version
from reprowheel.fetch.index import Index


@pytest.fixture(autouse=True)
def _no_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test."""
    clear_pip_configuration(monkeypatch)


@pytest.fixture
def archives(tmp_path: Path) -> list[Path]:
    """Two versions of a project, one of them with a wheel."""
    folder = tmp_path / "archives"
    folder.mkdir()
    return [
        make_sdist(folder, "foo", "1.0", {}),
        make_wheel(folder, "foo", "1.0"),
        make_sdist(folder, "foo", "1.0.1", {}),
    ]


def names(directory: Path) -> list[str]:
    """Return what a folder holds, hidden files too."""
    return sorted(os.listdir(directory)) if directory.exists() else []


@pytest.mark.parametrize("kind", ["json", "html", "base", "plain"])
def test_fetches_the_file_with_the_hash(archives: list[Path], tmp_path: Path, kind: str) -> None:
    """The hash alone chooses between sdist and wheel; an index that gives no hashes is served as well."""
    for archive in archives[:2]:
        target = tmp_path / "out" / archive.name
        with serve(archives, kind=kind) as url, Index(url) as index:
            fetched = fetch_file(
                index=index, name="Foo", version="1", sha256s=[sha256(archive), "0" * 64], directory=target.parent
            )
        assert fetched.path == target
        assert fetched.sha256 == sha256(target) == sha256(archive)
        assert target.stat().st_mode & 0o777 == 0o644
    assert names(tmp_path / "out") == sorted(a.name for a in archives[:2])


def test_only_the_exact_version_counts(archives: list[Path], tmp_path: Path) -> None:
    """The hash of another version's file is not enough: name and version must fit, too."""
    with Index(write_simple(tmp_path / "index", archives)) as index, pytest.raises(FetchError) as caught:
        fetch_file(index=index, name="foo", version="1.0", sha256s=[sha256(archives[2])], directory=tmp_path / "out")
    assert "foo==1.0" in caught.value.message
    assert sha256(archives[2]) in caught.value.message
    assert "none of the 2 files" in caught.value.message
    assert caught.value.tip
    assert names(tmp_path / "out") == []


def test_only_sdists(archives: list[Path], tmp_path: Path) -> None:
    """Asked for an sdist, a wheel with an allowed hash is not taken."""
    with Index(write_simple(tmp_path / "index", archives)) as index, pytest.raises(FetchError):
        fetch_file(
            index=index,
            name="foo",
            version="1.0",
            sha256s=[sha256(archives[1])],
            directory=tmp_path / "out",
            only_sdists=True,
        )


def test_a_substituted_file_is_refused(archives: list[Path], tmp_path: Path) -> None:
    """An index that promises a hash and sends other bytes gets nothing written."""
    url = write_simple(tmp_path / "index", archives)
    promised = sha256(archives[0])
    archives[0].write_bytes(archives[0].read_bytes() + b"x")
    with Index(url) as index, pytest.raises(FetchError, match="not what the index promised") as caught:
        fetch_file(index=index, name="foo", version="1.0", sha256s=[promised], directory=tmp_path / "out")
    assert promised in caught.value.message
    assert names(tmp_path / "out") == []


def test_an_older_file_of_the_same_name_is_replaced_only_by_the_right_one(archives: list[Path], tmp_path: Path) -> None:
    """A damaged file from before is fetched again; one with the right hash is not."""
    target = tmp_path / archives[0].name
    target.write_bytes(b"half a file")
    requests: list[str] = []
    with serve(archives, kind="json", requests=requests) as url, Index(url) as index:
        for _ in range(2):
            fetch_file(index=index, name="foo", version="1.0", sha256s=[sha256(archives[0])], directory=tmp_path)
            assert target.read_bytes() == archives[0].read_bytes()
    assert len([r for r in requests if r.startswith("/files/")]) == 1


def test_unknown_project_and_unreachable_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A project the index does not have is told apart from an index that cannot be asked."""
    with Index(write_simple(tmp_path / "index", [])) as index, pytest.raises(FetchError) as caught:
        fetch_file(index=index, name="foo", version="1.0", sha256s=["0" * 64], directory=tmp_path / "out")
    assert "lists no file of this version" in caught.value.message
    assert "cannot be reached" not in caught.value.message
    monkeypatch.setenv("PIP_RETRIES", "0")
    with Index("http://127.0.0.1:9/simple") as index, pytest.raises(FetchError) as caught:
        fetch_file(index=index, name="foo", version="1.0", sha256s=["0" * 64], directory=tmp_path / "out")
    assert "cannot be reached: nothing listens at 127.0.0.1:9" in caught.value.message
    assert "--index-url" in caught.value.tip


def test_archive_identity_agrees_with_packaging() -> None:
    """Names of archives are read as `packaging` reads them; anything else is no archive."""
    wheel, sdist = "Foo_Bar-1.0.post1-py3-none-any.whl", "foo-bar-1.0.tar.gz"
    assert archive_identity(wheel) == (*map(str, parse_wheel_filename(wheel)[:2]), True)
    assert archive_identity(sdist) == (*map(str, parse_sdist_filename(sdist)), False)
    assert archive_identity("foo-1.0.tar.bz2") == ("foo", "1.0", False)
    for other in ("foo-1.0.tar.gz.asc", "foo-1.0.exe", "foo.whl", "foo.tar.gz", "foo-notaversion!.tar.gz"):
        assert archive_identity(other) is None


def test_same_version_in_another_spelling(tmp_path: Path) -> None:
    """1 and 1.0 are one version (PEP 440)."""
    sdist = make_sdist(tmp_path, "foo", "1.0", {})
    with Index(write_simple(tmp_path / "index", [sdist])) as index:
        assert [f.filename for f in files_of_version(index, "foo", "1")] == [sdist.name]
