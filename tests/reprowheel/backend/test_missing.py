"""What of the system a build lacks: recognised in the words of compilers and builders, with the packages that bring it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from reprowheel.backend.missing import missing_parts, what_brings
from reprowheel.backend.system_packages import provider

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAID = {
    "x.c:1:10: fatal error: ffi.h: No such file or directory": ("libffi-dev", "libffi-devel"),
    "x.c:1:10: fatal error: 'openssl/ssl.h' file not found": ("libssl-dev", "openssl-devel"),
    "/usr/bin/ld: cannot find -lyaml: No such file or directory": ("libyaml-dev", "libyaml-devel"),
    "ld.lld: error: unable to find library -lz": ("zlib1g-dev", "zlib-devel"),
    "Package libgit2 was not found in the pkg-config search path.": ("libgit2-dev", "libgit2-devel"),
    "Package 'cairo', required by 'virtual:world', not found": ("libcairo2-dev", "cairo-devel"),
    "No package 'dbus-1' found": ("libdbus-1-dev", "dbus-devel"),
    'meson.build:4:0: ERROR: Dependency "glib-2.0" not found, tried pkgconfig': ("libglib2.0-dev", "glib2-devel"),
    "CMakeLists.txt:3: Could NOT find HDF5 (missing: HDF5_LIBRARIES)": ("libhdf5-dev", "hdf5-devel"),
    'Could not find a package configuration file provided by "Eigen3" with any of': ("libeigen3-dev", "eigen3-devel"),
    "The system library `openssl` required by crate `openssl-sys` was not found.": ("libssl-dev", "openssl-devel"),
    "The headers or library files could not be found for jpeg,": ("libjpeg-dev", "libjpeg-turbo-devel"),
    "Error: pg_config executable not found.": ("libpq-dev", "libpq-devel"),
    "/bin/sh: 1: mysql_config: not found": ("libmariadb-dev", "mariadb-connector-c-devel"),
    "FileNotFoundError: [Errno 2] No such file or directory: 'gdal-config'": ("libgdal-dev", "gdal-devel"),
    "error: command 'swig' failed: No such file or directory": ("swig", "swig"),
    "error: can't find Rust compiler": ("cargo rustc", "cargo rust"),
    "Cargo, the Rust package manager, is not installed or is not on PATH.": ("cargo rustc", "cargo rust"),
    "../meson.build:1:0: ERROR: Unknown compiler(s): [['gfortran'], ['flang']]": ("gfortran", "gcc-gfortran"),
    "CMake must be installed to build the following extensions: x": ("cmake", "cmake"),
    "x.c:1:10: fatal error: Python.h: No such file or directory": ("python3-dev", "python3-devel"),
    "fatal error: X11/Xlib.h: No such file or directory": ("libx11-dev", "libX11-devel"),
    "fatal error: boost/python.hpp: No such file or directory": ("libboost-all-dev", "boost-devel"),
}


@pytest.mark.parametrize("line", SAID)
def test_what_is_said(line: str) -> None:
    """The packages of both systems are found by the words of the tool."""
    (part,) = missing_parts(["building", line])
    assert (part.by.debian, part.by.fedora) == SAID[line]


@pytest.mark.parametrize(
    "line",
    [
        "a.c:1:1: error: 'ffi' undeclared",
        "fatal error: own.h: No such file or directory",
        "zlib.h is fine",
        "checking for yaml.h... yes",
    ],
)
def test_what_is_not_missing(line: str) -> None:
    """Other errors, headers that no package is known to have, and mere mentions name no package."""
    assert missing_parts([line]) == []


def _declare(missing: Mapping[str, Sequence[str]]) -> str:
    return json.dumps(missing)


def test_advice() -> None:
    """What to install, what to declare then, and what a wheel brings; a thing that is not declared is only installed."""
    (ffi,) = missing_parts(["fatal error: ffi.h: No such file or directory"])
    assert what_brings("cffi", [ffi], _declare) == (
        "Install libffi-dev (Debian, Ubuntu) or libffi-devel (Fedora), and declare it: "
        '{"host_headers": ["ffi.h", "ffitarget.h"], "host_libraries": ["libffi.so.8"]}; '
        "or take a wheel of cffi from the index, which may bring it."
    )
    (cmake,) = missing_parts(["CMake must be installed to build it"])
    assert what_brings("x", [cmake], _declare) == (
        'Install cmake (Debian, Ubuntu) or cmake (Fedora), and declare it: {"host_tools": ["cmake"]}; '
        "cmake has a wheel, too, for its build requirements."
    )
    (fortran,) = missing_parts(["No CMAKE_Fortran_COMPILER could be found."])
    assert what_brings("x", [fortran], lambda missing: str(dict(missing) or "")) == (
        "Install gfortran (Debian, Ubuntu) or gcc-gfortran (Fedora)."
    )
    assert what_brings("x", [], _declare) == ""


@pytest.mark.skipif(not shutil.which("dpkg"), reason="packages of Debian")
@pytest.mark.parametrize("header", ["zlib.h", "ffi.h", "yaml.h"])
def test_debian_agrees(header: str) -> None:
    """For headers that this machine has, dpkg names the same package."""
    run = subprocess.run(["dpkg", "-S", f"*/{header}"], capture_output=True, text=True, check=False)
    owners = {
        line.partition(":")[0] for line in run.stdout.splitlines() if line.endswith((f"include/{header}", f"linux-gnu/{header}"))
    }
    if not owners:
        pytest.skip(f"no package with {header} is installed")
    found = provider("header", header)
    assert found is not None
    assert found.debian in owners
