"""`tools/release`: one command, one commit, the same bytes on every machine, and what is in them."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from release import package
from release.archive import integrity, stored_gzip
from release.errors import ReleaseError
from support.git_repositories import git
from support.releases import commit, committed, make_release

REPOSITORY = Path(__file__).resolve().parents[2]
TOP = {*"BUILD.bazel MODULE.bazel WORKSPACE WORKSPACE.bzlmod .bazelignore docs e2e python tools".split()}
TOP |= {*"CHANGELOG.md LICENSE README.md SECURITY.md pyproject.toml".split()}
"""What of the repository's top is in the archive."""


def modes(folder: Path) -> dict[str, tuple[int, str]]:
    """Return path → mode and digest of all below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = "" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        found[path.relative_to(folder).as_posix()] = (stat.S_IMODE(path.stat().st_mode), content)
    return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone with the files of this work tree, and a tag."""
    root = committed(REPOSITORY, tmp_path_factory.mktemp("origin") / "clone")
    changelog = root / "CHANGELOG.md"
    dated = re.sub(
        r"^(## \S+) \(unreleased\)", r"\1 (2026-01-31)", changelog.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE
    )
    changelog.write_text(dated, encoding="utf-8")
    commit(root)
    (version,) = re.findall(r'^    version = "(.*)",$', (root / "MODULE.bazel").read_text(encoding="utf-8"), re.MULTILINE)
    git(root, "tag", "--annotate", "--message=m", f"v{version}")
    return root


@pytest.fixture(scope="module")
def release(repository: Path) -> Path:
    """Return the files of a release of the tag."""
    out = repository.parent / "out"
    done = make_release(repository, "--tag", git(repository, "tag"), out)
    assert done.returncode == 0, done.stderr
    return out


def test_two_machines(repository: Path, release: Path, tmp_path: Path) -> None:
    """Another path, user's configuration, umask, time zone, locale and attributes of the clone: the same files, byte for byte."""
    other = tmp_path / "another place" / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(other))
    (other / ".git/info/attributes").write_text("* -export-ignore\nREADME.md export-ignore\n", encoding="utf-8")
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    (home / ".gitconfig").write_text("[tar]\n\tumask = 0077\n[core]\n\tautocrlf = true\n\teol = crlf\n", encoding="utf-8")
    (home / ".config/git/attributes").write_text("*.bzl export-ignore\n", encoding="utf-8")
    out = tmp_path / "elsewhere" / "out"
    variables = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "USER": "bob", "PYTHONHASHSEED": "7", "GIT_DIR": "/nowhere"}
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    tag = git(repository, "tag")
    done = make_release(other, "--tag", tag, out, umask=0o077, HOME=str(home), XDG_CACHE_HOME=cache, **variables)
    assert done.returncode == 0, done.stderr
    assert modes(out) == modes(release)
    assert len(modes(out)) > 10


def test_archive(repository: Path, release: Path) -> None:
    """It has one folder, with the commit's files as they are; what only developers need is not among them; nobody owns it."""
    tag = git(repository, "tag")
    with tarfile.open(release / f"rules_reprowheel-{tag}.tar.gz") as tar:
        members = [member for member in tar.getmembers() if member.isfile()]
        files = {member.name: tar.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    names = {name.removeprefix(f"rules_reprowheel-{tag[1:]}/"): data for name, data in files.items()}
    tracked = git(repository, "ls-files").splitlines()
    assert {name: data for name, data in names.items() if data != (repository / name).read_bytes()} == {}
    assert {name.split("/")[0] for name in names} == TOP, "give a file that users do not need `export-ignore` in .gitattributes"
    kept = [name for name in tracked if re.match(r"python/|e2e/smoke/|tools/(execlog|lock|BUILD)|docs/[^/]+$", name)]
    assert set(kept) <= set(names)
    assert {(member.uid, member.gid, member.mode & 0o7777) for member in members} <= {(0, 0, 0o644), (0, 0, 0o755)}
    assert {member.mtime for member in members} == {int(git(repository, "show", "-s", "--format=%ct", "HEAD"))}


def test_other_programs_read_it(release: Path, tmp_path: Path) -> None:
    """gzip, tar and sha256sum, which are not ours."""
    archives = [*release.glob("*.tar.gz"), *release.glob("python/*.tar.gz")]
    assert len(archives) == 3
    for archive in archives:
        subprocess.run(["gzip", "--test", archive], check=True)
        subprocess.run(["tar", "--extract", "--file", archive], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=release, check=True, capture_output=True, text=True
    )
    told = {line.removesuffix(": OK") for line in done.stdout.splitlines()}
    assert told == {name for name, (_, digest) in modes(release).items() if digest} - {"SHA256SUMS"}
    packed, here = modes(tmp_path / "registry"), modes(release / "registry")
    assert {name: digest for name, (_, digest) in packed.items()} == {name: digest for name, (_, digest) in here.items()}


def test_registry(repository: Path, release: Path) -> None:
    """The digest is the archive's, MODULE.bazel is the archive's, and no placeholder of a template is left."""
    tag = git(repository, "tag")
    folder = release / "registry/modules/rules_reprowheel"
    source = json.loads((folder / tag[1:] / "source.json").read_text(encoding="utf-8"))
    openssl = ["openssl", "dgst", "-sha256", "-binary", release / f"rules_reprowheel-{tag}.tar.gz"]
    digest = subprocess.run(openssl, check=True, capture_output=True).stdout
    encoded = subprocess.run(["openssl", "base64", "-A"], input=digest, check=True, capture_output=True).stdout.decode()
    assert source["integrity"] == f"sha256-{encoded}"
    assert source["url"].endswith(f"/rules_reprowheel/releases/download/{tag}/rules_reprowheel-{tag}.tar.gz")
    assert "{" not in source["url"] + source["strip_prefix"]
    assert (folder / tag[1:] / "MODULE.bazel").read_bytes() == (repository / "MODULE.bazel").read_bytes()
    assert json.loads((folder / "metadata.json").read_text(encoding="utf-8"))["versions"] == [tag[1:]]


def test_python_package(repository: Path, release: Path, tmp_path: Path) -> None:
    """Its version is the module's; pip installs the wheel, which has every file of the helper and the command."""
    version = git(repository, "tag")[1:]
    (wheel,) = release.glob("python/*.whl")
    target = ["--target", str(tmp_path / "site")]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", *target, str(wheel)]
    subprocess.run(command, check=True)
    (metadata,) = (tmp_path / "site").glob("*.dist-info/METADATA")
    assert f"\nVersion: {version}\n" in metadata.read_text(encoding="utf-8")
    ours = {name for name in git(repository, "ls-files", "python/reprowheel").splitlines() if "__pycache__" not in name}
    installed = {
        f"python/{path.relative_to(tmp_path / 'site')}" for path in (tmp_path / "site/reprowheel").rglob("*") if path.is_file()
    }
    assert installed == ours
    with tarfile.open(next(release.glob("python/*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert names >= ours | {"LICENSE", "MODULE.bazel", "PKG-INFO", "README.md", "pyproject.toml"}
    assert {name.split("/")[0] for name in names} <= {
        "LICENSE",
        "MODULE.bazel",
        "PKG-INFO",
        "README.md",
        "docs",
        "pyproject.toml",
        "python",
    }
    with zipfile.ZipFile(wheel) as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}


def test_notes(repository: Path, release: Path) -> None:
    """The lines for MODULE.bazel are those of e2e/smoke, digests are the files', and no link ends nowhere."""
    notes = (release / "notes.md").read_text(encoding="utf-8")
    smoke = (REPOSITORY / "e2e/smoke/MODULE.bazel").read_text(encoding="utf-8")
    blocks = re.findall(r"^```starlark\n(.*?)\n```$", notes, re.MULTILINE | re.DOTALL)
    assert f"\n{blocks[0]}\n" in smoke
    assert "local_path_override" not in blocks[0]
    assert "INTEGRITY" not in notes and "COMMIT" not in notes
    assert f'commit = "{git(repository, "rev-parse", "HEAD")}"' in blocks[2]
    rows = dict(re.findall(r"^\| (\S+) \| `([0-9a-f]{64})` \|$", notes, re.MULTILINE))
    assert len(rows) == 4
    assert rows == {name: hashlib.sha256((release / name).read_bytes()).hexdigest() for name in rows}
    assert [target for target in re.findall(r"\]\(([^)]*)\)", notes) if not target.startswith("https://")] == []
    files = re.findall(r"\]\(https://[^)]*/blob/([0-9a-f]{40})/([^)#]*)", notes)
    assert files and {name for name, _ in files} == {git(repository, "rev-parse", "HEAD")}
    assert [name for _, name in files if not (repository / name).exists()] == []


def test_nothing_is_written_over(release: Path, repository: Path) -> None:
    """A folder with files stays as it is."""
    before = modes(release)
    done = make_release(repository, "--tag", git(repository, "tag"), release)
    assert (done.returncode, done.stderr) == (1, f"ERROR {release}: exists and is not empty; name another folder\n")
    assert modes(release) == before


@pytest.mark.parametrize("size", [0, 1, 0xFFFE, 0xFFFF, 0x10000, 3 * 0xFFFF, 1_000_003])
def test_stored_gzip(size: int) -> None:
    """Python's gzip reads it, and no byte of it is a compressor's: data, 5 bytes for each block, 18 around them."""
    data = bytes(i * i % 251 for i in range(size))
    packed = stored_gzip(data)
    assert gzip.decompress(packed) == data
    assert len(packed) == size + 18 + 5 * max(1, -(-size // 0xFFFF))


def test_integrity_is_sri() -> None:
    """The example of the specification of Subresource Integrity, with SHA-256."""
    assert integrity(b"alert('Hello, world.');") == "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="


def test_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the locked wheels cannot be had, the error says which command failed."""

    def failing(_: Path) -> Path:
        subprocess.run([sys.executable, "-c", "raise SystemExit(7)"], check=True)
        raise AssertionError

    monkeypatch.setattr(package, "virtual_environment", failing)
    with pytest.raises(ReleaseError) as e:
        package.python_package(b"", 0)
    command = f"{sys.executable} -c raise SystemExit(7)"
    assert str(e.value) == f"the Python package cannot be built: exit code 7 of `{command}`, which says above why"
