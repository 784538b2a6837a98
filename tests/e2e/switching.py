"""A copy of the workspace in `switch/` on a machine, with locks, an index, and a door: MODULE.bazel or WORKSPACE."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.distributions import make_index, write_locks
from e2e.machines import BUILD, Machine, Run

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BEFORE", "SOURCE", "Consumer", "built_wheels", "switch"]

SOURCE = Path(__file__).resolve().parent / "switch"

# The MODULE.bazel of a user of rules_python. (That of 0.22 wants `name` and one Python per hub; the newer want this.)
BEFORE = """\
module(name = "consumer")

bazel_dep(name = "rules_python", version = "1.7.0")

pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")
pip.parse(
    hub_name = "pypi",
    experimental_index_url = "{index}",
    quiet = True,
    requirements_lock = "//:requirements.txt",
    timeout = 600,
)
pip.parse(
    hub_name = "multi",
    experimental_index_url = "{index}",
    python_version = "{python}",
    requirements_lock = "//:requirements_newer.txt",
)
pip.parse(
    hub_name = "multi",
    experimental_index_url = "{index}",
    python_version = "3.11",
    requirements_lock = "//:requirements_older.txt",
)
use_repo(pip, "multi", "pypi")

register_toolchains("//toolchains:older")
"""
# All that a user changes, but for saying where the rule set comes from.
CHANGES = {
    "@rules_python//python/extensions:pip.bzl": "@rules_reprowheel//python:extensions.bzl",
    '    requirements_lock = "//:requirements.txt",\n': (
        '    build_requirements_lock = "//:build-lock.json",\n    requirements_lock = "//:requirements.txt",\n'
    ),
}
RULE_SET = """
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")
"""


class Consumer:
    """See the module's docstring.

    :param machine: where it runs; its checkout is the rule set.
    :param workspace: the copy.
    :param options: options of every Bazel command.
    """

    def __init__(self, machine: Machine, base: Path, build_wheel: Callable[[str], Path], *options: str) -> None:
        """Copy the workspace, make the archives and lock them."""
        self.machine, self.workspace, self.options = machine, base / "consumer", options
        shutil.copytree(SOURCE, self.workspace)
        self.archives = base / "archives"
        self.index = make_index(self.archives, build_wheel("setuptools"))
        write_locks(self.archives, self.index, self.workspace)

    def bazel(self, command: str, *arguments: str) -> Run:
        """Run Bazel in the workspace."""
        return self.machine.bazel(command, *self.options, *arguments, workspace=self.workspace)

    def file(self, name: str, text: str) -> None:
        """Write one file of the workspace."""
        (self.workspace / name).write_text(text, encoding="utf-8")

    def changed_files(self) -> list[str]:
        """Return the files of `switch/` that are not as they were."""
        paths = [path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.is_file()]
        return [str(path) for path in paths if (self.workspace / path).read_bytes() != (SOURCE / path).read_bytes()]

    def shutdown(self) -> None:
        """Stop the workspace's server."""
        self.machine.bazel("shutdown", workspace=self.workspace)


def switch(before: str, checkout: Path) -> str:
    """Return a MODULE.bazel after the switch: two lines of it differ, and two say where the rule set is."""
    text = before
    for old, new in CHANGES.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text + RULE_SET.format(checkout=checkout)


def built_wheels(run: Run) -> dict[str, str]:
    """Return wheel file name → digest of what build actions made."""
    return {Path(p).name: d for s in run.of(BUILD) for p, d in s.outputs.items() if p.endswith(".whl")}
