"""Sources that no index has: commits of git repositories, folders and archives of the workspace, addresses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from e2e.fetching import Workspace, build_lock, hub, workspace
from support.git_repositories import commit_all, git, make_repository, write
from support.local_index import BACK_END, make_sdist, make_wheel, sha256

# A back end in the project's own tree that asks for its version as setuptools-scm does, and says what it was told.
SCM = BACK_END.replace(
    'return data.get("tool", {}).get("toy", {})',
    """seen = os.environ["SETUPTOOLS_SCM_PRETEND_VERSION_FOR_TINY_SCM"]
    told = pathlib.Path("PKG-INFO").read_text()
    module = f"told = {told!r}\\nepoch = {os.environ['SOURCE_DATE_EPOCH']}\\n"
    return data["tool"]["toy"] | {"version": seen, "module": module}""",
)
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "{name}"
{version}
[tool.toy]
name = "{name}"
version = "1.0"
"""
DYNAMIC = {"pyproject.toml": PYPROJECT.format(name="tiny-scm", version='dynamic = ["version"]'), "backend.py": SCM}
STATIC = {"pyproject.toml": PYPROJECT.format(name="tiny-path", version='version = "1.0"'), "backend.py": BACK_END}
LOCK = {"requirements_lock": "//:requirements.txt", "build_requirements_lock": "//:lock.json"}


class Sources:
    """What the tests lock; all of it lies outside of the machines.

    :param commits: of the repository, oldest first.
    """

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "repository"
        self.commits = [
            make_repository(self.repository, {**DYNAMIC, "tiny_scm.txt": "one\r\n", ".gitattributes": "*.txt text eol=crlf\n"})
        ]
        write(self.repository, {"tiny_scm.txt": "two\n"})
        self.commits.append(commit_all(self.repository))
        files = dict(STATIC)
        self.sdist = make_sdist(folder, "tiny-path", "1.0", files)
        self.wheel = make_wheel(folder, "tiny-wheel", "1.0", files={"tiny_wheel.py": ""})

    def requirement(self, index: int, end: str = "") -> str:
        """Return the line that locks a commit."""
        return f"tiny-scm @ git+{self.repository.as_uri()}@{self.commits[index]}{end}\n"

    def build_lock(self) -> str:
        """Return a build lock for all of it: nothing is needed to build them."""
        lock = build_lock({self.sdist: []})
        return re.sub(r'("sdists": \{)("tiny-path==1.0": (\{.*?\}))', r'\1\2, "tiny-scm==2.5": \3', lock)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """Return the sources."""
    return Sources(tmp_path_factory.mktemp("sources"))


def fetch(kept: Workspace, hub_name: str, line: str, lock: str, target: str) -> tuple[int, str]:
    """Lock one line in a hub and build its wheel."""
    kept.write(hub(hub_name, **LOCK), {"requirements.txt": line, "lock.json": lock})
    code, output, _ = kept.build(f"@{hub_name}//{target}:whl")
    return code, output


def archive(kept: Workspace, hub_name: str, pattern: str) -> Path:
    """Return the archive that a repository of a hub holds."""
    found = list(kept.machine.output_root.glob(f"*/external/*[~+]{hub_name}_*/{pattern}"))
    assert len(found) == 1, found
    return found[0]


def wheel_of(kept: Workspace, hub_name: str, name: str) -> Path:
    """Return the wheel that an action has built."""
    found = list(kept.machine.output_root.glob(f"*/execroot/_main/bazel-out/*/bin/external/*[~+]{hub_name}_*/*/{name}-*.whl"))
    assert found
    return found[0]


def test_commit_is_the_same_on_two_machines(
    kept: Workspace, sources: Sources, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> None:
    """Another umask, time zone, home and configuration of git: the same archive and wheel, with the locked version and time."""
    code, output = fetch(kept, "commit", sources.requirement(0), sources.build_lock(), "tiny_scm")
    assert code == 0, output
    base = tmp_path_factory.mktemp("two")
    with workspace(base, cache / "downloads", umask=0o077, TZ="America/St_Johns", LANG="C.UTF-8") as two:
        config = str(Path(two.machine.environment["HOME"]) / ".gitconfig")
        for key, value in {"core.autocrlf": "true", "core.eol": "crlf", "tar.umask": "0077", "core.compression": "1"}.items():
            git(base, "config", "--file", config, key, value)
        code, output = fetch(two, "commit", sources.requirement(0), sources.build_lock(), "tiny_scm")
        assert code == 0, output
        left, right = archive(kept, "commit", "tiny_scm-2.5.tar.gz"), archive(two, "commit", "tiny_scm-2.5.tar.gz")
        assert sha256(left) == sha256(right)
        left, right = wheel_of(kept, "commit", "tiny_scm"), wheel_of(two, "commit", "tiny_scm")
        assert left.read_bytes() == right.read_bytes()
    assert b"Name: tiny-scm\\nVersion: 2.5\\n" in left.read_bytes()
    assert b"epoch = 1700000000" in left.read_bytes()


def test_edited_commit_is_another_archive(kept: Workspace, sources: Sources) -> None:
    """The digest of a commit may be locked; another commit under it is refused with both digests."""
    digest = sha256(archive(kept, "commit", "tiny_scm-2.5.tar.gz"))
    code, output = fetch(kept, "edited", sources.requirement(1), sources.build_lock(), "tiny_scm")
    assert code == 0, output
    other = sha256(archive(kept, "edited", "tiny_scm-2.5.tar.gz"))
    assert other != digest
    end = f" --hash=sha256:{digest}"
    code, output = fetch(kept, "vouched", sources.requirement(0, end), sources.build_lock(), "tiny_scm")
    assert code == 0, output
    code, output = fetch(kept, "wrong", sources.requirement(1, end), sources.build_lock(), "tiny_scm")
    assert code != 0
    assert (
        f"requirements.txt:1: tiny-scm==2.5: the archive of {sources.repository.as_uri()}@{sources.commits[1]} has sha256 "
        f"{other}; expected {digest}. To fix: lock it again, if the change was meant."
    ) in output, output


def test_branch_and_unknown_commit_are_refused(kept: Workspace, sources: Sources) -> None:
    """A branch may move, and a commit may be gone."""
    url = f"git+{sources.repository.as_uri()}"
    code, output = fetch(kept, "branch", f"tiny-scm @ {url}@main\n", sources.build_lock(), "tiny_scm")
    assert code != 0
    assert "names 'main', which can move; expected @ and a full commit of 40 hexadecimal digits." in output, output
    code, output = fetch(kept, "gone", f"tiny-scm @ {url}@{'0' * 40}\n", sources.build_lock(), "tiny_scm")
    assert code != 0
    assert f"tiny-scm==2.5: {sources.repository.as_uri()}: has no commit {'0' * 40}" in output, output


def test_folder_of_the_workspace(kept: Workspace, sources: Sources) -> None:
    """A project's folder is packed; a changed file is seen, a cache that work leaves behind changes nothing."""
    lock = sources.build_lock()
    line = "tiny-path @ file:./local/tiny\n"
    write(kept.folder / "local/tiny", STATIC | {"tiny_path.txt": "one\n"})
    code, output = fetch(kept, "folder", line, lock, "tiny_path")
    assert code == 0, output
    before = sha256(archive(kept, "folder", "tiny_path-1.0.tar.gz"))
    write(kept.folder / "local/tiny", {"__pycache__/x.pyc": "x"})
    assert fetch(kept, "folder", line, lock, "tiny_path")[0] == 0
    assert sha256(archive(kept, "folder", "tiny_path-1.0.tar.gz")) == before
    write(kept.folder / "local/tiny", {"tiny_path.txt": "two\n"})
    assert fetch(kept, "folder", line, lock, "tiny_path")[0] == 0
    assert sha256(archive(kept, "folder", "tiny_path-1.0.tar.gz")) != before


def test_archives_by_path_and_address(kept: Workspace, sources: Sources) -> None:
    """A local sdist and wheel, and an address with a hash; another hash is refused."""
    (kept.folder / "vendor").mkdir()
    for path in (sources.sdist, sources.wheel):
        (kept.folder / "vendor" / path.name).write_bytes(path.read_bytes())
    lock = sources.build_lock()
    line = f"tiny-path @ file:./vendor/{sources.sdist.name} --hash=sha256:{sha256(sources.sdist)}\n"
    code, output = fetch(
        kept, "paths", line + f"./vendor/{sources.wheel.name} --hash=sha256:{sha256(sources.wheel)}\n", lock, "tiny_path"
    )
    assert code == 0, output
    code, output, _ = kept.build("@paths//tiny_wheel:whl")
    assert code == 0, output
    address = sources.sdist.as_uri()
    code, output = fetch(kept, "address", f"tiny-path @ {address} --hash=sha256:{sha256(sources.sdist)}\n", lock, "tiny_path")
    assert code == 0, output
    code, output = fetch(kept, "other", f"tiny-path @ {address} --hash=sha256:{'0' * 64}\n", lock, "tiny_path")
    assert code != 0
    assert f"requirements.txt:1: tiny-path==1.0: {address} has sha256 {sha256(sources.sdist)}; expected {'0' * 64}." in output, (
        output
    )


def test_sources_that_cannot_be_had(kept: Workspace, sources: Sources) -> None:
    """A path that is not there, an archive that changed since it was locked, an address that nothing vouches for."""
    lock = sources.build_lock()
    code, output = fetch(kept, "missing", "tiny-path @ file:./nowhere\n", lock, "tiny_path")
    assert code != 0
    expected = "tiny-path==1.0: nowhere does not exist; expected an sdist, a wheel or a project's folder in the workspace."
    assert expected in output, output
    write(kept.folder / "changed", {"tiny-path-1.0.tar.gz": "changed"})
    line = f"tiny-path @ file:./changed/tiny-path-1.0.tar.gz --hash=sha256:{sha256(sources.sdist)}\n"
    code, output = fetch(kept, "changed", line, lock, "tiny_path")
    assert code != 0
    assert f"; expected {sha256(sources.sdist)}. To fix: lock it again, if the change was meant." in output, output
    code, output = fetch(kept, "unhashed", f"tiny-path @ {sources.sdist.as_uri()}\n", lock, "tiny_path")
    assert code != 0
    assert "requirements.txt:1: tiny-path has no hash; expected #sha256=... at the end of its address" in output, output
