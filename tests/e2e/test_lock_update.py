"""Messages that ask for a build lock: the command that they print is run, as it is printed, and then the build passes."""

from __future__ import annotations

import json
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, hub, override, requirements, workspace
from support.local_index import make_wheel, sha256, toy_back_end, toy_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from e2e.machines import Run

HOST = "{}.{}".format(*sys.version_info[:2])
UPDATE = "bazel run @deps//:lock.update"
TOOLCHAINS = """\
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")

py_runtime(name = "runtime", interpreter_path = "{python}", python_version = "PY3")

py_runtime_pair(name = "runtimes", py3_runtime = ":runtime")

toolchain(
    name = "older",
    target_settings = ["@rules_python//python/config_settings:is_python_3.11.1"],
    toolchain = ":runtimes",
    toolchain_type = "@rules_python//python:toolchain_type",
)
"""
PYLOCK = """\
lock-version = "1.0"
created-by = "test"

[[packages]]
name = "foo"
version = "1.0"
sdist = {{ name = "foo-1.0.tar.gz", url = "{foo}", hashes = {{ sha256 = "{foo_sha256}" }} }}

[[packages]]
name = "bar"
version = "1.0"
sdist = {{ name = "bar-1.0.tar.gz", url = "{bar}", hashes = {{ sha256 = "{bar_sha256}" }} }}
wheels = [{{ name = "bar-1.0-py3-none-any.whl", url = "{wheel}", hashes = {{ sha256 = "{wheel_sha256}" }} }}]
"""
UV = """\
version = 1
revision = 3
requires-python = ">=3.9"

[[package]]
name = "app"
version = "0.1"
source = {{ virtual = "." }}
dependencies = [{{ name = "foo" }}]

[package.optional-dependencies]
more = [{{ name = "bar" }}]

[[package]]
name = "foo"
version = "1.0"
source = {{ registry = "{index}" }}
sdist = {{ url = "{foo}", hash = "sha256:{foo_sha256}" }}

[[package]]
name = "bar"
version = "1.0"
source = {{ registry = "{index}" }}
sdist = {{ url = "{bar}", hash = "sha256:{bar_sha256}" }}
wheels = [{{ url = "{wheel}", hash = "sha256:{wheel_sha256}" }}]
"""


class Hubs:
    """A workspace whose hub is changed again and again, with an index of toy sdists; nothing of pip is configured."""

    def __init__(self, made: Workspace, files: Path) -> None:
        self.made, self.folder, self.files = made, made.folder, files
        self.index = write_simple(files.parent / "index", sorted(files.iterdir()))
        self.out = self.folder / "locks" / "build-lock.json"
        for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX"):
            made.machine.environment.pop(name, None)
        made.machine.environment["PIP_CONFIG_FILE"] = "/dev/null"

    def write(self, *statements: str, lines: tuple[str, ...] = ("foo-1.0.tar.gz",), files: dict[str, str] | None = None) -> None:
        """Write MODULE.bazel with statements, requirements.txt with archives, and a folder for the build lock."""
        found = {"requirements.txt": self.locked(*lines), "locks/README": ""}
        self.made.write("".join(statements) + 'bazel_dep(name = "rules_python", version = "1.7.0")\n', found | (files or {}))

    def locked(self, *names: str) -> str:
        """Return lines of a requirements.txt; `+` joins files of one version."""
        lines = []
        for name in names:
            first, *others = [self.files / part for part in name.split("+")]
            more = "".join(f" --hash=sha256:{sha256(other)}" for other in others)
            lines.append(requirements([first]).rstrip("\n") + more + "\n")
        return "".join(lines)

    def hub(self, **attributes: object) -> str:
        """Return the hub's statements."""
        locks = {"build_requirements_lock": "//:locks/build-lock.json", "index_url": self.index}
        if not attributes.keys() & {"uv_lock", "pylock_toml"}:
            locks["requirements_lock"] = "//:requirements.txt"
        return hub("deps", **{**locks, **attributes})

    def bazel(self, command: str, *arguments: str) -> Run:
        """Run Bazel in the workspace."""
        return self.made.machine.bazel(command, "--disk_cache=", *arguments, workspace=self.folder)

    def fix(self, target: str, *options: str, say: str) -> str:
        """Build a target, which fails; run the command that ends the one line of the error; build again; return the command."""
        failed = self.bazel("build", *options, target)
        found = re.search(r"^Error in fail: (.*To fix: (.*))$", failed.output, re.MULTILINE)
        assert failed.code, failed.output
        assert found, failed.output
        assert say in found[1], found[1]
        command = found[2]
        *before, last = command.split(" && ")
        for words in map(shlex.split, before):
            assert words[0] == "rm"
            (self.folder / words[1]).unlink()
        bazel, run, *words = shlex.split(last)
        assert (bazel, run) == ("bazel", "run"), command
        ran = self.bazel("run", *words)
        assert ran.code == 0, ran.output
        built = self.bazel("build", *options, target)
        assert built.code == 0, built.output
        return command

    def sdists(self) -> set[str]:
        """Return the keys of the build lock's sdists."""
        return set(json.loads(self.out.read_text(encoding="utf-8"))["sdists"])


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Hubs]:
    """Yield the workspace."""
    files = tmp_path_factory.mktemp("base") / "files"
    files.mkdir()
    toy_back_end(files)
    for name, version in (("foo", "1.0"), ("foo", "2.0"), ("bar", "1.0")):
        toy_sdist(files, name, version)
    make_wheel(files, "bar", "1.0", files={"bar.py": ""})
    make_wheel(files, "helper", "1.0", files={"helper.py": ""})
    with workspace(tmp_path_factory.mktemp("hubs"), cache / "downloads") as made:
        yield Hubs(made, files)


BAR = "bar-1.0-py3-none-any.whl+bar-1.0.tar.gz"


def test_life_of_a_hub(hubs: Hubs) -> None:
    """No lock; a package more in no_binary; another version; a lock that cannot be read: one command, and nothing else is lost.

    The target of `lock` that writes the same file agrees.
    """
    lines = ("foo-1.0.tar.gz", BAR)
    hubs.out.unlink(missing_ok=True)
    hubs.write(hubs.hub(), lines=lines)
    assert hubs.fix("@deps//foo:pkg", say="and locks/build-lock.json does not exist. To fix: ") == UPDATE
    assert hubs.sdists() == {"foo==1.0"}

    hubs.write(hubs.hub(no_binary=["bar"]), lines=lines)
    assert hubs.fix("@deps//bar:pkg", say="and locks/build-lock.json has no entry for it. To fix: ") == UPDATE
    assert hubs.sdists() == {"bar==1.0", "foo==1.0"}

    hubs.write(hubs.hub(no_binary=["bar"]), lines=("foo-2.0.tar.gz", BAR))
    assert hubs.fix("@deps//foo:pkg", say="and locks/build-lock.json has foo==1.0. To fix: ") == UPDATE
    assert hubs.sdists() == {"bar==1.0", "foo==2.0"}
    written = hubs.out.read_bytes()

    hubs.out.write_bytes(b"<<<<<<< ours\n" + written)
    assert hubs.fix("@deps//foo:pkg", say="is not a JSON object") == f"rm locks/build-lock.json && {UPDATE}"
    assert hubs.out.read_bytes() == written

    target = 'load("@rules_reprowheel//python:defs.bzl", "lock")\nlock(name = "l", no_binary = ["bar"], out = "{}", {})\n'
    mine = target.format("build-lock.json", 'requirements = "//:requirements.txt"')
    hubs.write(
        hubs.hub(no_binary=["bar"]),
        lines=("foo-2.0.tar.gz", BAR),
        files={"BUILD.bazel": 'exports_files(["requirements.txt"])\n', "locks/BUILD.bazel": mine},
    )
    hubs.made.machine.environment["PIP_INDEX_URL"] = hubs.index
    by_target = hubs.bazel("run", "//locks:l.update")
    del hubs.made.machine.environment["PIP_INDEX_URL"]
    assert (by_target.code, hubs.out.read_bytes()) == (0, written), by_target.output
    (hubs.folder / "locks/BUILD.bazel").unlink()


def test_failed_command_changes_nothing(hubs: Hubs) -> None:
    """A line that the index does not have, and an option of the caller: the lock is as it was."""
    hubs.out.unlink(missing_ok=True)
    hubs.write(hubs.hub())
    assert hubs.bazel("run", "@deps//:lock.update").code == 0
    before = hubs.out.read_bytes()
    checked = hubs.bazel("run", "@deps//:lock.update", "--", "--check", "--offline")
    assert (checked.code, "is up to date" in checked.output) == (0, True), checked.output
    hubs.write(hubs.hub(), files={"requirements.txt": f"foo==1.0 --hash=sha256:{'0' * 64}\n"})
    failed = hubs.bazel("run", "@deps//:lock.update")
    assert failed.code, failed.output
    assert "ERROR requirements.txt:1: foo==1.0: " in failed.output
    assert hubs.out.read_bytes() == before
    assert [path.name for path in hubs.out.parent.iterdir() if path.name not in {"README", "BUILD.bazel"}] == [hubs.out.name]


@pytest.mark.parametrize(("kind", "text"), [("pylock_toml", PYLOCK), ("uv_lock", UV)])
def test_locks_in_toml(hubs: Hubs, kind: str, text: str) -> None:
    """The command knows the lock, its extras and the package that `pip.override` wants built."""
    paths = {"foo": "foo-1.0.tar.gz", "bar": "bar-1.0.tar.gz", "wheel": "bar-1.0-py3-none-any.whl"}
    fields = {name: (hubs.files / file).as_uri() for name, file in paths.items()}
    fields |= {f"{name}_sha256": sha256(hubs.files / file) for name, file in paths.items()}
    more = {"lock_extras": ["more"]} if kind == "uv_lock" else {}
    name = kind.replace("_", ".")
    hubs.out.unlink(missing_ok=True)
    statements = [hubs.hub(**{kind: f"//:{name}"}, **more), override("deps", "bar", use="sdist")]
    hubs.write(*statements, files={name: text.format(index=hubs.index, **fields)})
    assert hubs.fix("@deps//bar:pkg", say="locks/build-lock.json does not exist") == UPDATE
    assert hubs.sdists() == {"bar==1.0", "foo==1.0"}


def test_settings_of_overrides(hubs: Hubs) -> None:
    """A build requirement that `pip.override` adds gets into the lock; with from_source, a lock with wheels is refused."""
    hubs.out.unlink(missing_ok=True)
    hubs.write(hubs.hub(), override("deps", "foo", build_requirements=["helper==1.0"]))
    assert hubs.fix("@deps//foo:pkg", say="build_requirements has 'helper==1.0'") == UPDATE
    hubs.write(hubs.hub(from_source=True))
    failed = hubs.bazel("build", "@deps//foo:pkg")
    assert f"is no seed; expected an sdist of every build requirement. To fix: {UPDATE}\n" in failed.output


def test_two_pythons_and_platforms(hubs: Hubs, other_python: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One command writes the lock of two Pythons, each with its interpreter; what is for other machines asks for one of them."""
    python = other_python("3.11")
    monkeypatch.setitem(hubs.made.machine.environment, "BAZELW_HOST_TOOLCHAIN", "0")
    hubs.out.unlink(missing_ok=True)
    tags = [
        hubs.hub(python_version="3.11", requirements_lock="//:older.txt").replace('use_repo(pip, "deps")\n', ""),
        hubs.hub(python_version=HOST, no_binary=["bar"], target_platforms=["host", "windows_x86_64"]),
        'register_toolchains("//toolchains:older")\n',
    ]
    files = {"older.txt": hubs.locked("foo-2.0.tar.gz"), "toolchains/BUILD.bazel": TOOLCHAINS.format(python=python)}
    hubs.write(*tags, lines=("foo-1.0.tar.gz", BAR), files=files)
    older = "--@rules_python//python/config_settings:python_version=3.11.1"
    named = f"--repo_env=REPROWHEEL_HOST_TOOLS={python}"
    assert hubs.fix("@deps//foo:pkg", older, named, say="older.txt:1: foo==2.0 must be built") == UPDATE
    assert hubs.sdists() == {"bar==1.0", "foo==1.0", "foo==2.0"}
    built = hubs.bazel("build", "@deps//foo:pkg", "@deps//bar:pkg")
    assert built.code == 0, built.output


def test_hub_without_a_build_lock(hubs: Hubs) -> None:
    """The message says what to add to pip.parse and then to run; so does the command before that. Both together help."""
    hubs.out.unlink(missing_ok=True)
    hubs.write(hub("deps", index_url=hubs.index, requirements_lock="//:requirements.txt"))
    add = 'To fix: add build_requirements_lock = "//:build-lock.json" to pip.parse(hub_name = "deps"), then run: ' + UPDATE + "\n"
    for command, target in [("build", "@deps//foo:pkg"), ("run", "@deps//:lock.update")]:
        failed = hubs.bazel(command, target)
        assert (failed.code != 0, add in failed.output) == (True, True), failed.output
    hubs.write(hubs.hub(build_requirements_lock="//:build-lock.json"))
    for command, target in [("run", "@deps//:lock.update"), ("build", "@deps//foo:pkg")]:
        passed = hubs.bazel(command, target)
        assert passed.code == 0, passed.output
    (hubs.folder / "build-lock.json").unlink()


def test_hub_under_another_name(hubs: Hubs) -> None:
    """The message has the name under which the root module imports the hub."""
    hubs.out.unlink(missing_ok=True)
    hubs.write(hubs.hub().replace('use_repo(pip, "deps")', 'use_repo(\n    pip,\n    mine = "deps",\n)'))
    assert hubs.fix("@mine//foo:pkg", say="does not exist") == "bazel run @mine//:lock.update"


def test_locks_of_another_module(hubs: Hubs) -> None:
    """A hub of another module says where its lock is written; a lock of another module is locked into a file of this one."""
    hubs.out.unlink(missing_ok=True)
    extension = 'pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")\n'
    theirs = hub("theirs", build_requirements_lock="//:b.json", index_url=hubs.index, requirements_lock="//:r.txt")
    rules = 'bazel_dep(name = "rules_reprowheel", version = "0.1.0")\n'
    files = {
        "other/MODULE.bazel": f'module(name = "other")\n{rules}{extension}{theirs}',
        "other/BUILD.bazel": 'exports_files(["r.txt"])\n\nalias(\n    name = "foo",\n    actual = "@theirs//foo:pkg",\n)\n',
        "other/r.txt": hubs.locked("foo-1.0.tar.gz"),
        "locks/BUILD.bazel": "",
    }
    module = 'bazel_dep(name = "other")\nlocal_path_override(module_name = "other", path = "other")\n'
    ours = hubs.hub(requirements_lock="@other//:r.txt", build_requirements_lock="//locks:build-lock.json")
    hubs.write(ours, module, files=files)
    failed = hubs.bazel("build", "@other//:foo")
    assert (
        "b.json does not exist. To fix: in module 'other', where it is the root module, bazel run @theirs//:lock.update\n"
        in failed.output
    )
    assert hubs.fix("@deps//foo:pkg", say="and locks/build-lock.json does not exist. To fix: ") == UPDATE
    assert hubs.sdists() == {"foo==1.0"}
