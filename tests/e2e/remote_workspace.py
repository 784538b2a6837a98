"""A consumer of three tiny sdists on a machine, for the tests of remote caches and remote execution."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2e.fetching import Workspace, back_end_wheels, build_lock, hub, override, requirements, workspace
from support.builds import c_module
from support.local_index import make_sdist, toy_back_end, toy_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ACTIONS", "TARGETS", "Archives", "make_archives", "start"]

# What is built: wheels, their trees, and the test of the program that imports them.
TARGETS = ("//:program_test", "@deps//native:whl", "@deps//plain:whl")
ACTIONS = 5  # each of two sdists is built and installed, and the helper compiled

_SETUP = """\
from setuptools import Extension, setup
setup(name="native", version="1.0", ext_modules=[Extension("tiny", ["tiny.c"])])
"""
_BUILD = """\
load("@deps//:requirements.bzl", "requirement")
load("@rules_python//python:py_test.bzl", "py_test")
load("@rules_reprowheel//python:defs.bzl", "reproducibility_test")

py_test(
    name = "program_test",
    srcs = ["program_test.py"],
    deps = [requirement("native"), requirement("plain")],
)

reproducibility_test(
    name = "again_test",
    sdist_wheel = "@deps//plain:whl",
)
"""
_PROGRAM = """\
import plain
import tiny

assert plain.NAME == "plain"
assert "site-packages" in tiny.__file__, tiny.__file__
print("the program ran")
"""
_DEPENDENCIES = 'bazel_dep(name = "rules_cc", version = "0.2.17")\nbazel_dep(name = "rules_python", version = "1.7.0")\n'


@dataclass(frozen=True, kw_only=True)
class Archives:
    """What is built, and what it is built with."""

    sdists: dict[Path, Sequence[Path]]

    def files(self) -> list[Path]:
        """Return every archive."""
        return sorted({path for sdist, tools in self.sdists.items() for path in (sdist, *tools)})


def make_archives(folder: Path) -> Archives:
    """Write an sdist with an extension in C, and one of pure Python with a back end of its own."""
    folder.mkdir(parents=True)
    native = make_sdist(folder, "native", "1.0", {"setup.py": _SETUP, "tiny.c": c_module()})
    plain = toy_sdist(folder, "plain", "1.0", module='NAME = "plain"\n')
    return Archives(sdists={native: [back_end_wheels()["setuptools"]], plain: [toy_back_end(folder)]})


@contextmanager
def start(base: Path, downloads: Path, archives: Archives, **options: Any) -> Iterator[Workspace]:
    """Yield a workspace on a machine with copies of the archives; all is removed at the end."""
    folder = base / "archives"
    folder.mkdir(parents=True)
    copies = [Path(shutil.copy(path, folder)) for path in archives.files()]
    hubs = _DEPENDENCIES + hub(
        "deps",
        build_requirements_lock="//:lock.json",
        index_url=write_simple(base / "simple", copies),
        requirements_lock="//:requirements.txt",
    )
    for name in ("native", "plain"):  # a worker that is a container cannot make process namespaces
        hubs += override("deps", name, allow_uncontained=["processes"])
    files = {
        "BUILD.bazel": _BUILD,
        "lock.json": build_lock(archives.sdists),
        "program_test.py": _PROGRAM,
        "requirements.txt": requirements(list(archives.sdists)),
    }
    with workspace(base, downloads, **options) as space:
        space.write(hubs, files)
        yield space
