"""One project's sources in three lock formats: the same build lock, the same targets, the same bytes."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from e2e.fetching import Workspace
from e2e.machines import BUILD, Machine

from reprowheel.__main__ import main

FORMATS = {"requirements": "requirements.txt", "pylock": "pylock.toml", "uv": "uv.lock"}
MODULE = """\
module(name = "consumer")

bazel_dep(name = "rules_python", version = "1.7.0")
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")

pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(
    hub_name = "from_pylock",
    build_requirements_lock = "//:build-pylock.json",
    pylock_toml = "//:pylock.toml",
)
pip.parse(
    hub_name = "from_requirements",
    build_requirements_lock = "//:build-requirements.json",
    requirements_lock = "//:requirements.txt",
)
pip.parse(
    hub_name = "from_uv",
    build_requirements_lock = "//:build-uv.json",
    uv_lock = "//:uv.lock",
)
use_repo(pip, "from_pylock", "from_requirements", "from_uv")
"""
PYPROJECT = """\
[project]
name = "{name}"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """\
import os
import zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open("pyproject.toml", encoding="utf-8") as file:
        name = file.read().split('"')[1]
    info = name + "-1.0.dist-info/"
    files = {
        name + ".py": "path = %r\\n" % os.getcwd(),
        info + "METADATA": "Metadata-Version: 2.1\\nName: %s\\nVersion: 1.0\\n" % name,
        info + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(path + ",,\\n" for path in files)
    with zipfile.ZipFile(os.path.join(wheel_directory, name + "-1.0-py3-none-any.whl"), "w") as archive:
        for path, text in [*files.items(), (info + "RECORD", record + info + "RECORD,,\\n")]:
            archive.writestr(path, text)
    return name + "-1.0-py3-none-any.whl"
"""
PYLOCK = """\
lock-version = "1.0"
[[packages]]
name = "folder"
directory = {{ path = "libs/folder" }}
[[packages]]
name = "gitty"
version = "1.0"
vcs = {{ type = "git", url = "file://{repository}", commit-id = "{commit}", subdirectory = "python/gitty" }}
[[packages]]
name = "urly"
archive = {{ url = "{url}", hashes = {{ sha256 = "{sha256}" }} }}
"""
UV = """\
version = 1
[[package]]
name = "app"
source = {{ virtual = "." }}
dependencies = [{{ name = "folder" }}, {{ name = "gitty" }}, {{ name = "urly" }}]
[[package]]
name = "folder"
version = "1.0"
source = {{ directory = "libs/folder" }}
[[package]]
name = "gitty"
version = "1.0"
source = {{ git = "file://{repository}?subdirectory=python%2Fgitty&tag=v1#{commit}" }}
[[package]]
name = "urly"
version = "1.0"
source = {{ url = "{url}" }}
sdist = {{ hash = "sha256:{sha256}" }}
"""
REQUIREMENTS = """\
./libs/folder
gitty @ git+file://{repository}@{commit}#subdirectory=python/gitty
urly @ {url} --hash=sha256:{sha256}
"""


def write_project(folder: Path, name: str) -> None:
    """Write sources that need nothing to be built."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name), encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")


def write_repository(path: Path) -> str:
    """Make a git repository with a project in a folder of it, and return its commit."""
    write_project(path / "python" / "gitty", "gitty")

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    return git("rev-parse", "HEAD")


def write_archive(folder: Path) -> Path:
    """Write an archive whose name says neither name nor version."""
    write_project(folder / "urly", "urly")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder / "urly", "anything")
    (folder / "main.tar.gz").write_bytes(buffer.getvalue())
    return folder / "main.tar.gz"


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, kept: Workspace) -> tuple[Machine, Path]:
    """Return a machine and a workspace with three locks of the same sources, and the build locks of each."""
    base = tmp_path_factory.mktemp("locks")
    machine, workspace = kept.machine, kept.folder
    write_project(workspace / "libs" / "folder", "folder")
    archive = write_archive(base)
    facts = {
        "commit": write_repository(base / "repository"),
        "repository": base / "repository",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "url": archive.as_uri(),
    }
    for name, text in (("requirements.txt", REQUIREMENTS), ("pylock.toml", PYLOCK), ("uv.lock", UV)):
        (workspace / name).write_text(text.format(**facts), encoding="utf-8")
    for kind, name in FORMATS.items():
        assert main(["lock", str(workspace / name), "--out", str(workspace / f"build-{kind}.json")]) == 0
    (workspace / "MODULE.bazel").write_text(MODULE.format(checkout=machine.checkout), encoding="utf-8")
    (workspace / "BUILD.bazel").write_text("", encoding="utf-8")
    return machine, workspace


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_three_formats_give_the_same_wheels(consumer: tuple[Machine, Path]) -> None:
    """A folder, a commit and an archive without a name: one build lock and one set of wheels, whatever the format."""
    machine, workspace = consumer
    locks = {kind: (workspace / f"build-{kind}.json").read_bytes() for kind in FORMATS}
    assert locks["requirements"] == locks["pylock"] == locks["uv"]
    targets = [f"@from_{kind}//{name}:whl" for kind in FORMATS for name in ("folder", "gitty", "urly")]
    run = machine.bazel("build", "--disk_cache=", *targets, workspace=workspace)
    assert run.code == 0, run.output
    wheels: dict[str, dict[str, str]] = {kind: {} for kind in FORMATS}
    for spawn in run.of(BUILD):
        kind = next(kind for kind in FORMATS if f"from_{kind}_" in spawn.label)
        wheels[kind] |= {Path(path).name: digest for path, digest in spawn.outputs.items() if path.endswith(".whl")}
    assert {name.partition("-")[0] for name in wheels["uv"]} == {"folder", "gitty", "urly"}
    assert wheels["requirements"] == wheels["pylock"] == wheels["uv"]
