"""README, "Get it": with each way e2e/smoke passes; the archive has all that its users need."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from e2e.machines import Machine, Run, snapshot
from release.notes import filled, readme_block
from support.git_repositories import git
from support.releases import committed, make_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OURS = re.compile(r'^bazel_dep\(name = "rules_reprowheel".*\)$', re.MULTILINE)
OVERRIDE = re.compile(r"\nlocal_path_override\(.*?^\)$", re.MULTILINE | re.DOTALL)
TESTS = ("//:build_lock_test", "//:six_test", "//:smoke_test")


class Consumer:
    """e2e/smoke of an unpacked release, with a checkout beside it.

    :param entry: source.json of the release.
    """

    def __init__(self, base: Path, cache: Path) -> None:
        self.machine = Machine(base / "checkout", base / "state", cache / "downloads")
        self.origin = committed(snapshot(), base / "origin")
        self.release = base / "release"
        done = make_release(self.origin, self.release, f"--url={self.release.as_uri()}")
        assert done.returncode == 0, done.stderr
        (source,) = self.release.glob("registry/modules/rules_reprowheel/*/source.json")
        self.entry = json.loads(source.read_text(encoding="utf-8"))
        shutil.unpack_archive(next(self.release.glob("rules_reprowheel-v*[0-9].tar.gz")), base / "unpacked", filter="data")
        (self.top,) = (base / "unpacked").iterdir()
        self.workspace = self.top / "e2e/smoke"
        (self.workspace.parent / "rules_reprowheel").symlink_to(self.machine.checkout)
        self.module = (self.workspace / "MODULE.bazel").read_text(encoding="utf-8")
        self.readme = (self.top / "README.md").read_text(encoding="utf-8")

    def use(self, block: str, bazelrc: str = "") -> None:
        """Take the rules as a block of README says, and not from two folders above."""
        module, count = OURS.subn(block, OVERRIDE.sub("", self.module))
        assert (count, module.count("../..")) == (1, 0)
        (self.workspace / "MODULE.bazel").write_text(module, encoding="utf-8")
        (self.workspace / ".bazelrc").write_text(bazelrc, encoding="utf-8")

    def block(self, name: str) -> str:
        """Return a block of README, with what only a release knows."""
        commit = git(self.origin, "rev-parse", "HEAD")
        return filled(readme_block(self.readme, name), commit=commit, entry=self.entry)

    def bazel(self, command: str, *arguments: str) -> Run:
        """Run Bazel in the workspace."""
        return self.machine.bazel(command, *arguments, workspace=self.workspace)

    def place(self) -> Path:
        """Return where Bazel has the rules."""
        return next(self.machine.output_root.glob("*/external/rules_reprowheel~")).resolve()


def as_it_stands(consumer: Consumer) -> Path:
    """As the registry's presubmit runs it: two folders above is the archive."""
    return consumer.top


def local_path_override(consumer: Consumer) -> Path | None:
    """The text as it stands: the checkout is beside the workspace."""
    consumer.use(consumer.block("local_path_override"))
    return consumer.machine.checkout


def archive_override(consumer: Consumer) -> Path | None:
    """The text that the release notes have; the address of the archive is that of a file."""
    block = consumer.block("archive_override")
    assert block in (consumer.release / "notes.md").read_text(encoding="utf-8")
    assert f'urls = ["file://{consumer.release}/' in block
    consumer.use(block)


def git_override(consumer: Consumer) -> Path | None:
    """The text that the release notes have; the repository is a folder."""
    block = consumer.block("git_override")
    assert block in (consumer.release / "notes.md").read_text(encoding="utf-8")
    consumer.use(re.sub(r'remote = "[^"]*"', f'remote = "{consumer.origin.as_uri()}"', block))


def registry(consumer: Consumer) -> Path | None:
    """The packed registry of the release, in .bazelrc, and no more than the dependency in MODULE.bazel."""
    (packed,) = consumer.release.glob("*.registry.tar.gz")
    place = consumer.release.parent / "srv"
    shutil.unpack_archive(packed, place, filter="data")
    line = consumer.block("registry").replace("/srv/rules_reprowheel", str(place))
    assert str(place) in line
    consumer.use(consumer.block("bazel_dep"), f"{line}\n")


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Consumer]:
    """Yield the consumer."""
    made = Consumer(tmp_path_factory.mktemp("get"), cache)
    try:
        yield made
    finally:
        made.bazel("shutdown")
        made.machine.remove()


WAYS: list[Callable[[Consumer], Path | None]] = [as_it_stands, local_path_override, archive_override, git_override, registry]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_ways(consumer: Consumer, way: Callable[[Consumer], Path | None]) -> None:
    """Every test of e2e/smoke passes, with the rules from where the way says; tests of the rules are in no archive."""
    folder = way(consumer)
    run = consumer.bazel("test", "//...")
    assert run.code == 0, run.output
    assert all(re.search(rf"^{test} .*PASSED", run.output, re.MULTILINE) for test in TESTS), run.output
    found = consumer.place()
    assert found == folder if folder else found.parent.name == "external"
    assert (found / "tests").exists() == (way in (git_override, local_path_override))


@pytest.mark.parametrize("way", [archive_override, registry], ids=lambda way: way.__name__)
def test_archive_has_what_users_need(consumer: Consumer, way: Callable[[Consumer], Path | None]) -> None:
    """Every package in the archive loads, with what it names; examples and tools for developers are not there."""
    way(consumer)
    run = consumer.bazel("query", "--output=label", "deps(@rules_reprowheel//..., 1)")
    assert run.code == 0, run.output
    labels = [line for line in run.output.splitlines() if line.startswith("@rules_reprowheel//")]
    assert {"@rules_reprowheel//tools/lock:lock", "@rules_reprowheel//python:defs"} <= set(labels)
    assert not [label for label in labels if re.search(r"//(tests|examples|e2e|tools/(dev|release))", label)]
