"""Markers and tags of the build's interpreter: what the library packaging says when it runs inside that interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import packaging
import pytest
from support.pythons import OTHERS

from reprowheel.environment.interpreter import Interpreter, probe
from reprowheel.environment.target import abis, platforms, release_of, wheel_tags

if TYPE_CHECKING:
    from collections.abc import Callable

INSIDE = """\
import json, sys
sys.path.insert(0, sys.argv[1])
from packaging.markers import default_environment
from packaging.tags import sys_tags
print(json.dumps([dict(default_environment()), [str(tag) for tag in sys_tags()]]))
"""


@pytest.fixture(scope="module")
def own() -> Interpreter:
    """That of the tests."""
    return probe(sys.executable)


@pytest.mark.parametrize("version", ["own", *OTHERS])
def test_as_packaging_says_inside(other_python: Callable[[str], str], version: str) -> None:
    """The same environment of PEP 508, and the same tags in the same order."""
    python = sys.executable if version == "own" else other_python(version)
    parent = os.path.dirname(os.path.dirname(packaging.__file__ or ""))
    run = subprocess.run([python, "-I", "-B", "-c", INSIDE, parent], check=True, capture_output=True, text=True)
    markers, tags = json.loads(run.stdout)
    interpreter = probe(python)
    assert interpreter.markers == markers
    assert list(wheel_tags(interpreter)) == tags


def test_free_threaded(own: Interpreter) -> None:
    """Modules of a Python without the GIL have an ABI of their own, and the stable ABI of others is none of its."""
    found = wheel_tags(replace(own, free_threaded=True, markers={**own.markers, "python_version": "3.14"}))
    assert found[0].startswith("cp314-cp314t-")
    assert {tag.split("-")[1] for tag in found} <= {"cp314t", "abi3t", "none"}
    debug = replace(own, debug=True, markers={**own.markers, "python_version": "3.9"})
    assert abis(debug) == ["cp39d", "cp39"]


@pytest.mark.parametrize(
    ("facts", "first", "last", "count"),
    [
        ({"platform": "linux-x86_64", "libc": "glibc 2.17"}, "linux_x86_64", "manylinux1_x86_64", 17),
        ({"platform": "linux-aarch64", "libc": "glibc 2.31"}, "linux_aarch64", "manylinux2014_aarch64", 17),
        ({"platform": "linux-x86_64", "libc": "glibc 2.6", "bits": 32}, "linux_i686", "manylinux1_i686", 4),
        (
            {"platform": "linux-armv7l", "libc": "glibc 2.31", "soabi": "cpython-39-arm-linux-gnueabi"},
            "linux_armv7l",
            "linux_armv7l",
            1,
        ),
        ({"platform": "macosx-11.0-arm64", "macos": "12.3"}, "macosx_12_0_arm64", "macosx_10_4_universal2", 17),
        ({"platform": "freebsd-14.0-amd64"}, "freebsd_14_0_amd64", "freebsd_14_0_amd64", 1),
    ],
    ids=["x86-64", "aarch64", "32 bits", "soft float", "macos", "others"],
)
def test_platforms(own: Interpreter, facts: dict[str, object], first: str, last: str, count: int) -> None:
    """The own platform, then those of PEP 600, newest C library first; other systems have what `sysconfig` says."""
    machine = {**own.markers, "platform_machine": str(facts["platform"]).rpartition("-")[2]}
    found = platforms(replace(own, markers=machine, **facts))  # type: ignore[arg-type]
    assert (found[0], found[-1], len(found)) == (first, last, count)


@pytest.mark.parametrize("version", ["3.15.0", "3.15.0b1", "3.15.0rc2", "3.15.0+"])
def test_release(version: str) -> None:
    """Pre-releases and builds from a checkout are of their release, as `>=3.15` in a package's metadata means it."""
    assert release_of(version) == "3.15.0"


def test_musl(own: Interpreter, tmp_path: Path) -> None:
    """The loader that the executable names says the version; without a loader there is no such tag."""
    loader = tmp_path / "ld-musl-x86_64.so.1"
    loader.write_text("#!/bin/sh\necho 'musl libc (x86_64)\nVersion 1.2.5' >&2\nexit 1\n", encoding="utf-8")
    loader.chmod(0o755)
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    facts = replace(own, libc="", platform="linux-x86_64", executable=os.fspath(tmp_path / "python"))
    for options, expected in (
        ([f"-Wl,--dynamic-linker={loader}"], ["linux_x86_64", *(f"musllinux_1_{minor}_x86_64" for minor in (2, 1, 0))]),
        (["-nostdlib", "-static", "-Wl,-emain"], ["linux_x86_64"]),
    ):
        subprocess.run(["cc", tmp_path / "main.c", "-o", tmp_path / "python", *options], check=True)
        assert platforms(facts) == expected
    (tmp_path / "python").write_text("#!/bin/sh\n", encoding="utf-8")
    assert platforms(facts) == ["linux_x86_64"]
