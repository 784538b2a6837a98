"""Direct references in requirements files, constraints and nested files; and locking what they name."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from support.local_index import clear_pip_configuration, make_wheel, sha256, toy_sdist
from support.lock_bench import Bench

from reprowheel.errors import FetchError, LockError
from reprowheel.requirements.read import read_requirements
from reprowheel.sources.pack import archive_directory

A, B = "a" * 64, "b" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"

git_is_here = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench, with nothing of this machine's pip configuration."""
    clear_pip_configuration(monkeypatch)
    return Bench(tmp_path)


def write(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


DIRECT = f"""\
Foo[B,a] @ https://example.org/archive/main.zip#subdirectory=s&sha256={A} ; python_version > '3'
https://example.org/q/bar-1.2%2Blocal.tar.gz?x=1 --hash=sha256:{B} --hash=sha512:00
baz @ git+https://user@example.org/a/baz.git@{COMMIT.upper()}#subdirectory=python/x
"""


def test_references_are_those_that_pip_finds(tmp_path: Path) -> None:
    """Name, address, extras, marker, hash and subdirectory are those of pip's own parser."""
    path = write(tmp_path / "r.txt", DIRECT)
    ours = read_requirements(path).requirements
    theirs = [install_req_from_parsed_requirement(p) for p in parse_requirements(str(path), session=PipSession())]
    assert [r.name for r in ours] == ["foo", "bar", "baz"]
    for mine, pips in zip(ours, theirs, strict=True):
        assert pips.link is not None
        prefix, suffix = ("git+", f"@{mine.commit.upper()}") if mine.source == "git" else ("", "")
        assert f"{prefix}{mine.url}{suffix}" == pips.link.url_without_fragment
        assert mine.subdirectory == (pips.link.subdirectory_fragment or "")
        assert mine.marker == (str(pips.markers) if pips.markers else "")
        assert set(mine.extras) == {extra.lower() for extra in pips.extras}
    assert [r.sha256s for r in ours] == [(A,), (B,), ()]
    assert [(r.version, r.source) for r in ours] == [("", "url"), ("1.2+local", "url"), ("", "git")]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """`./dir`, `file:dir` and archives; a folder's name is in its pyproject.toml."""
    write(tmp_path / "sub" / "libs" / "thing" / "pyproject.toml", '[project]\nname = "Its.Name"\n')
    text = f"./libs/thing[x]\nfoo @ file:../other%20dir\n./x-1.0.zip --hash=sha256:{A}\nz @ file:///abs/z-2.zip#sha256={B}\n"
    write(tmp_path / "sub" / "r.txt", text)
    path = write(tmp_path / "r.txt", "-r sub/r.txt\n")
    read = [(r.name, r.version, r.source, r.path, r.url, r.extras) for r in read_requirements(path).requirements]
    assert read == [
        ("its-name", "", "path", tmp_path / "sub" / "libs" / "thing", "", ("x",)),
        ("foo", "", "path", tmp_path / "other dir", "", ()),
        ("x", "1.0", "path", tmp_path / "sub" / "x-1.0.zip", "", ()),
        ("z", "2", "url", None, "file:///abs/z-2.zip", ()),
    ]


def test_variables_are_replaced_as_pip_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upper case, in braces, and set."""
    monkeypatch.setenv("SOME_HOST", "example.org")
    monkeypatch.setenv("lower", "x")
    monkeypatch.delenv("UNSET", raising=False)
    path = write(tmp_path / "r.txt", "foo @ https://${SOME_HOST}/${UNSET}/${lower}/$SOME_HOST/f.zip#sha256=" + A)
    parsed = next(iter(parse_requirements(str(path), session=PipSession())))
    url = read_requirements(path).requirements[0].url
    assert url == "https://example.org/${UNSET}/${lower}/$SOME_HOST/f.zip"
    assert url in parsed.requirement


@pytest.mark.parametrize(
    ("constraint", "line", "message"),
    [
        ("foo<1", f"foo==1.0 --hash=sha256:{A}", "r.txt:2: foo==1.0 contradicts foo <1 of "),
        ("foo<1 ; os_name == 'x'", f"foo==1.0 --hash=sha256:{A}", ""),
        ("foo<1 ; os_name == 'x'", f"foo==1.0 ; os_name == 'x' --hash=sha256:{A}", "contradicts foo <1 of "),
        (f"foo==1.0 --hash=sha256:{B}", f"foo==1.0 --hash=sha256:{A}", "contradicts foo ==1.0 of "),
        ("foo @ https://example.org/f.zip", f"foo==1.0 --hash=sha256:{A}", "contradicts foo https://example.org/f.zip of "),
        ("foo @ https://example.org/f.zip", f"foo @ https://example.org/f.zip#sha256={A}", ""),
        (f"foo @ git+https://example.org/f@{COMMIT}", f"foo @ git+https://example.org/f@{COMMIT}", ""),
        ("foo==1.0", f"foo --hash=sha256:{A}", "foo is not pinned"),
        ("foo[x]<1", "", "c.txt:1: 'foo[x]<1' has extras"),
        ("./x", "", "c.txt:1: './x' is no constraint"),
    ],
)
def test_constraints_are_checked(tmp_path: Path, constraint: str, line: str, message: str) -> None:
    """A constraint that contradicts the lock is an error, and pins nothing itself."""
    write(tmp_path / "c.txt", constraint + "\n")
    path = write(tmp_path / "r.txt", f"-c c.txt\n{line}\n")
    if not message:
        assert [r.name for r in read_requirements(path).requirements] == ["foo"]
        return
    with pytest.raises(LockError) as caught:
        read_requirements(path)
    assert message in caught.value.message


def repository(path: Path, sources: Path) -> str:
    """Make a git repository with a branch, an annotated tag and one commit, and return the commit."""
    shutil.copytree(sources, path)

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    git("tag", "-a", "v1.0", "-m", "x")
    return git("rev-parse", "HEAD")


@git_is_here
@pytest.mark.parametrize("revision", ["main", "v1.0", ""])
def test_a_branch_or_tag_is_refused_with_the_commit(tmp_path: Path, revision: str) -> None:
    """The message says which commit it is now; of an annotated tag the commit, not the tag's own hash."""
    commit = repository(tmp_path / "repo", Path(__file__).parent)
    suffix = f"@{revision}" if revision else ""
    path = write(tmp_path / "r.txt", f"foo @ git+file://{tmp_path}/repo{suffix}\n")
    with pytest.raises(LockError) as caught:
        read_requirements(path)
    found = f"names {revision!r}, which can move" if revision else "names no commit"
    assert f"r.txt:1: foo: git+file://{tmp_path}/repo {found}; expected @ and a full commit" in caught.value.message
    assert caught.value.tip == f"write foo @ git+file://{tmp_path}/repo@{commit}, which {revision or 'HEAD'} is now"


def test_a_repository_that_does_not_answer(tmp_path: Path) -> None:
    """Then the message says how to find the commit."""
    path = write(tmp_path / "r.txt", f"foo @ git+file://{tmp_path}/none@abc1234\n")
    with pytest.raises(LockError) as caught:
        read_requirements(path)
    assert caught.value.tip == f"write the commit that `git ls-remote file://{tmp_path}/none abc1234` prints"


def unpacked(archive: Path, into: Path) -> Path:
    """Unpack an sdist and return its only folder."""
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    return next(into.iterdir())


def test_a_version_that_only_the_back_end_knows(bench: Bench) -> None:
    """The entry is that of the archive which says the version; a hash in the line is compared with that one."""
    sdist = toy_sdist(bench.files, "foo")
    folder = unpacked(sdist, bench.root / "a")
    (folder / "PKG-INFO").unlink(missing_ok=True)
    line = f"foo @ ./{folder.relative_to(bench.root)}"
    expected = archive_directory(folder, bench.root / "b", name="foo", version="1.0").sha256
    assert expected != archive_directory(folder, bench.root / "c", name="foo").sha256
    lock = bench.lock(write(bench.root / "r.txt", f"{line}\n"))
    assert lock["sdists"]["foo==1.0"]["sha256"] == expected
    assert bench.lock(write(bench.root / "r.txt", f"{line} --hash=sha256:{expected}\n")) == lock
    with pytest.raises(FetchError, match=f"has sha256 {expected}; expected {A}"):
        bench.run(write(bench.root / "r.txt", f"{line} --hash=sha256:{A}\n"))


@git_is_here
def test_every_source_is_locked(bench: Bench) -> None:
    """An archive at a URL, a folder and a commit get entries in the build lock; the lock is stable."""
    files = [toy_sdist(bench.files, name) for name in ("urly", "folder", "gitty")]
    odd = bench.root / "odd.tar.gz"
    shutil.copy(files[0], odd)
    folder = unpacked(files[1], bench.root / "a")
    commit = repository(bench.root / "repo", unpacked(files[2], bench.root / "b"))
    for file in files:
        file.unlink()
    path = write(
        bench.root / "r.txt",
        f"urly @ {odd.as_uri()}#sha256={sha256(odd)}\n"
        f"folder @ ./{folder.relative_to(bench.root)}\n"
        f"gitty @ git+file://{bench.root}/repo@{commit}\n",
    )
    lock = bench.lock(path)
    assert set(lock["sdists"]) == {"folder==1.0", "gitty==1.0", "urly==1.0"}
    assert lock["sdists"]["urly==1.0"]["sha256"] == sha256(odd)
    assert [entry["filename"] for entry in lock["sdists"].values()] == [f"{n}-1.0.tar.gz" for n in ("folder", "gitty", "urly")]
    assert all(entry["build_requirements"] == ["toy==1.0"] for entry in lock["sdists"].values())
    assert bench.run(path, "--check") == 0


def test_a_subdirectory_of_an_archive(bench: Bench) -> None:
    """The recorded hash is that of the archive at the URL."""
    sdist = toy_sdist(bench.files, "deep")
    top = bench.root / "top"
    unpacked(sdist, top)
    sdist.unlink()
    archive = Path(shutil.make_archive(str(bench.root / "main"), "gztar", bench.root, "top"))
    line = f"deep @ {archive.as_uri()}#subdirectory={next(top.iterdir()).name}&sha256={sha256(archive)}\n"
    lock = bench.lock(write(bench.root / "r.txt", line))
    assert lock["sdists"]["deep==1.0"]["sha256"] == sha256(archive)


def test_direct_wheels_and_only_binary_are_not_built(bench: Bench) -> None:
    """A wheel needs no build lock, and neither does what must not be built."""
    sdist = toy_sdist(bench.files, "foo")
    (bench.root / "elsewhere").mkdir()
    wheel = make_wheel(bench.root / "elsewhere", "bar", "1")
    text = f"bar @ {wheel.as_uri()}#sha256={sha256(wheel)}\nfoo==1.0 --hash=sha256:{sha256(sdist)}\n"
    path = write(bench.root / "r.txt", "--only-binary :all:\n" + text)
    assert bench.lock(path)["sdists"] == {}
    path = write(bench.root / "r.txt", "--only-binary :all:\n--no-binary foo\n" + text)
    assert set(bench.lock(path)["sdists"]) == {"foo==1.0"}


def test_other_bytes_are_refused(bench: Bench) -> None:
    """An archive at a URL, and a file, that is not what the lock says."""
    sdist = toy_sdist(bench.files, "foo")
    path = write(bench.root / "r.txt", f"foo @ {sdist.as_uri()}#sha256={A}\n")
    with pytest.raises(FetchError, match=f"has sha256 {sha256(sdist)}; expected {A}"):
        bench.run(path)
    path = write(bench.root / "r.txt", f"./files/{sdist.name} --hash=sha256:{A}\n")
    with pytest.raises(FetchError, match=f"has sha256 {sha256(sdist)}; expected {A}"):
        bench.run(path)
    path = write(bench.root / "r.txt", "foo @ ./missing\n")
    with pytest.raises(FetchError, match=r"r.txt:1: foo: .*missing does not exist"):
        bench.run(path)


def test_toml_locks_with_the_verb(bench: Bench) -> None:
    """`reprowheel lock uv.lock --extra x` locks the sdists that the project needs with that extra."""
    one, two = toy_sdist(bench.files, "one"), toy_sdist(bench.files, "two")
    text = "version = 1\n" + "".join(
        f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "https://example.org/simple" }}\n'
        f'sdist = {{ url = "https://example.org/{archive.name}", hash = "sha256:{sha256(archive)}" }}\n'
        for name, archive in (("one", one), ("two", two))
    )
    app = (
        '[[package]]\nname = "app"\nsource = { virtual = "." }\ndependencies = [{ name = "one" }]\n'
        '[package.optional-dependencies]\nx = [{ name = "two" }]\n'
    )
    path = write(bench.root / "uv.lock", text + app)
    assert set(bench.lock(path)["sdists"]) == {"one==1.0"}
    assert set(bench.lock(path, "--extra", "x")["sdists"]) == {"one==1.0", "two==1.0"}
