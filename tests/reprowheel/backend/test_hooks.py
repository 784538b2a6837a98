"""Which tools of the host a back end can see while a lock is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reprowheel.lock.host_tools import link_host_tools


def program(path: Path, mode: int = 0o755) -> Path:
    """Write a script and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "sh",
        "gcc",
        "g++",
        "cc",
        "x86_64-linux-gnu-gcc-16",
        "aarch64-linux-gnu-g++",
        "clang-19",
        "gcc-ar",
        "ld.lld",
        "cargo",
    ],
)
def test_shell_utilities_and_compilers_are_there(tmp_path: Path, name: str) -> None:
    """What no wheel provides is linked, under its own name."""
    source = program(tmp_path / "bin" / name)
    tools = link_host_tools(tmp_path / "tools", str(tmp_path / "bin"))
    assert os.readlink(tools / name) == str(source)


@pytest.mark.parametrize(
    "name",
    ["cmake", "ctest", "ninja", "ninja-build", "meson", "swig", "cython", "patchelf", "git", "pip", "python3", "ccache",
     "gcc-wrapper.sh", "uv", "f2py", "hg"],
)  # fmt: skip
def test_what_exists_as_a_wheel_or_knows_the_user_is_not(tmp_path: Path, name: str) -> None:
    """Tools that back ends ask for as wheels, version control, other Pythons: out of sight."""
    program(tmp_path / "bin" / name)
    assert os.listdir(link_host_tools(tmp_path / "tools", str(tmp_path / "bin"))) == []


def test_first_on_path_wins(tmp_path: Path) -> None:
    """The order is that of PATH; a missing folder, a folder with the name and a file without x are passed over."""
    (tmp_path / "a" / "ar").mkdir(parents=True)
    program(tmp_path / "b" / "ar", 0o644)
    wanted = program(tmp_path / "c" / "ar")
    program(tmp_path / "d" / "ar")
    path = os.pathsep.join(str(tmp_path / name) for name in ("missing", "a", "b", "c", "d"))
    assert os.readlink(link_host_tools(tmp_path / "tools", path) / "ar") == str(wanted)


@pytest.mark.parametrize(("present", "alias"), [("gcc", "cc"), ("clang", "cc"), ("g++", "c++"), ("clang++", "c++")])
def test_generic_names_of_compilers(tmp_path: Path, present: str, alias: str) -> None:
    """A build is told to use `cc` and `c++`: where the host has none, the compiler that is there answers to it."""
    program(tmp_path / "bin" / present)
    tools = link_host_tools(tmp_path / "tools", str(tmp_path / "bin"))
    assert sorted(os.listdir(tools)) == sorted([present, alias])
    assert os.path.realpath(tools / alias) == str(tmp_path / "bin" / present)
