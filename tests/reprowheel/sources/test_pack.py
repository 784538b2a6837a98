"""Commits and folders as canonical sdists: the same bytes whoever packs them, and exactly what git stores."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import ROOT
from support.git_repositories import WHEN, commit_all, git, make_repository, write

from reprowheel.__main__ import main
from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import FetchError
from reprowheel.files import file_sha256
from reprowheel.sources.pack import archive_crates, archive_directory, archive_git

if TYPE_CHECKING:
    from collections.abc import Mapping

PYPROJECT = '[build-system]\nrequires = []\n[project]\nname = "Tiny.Pkg"\n{}'
FILES = {
    "pyproject.toml": PYPROJECT.format('version = "1.0"\n'),
    "tiny.py": "answer = 42\r\n",
    "run.sh*": "#!/bin/sh\n",
    "docs/a.txt": "$Format:%H$ $Id$\n",
    "link.txt": "-> docs/a.txt",
    "big.bin": bytes(range(256)) * 1000,
    ".gitattributes": "*.txt text eol=crlf export-subst ident\n*.py text filter=upper\ndocs export-ignore\n",
}
DIGEST = "872931dce27d59ae06928ba014ee340080a71e11cd9f3d44630b9c5c0ace5b85"


def members(archive: Path) -> dict[str, tuple[int, str, bytes]]:
    """Return path → (mode, link, content) as the standard library reads them."""
    with tarfile.open(archive, "r:gz") as tar:
        return {m.name.partition("/")[2]: (m.mode, m.linkname, b"" if m.issym() else _content(tar, m)) for m in tar.getmembers()}


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    assert stream is not None
    return stream.read()


def pack(url: str, commit: str, out: Path, umask: int, **variables: str) -> str:
    """Pack in a process of its own and return the archive's digest."""
    script = (
        "import sys, pathlib; from reprowheel.sources.pack import archive_git as a\n"
        "print(a(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), name='tiny-pkg').sha256)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), *sys.path[1:]])}
    run = subprocess.run(
        [sys.executable, "-c", script, url, commit, str(out)],
        env=environment | variables,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_holds_what_git_stores(tmp_path: Path) -> None:
    """Contents, links and executable bits are those of `git cat-file`; nothing is converted, left out or expanded."""
    commit = make_repository(tmp_path / "r", FILES)
    made = archive_git((tmp_path / "r").as_uri(), commit, tmp_path / "out", name="tiny-pkg")
    found = members(made.path)
    listed = git(tmp_path / "r", "ls-tree", "-r", "--format=%(objectmode) %(path)", commit).splitlines()
    assert sorted(found) == sorted([*(line.split(" ", 1)[1] for line in listed), "PKG-INFO"])
    for line in listed:
        mode, path = line.split(" ", 1)
        blob = subprocess.run(
            ["git", "cat-file", "blob", f"{commit}:{path}"], cwd=tmp_path / "r", capture_output=True, check=True
        )
        if mode == "120000":
            assert found[path] == (0o777, blob.stdout.decode(), b"")
        else:
            assert found[path] == (0o755 if mode == "100755" else 0o644, "", blob.stdout)
    assert made.epoch == WHEN
    assert (made.version, made.path.name) == ("1.0", "tiny_pkg-1.0.tar.gz")


def test_other_programs_read_it(tmp_path: Path) -> None:
    """gzip and tar accept it, and the helper takes it for an sdist with the commit's time."""
    commit = make_repository(tmp_path / "r", FILES)
    made = archive_git((tmp_path / "r").as_uri(), commit, tmp_path / "out", name="tiny-pkg")
    subprocess.run(["gzip", "--test", made.path], check=True)
    listed = subprocess.run(["tar", "-tzf", made.path], check=True, capture_output=True, text=True).stdout.splitlines()
    assert listed == sorted(listed, key=str.encode)
    assert len(gzip.decompress(made.path.read_bytes())) % 10240 == 0
    sdist = unpack_sdist(made.path, tmp_path / "unpacked")
    assert (sdist.name, sdist.version, sdist.epoch) == ("tiny-pkg", "1.0", WHEN)


def test_digest_is_the_same_everywhere(tmp_path: Path) -> None:
    """Two users, umasks, time zones, homes and git configurations pack the same bytes, and so does everybody else."""
    commit = make_repository(tmp_path / "r", FILES)
    home = tmp_path / "home"
    home.mkdir()
    git(home, "config", "--file", str(home / ".gitconfig"), "core.autocrlf", "true")
    git(home, "config", "--file", str(home / ".gitconfig"), "filter.upper.smudge", "tr a-z A-Z")
    git(home, "config", "--file", str(home / ".gitconfig"), "core.compression", "9")
    git(home, "config", "--file", str(home / ".gitconfig"), "tar.umask", "0077")
    url = (tmp_path / "r").as_uri()
    one = pack(url, commit, tmp_path / "a", 0o022, TZ="Asia/Tokyo", HOME=str(tmp_path))
    two = pack(url, commit, tmp_path / "b", 0o077, TZ="America/St_Johns", HOME=str(home), GIT_DIR="/nowhere", LANG="tr_TR.UTF-8")
    assert one == two == DIGEST


def test_edited_commit_has_another_digest(tmp_path: Path) -> None:
    """One byte more, or one executable bit, is another archive."""
    url, repository = (tmp_path / "r").as_uri(), tmp_path / "r"
    first = make_repository(repository, FILES)
    write(repository, {"tiny.py": "answer = 43\r\n"})
    second = commit_all(repository)
    write(repository, {"tiny.py*": "answer = 43\r\n"})
    third = commit_all(repository)
    made = [archive_git(url, c, tmp_path / c, name="tiny-pkg").sha256 for c in (first, second, third)]
    assert len(set(made)) == 3
    assert archive_git(url, first, tmp_path / "again", name="tiny-pkg").sha256 == made[0]


def test_dynamic_version_is_written(tmp_path: Path) -> None:
    """Where the project does not state its version, the lock's goes into a PKG-INFO, which back ends read without tags."""
    commit = make_repository(tmp_path / "r", {"pyproject.toml": PYPROJECT.format('dynamic = ["version"]\n')})
    url = (tmp_path / "r").as_uri()
    made = archive_git(url, commit, tmp_path / "a", name="Tiny_Pkg", version="2.5")
    assert members(made.path)["PKG-INFO"][2] == b"Metadata-Version: 2.1\nName: tiny-pkg\nVersion: 2.5\n"
    assert made.path.name == "tiny_pkg-2.5.tar.gz"
    unknown = archive_git(url, commit, tmp_path / "b", name="Tiny_Pkg")
    assert "PKG-INFO" not in members(unknown.path)
    assert (unknown.version, unknown.path.name) == ("", "tiny_pkg-0.tar.gz")


def test_submodule_is_part_of_the_archive(tmp_path: Path) -> None:
    """The commit that the tree pins is fetched, from an address relative to the repository's, not its newest one."""
    make_repository(tmp_path / "lib", {"lib.c": "int one;\n"})
    commit = make_repository(tmp_path / "r", FILES)
    git(tmp_path / "r", "submodule", "--quiet", "add", str(tmp_path / "lib"), "vendor/lib")
    git(tmp_path / "r", "config", "--file", ".gitmodules", "submodule.vendor/lib.url", "../lib")
    commit = commit_all(tmp_path / "r")
    write(tmp_path / "lib", {"lib.c": "int two;\n"})
    commit_all(tmp_path / "lib")
    made = archive_git((tmp_path / "r").as_uri(), commit, tmp_path / "out", name="tiny-pkg")
    assert members(made.path)["vendor/lib/lib.c"] == (0o644, "", b"int one;\n")


def test_subdirectory(tmp_path: Path) -> None:
    """Only the project's folder is packed; a link to a file outside of it becomes that file."""
    files = {
        "LICENSE": "mine\n",
        "py/pyproject.toml": FILES["pyproject.toml"],
        "py/LICENSE": "-> ../LICENSE",
        "py/other": "-> LICENSE",
        "pyx/no": "",
    }
    commit = make_repository(tmp_path / "r", files)
    made = archive_git((tmp_path / "r").as_uri(), commit, tmp_path / "out", name="tiny-pkg", subdirectory="./py/")
    found = members(made.path)
    assert sorted(found) == ["LICENSE", "PKG-INFO", "other", "pyproject.toml"]
    assert found["LICENSE"] == (0o644, "", b"mine\n")
    assert found["other"][1] == "LICENSE"


GOOD = {"pyproject.toml": FILES["pyproject.toml"]}


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        (
            {**GOOD, "l": "-> /etc/passwd"},
            {},
            "the link l leads to /etc/passwd, out of the sources",
        ),
        (
            {**GOOD, "l": "-> a/../../x"},
            {},
            "the link l leads to a/../../x, out of the sources",
        ),
        ({"a/pyproject.toml": "", "a/l": "-> ../b"}, {"subdirectory": "a"}, "the link a/l leads to ../b, out of the project"),
        ({"readme": "x"}, {}, "has neither pyproject.toml nor setup.py"),
        (GOOD, {"subdirectory": "../x"}, "the subdirectory leads outside"),
        (GOOD, {"version": "2"}, "is tiny-pkg==1.0; expected tiny-pkg==2"),
        ({"pyproject.toml": FILES["pyproject.toml"].replace("Tiny.Pkg", "other")}, {}, "is other; expected tiny-pkg"),
        ({"pyproject.toml": "["}, {}, "pyproject.toml cannot be read"),
        (
            {"setup.py": "", "a.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"},
            {"version": "1"},
            "a.bin is only a pointer of git LFS, not the file itself",
        ),
    ],
    ids=["absolute", "outside", "subdirectory", "no-project", "escape", "version", "name", "damaged", "lfs"],
)
def test_refused(tmp_path: Path, files: Mapping[str, str], options: dict[str, str], message: str) -> None:
    """What cannot be packed is refused in one line, and no archive is left."""
    commit = make_repository(tmp_path / "r", files)
    with pytest.raises(FetchError) as caught:
        archive_git((tmp_path / "r").as_uri(), commit, tmp_path / "out", name="tiny-pkg", **options)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert list((tmp_path / "out").glob("*")) == []


def test_unreachable(tmp_path: Path) -> None:
    """A branch, an unknown commit, another repository and another protocol are refused; no message has a password."""
    make_repository(tmp_path / "r", FILES)
    url = (tmp_path / "r").as_uri()
    for address, commit, message in [
        (url, "main", "'main' is not a full commit; expected 40 or 64 hexadecimal digits"),
        (url, "0" * 40, f"has no commit {'0' * 40}"),
        ((tmp_path / "none").as_uri(), "0" * 40, "does not appear to be a git repository"),
        ("ext::sh -c touch% /tmp/never", "0" * 40, "transport 'ext' not allowed"),
        ("--upload-pack=x", "0" * 40, "is not the address of a git repository"),
    ]:
        with pytest.raises(FetchError) as caught:
            archive_git(address, commit, tmp_path / "out", name="tiny-pkg")
        assert message in caught.value.message
    with pytest.raises(FetchError) as caught:
        archive_git("http://me:secret@127.0.0.1:9/r.git", "0" * 40, tmp_path / "out", name="tiny-pkg")
    assert "secret" not in caught.value.message + caught.value.tip
    assert "http://127.0.0.1:9/r.git" in caught.value.message


def test_folder(tmp_path: Path) -> None:
    """A folder is packed without what work on it leaves behind; its times, umask and place do not matter."""
    left = {
        ".git/config": "x",
        "__pycache__/a.cpython-311.pyc": "x",
        "pkg/b.pyc": "x",
        "src/tiny.egg-info/PKG-INFO": "x",
        "build/lib/x.py": "x",
        "dist/x.whl": "x",
        ".venv/pyvenv.cfg": "x",
        "bazel-out": "-> /nowhere",
    }
    kept = {k: v for k, v in FILES.items() if k != "link.txt"} | {"pkg/build/x.py": "x", "pkg/dist.py": ""}
    write(tmp_path / "one", kept | left)
    write(tmp_path / "deeper/two", kept)
    os.utime(tmp_path / "one/tiny.py", (5, 5))
    (tmp_path / "one/tiny.py").chmod(0o600)
    one = archive_directory(tmp_path / "one", tmp_path / "a", name="tiny-pkg")
    two = archive_directory(tmp_path / "deeper/two", tmp_path / "b", name="tiny-pkg")
    assert one.sha256 == two.sha256
    assert sorted(members(one.path)) == sorted([*(k.removesuffix("*") for k in kept), "PKG-INFO"])
    write(tmp_path / "one/build", {"__init__.py": ""})
    assert "build/__init__.py" in members(archive_directory(tmp_path / "one", tmp_path / "c", name="tiny-pkg").path)
    with pytest.raises(FetchError, match="no such folder"):
        archive_directory(tmp_path / "none", tmp_path / "d", name="tiny-pkg")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verb prints the digest; with --json facts on standard output; wrong use is exit code 2."""
    commit = make_repository(tmp_path / "r", FILES)
    source = f"git+{(tmp_path / 'r').as_uri()}@{commit}"
    assert main(["archive", source, "--name", "tiny-pkg", "--out", str(tmp_path / "a"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    archive = tmp_path / "a" / facts["filename"]
    assert facts["sha256"] == file_sha256(archive)
    assert (facts["version"], facts["epoch"]) == ("1.0", WHEN)
    assert main(["archive", str(tmp_path / "r"), "--name", "tiny-pkg", "--out", str(tmp_path / "b")]) == 0
    assert "tiny_pkg-1.0.tar.gz" in capsys.readouterr().err
    assert main(["archive", "git+nowhere", "--name", "x", "--out", str(tmp_path / "c")]) == 2
    assert "expected git+URL@COMMIT" in capsys.readouterr().err


def test_commit_of_crates(tmp_path: Path) -> None:
    """A commit that has crates is packed whole, whether it is a Python project or not; one without a crate is refused."""
    files = {"a/Cargo.toml": "[package]\n", "a/src/lib.rs": "", "pyproject.toml": PYPROJECT.format('version = "1.0"\n')}
    commit = make_repository(tmp_path / "held", files)
    made = archive_crates(f"file://{tmp_path}/held", commit, tmp_path / "out", name="held")
    assert made.path.name == f"held-{commit}.tar.gz"
    assert sorted(members(made.path)) == sorted(files)
    again = archive_crates(f"file://{tmp_path}/held", commit, tmp_path / "again", name="held")
    assert again.sha256 == made.sha256 == file_sha256(made.path)
    none = make_repository(tmp_path / "none", {"a.txt": ""})
    with pytest.raises(FetchError, match="has no Cargo.toml, so it has no crate"):
        archive_crates(f"file://{tmp_path}/none", none, tmp_path / "out", name="none")


def test_crates_are_of_a_commit(capsys: pytest.CaptureFixture[str]) -> None:
    """The option for crates takes a commit, and all of it."""
    for given in (["."], ["git+https://example.org/a@" + "a" * 40, "--version", "1"]):
        assert main(["archive", *given, "--crates", "--name", "a"]) == 2
        assert "--crates packs a whole commit; expected git+URL@COMMIT, without --version" in capsys.readouterr().err
