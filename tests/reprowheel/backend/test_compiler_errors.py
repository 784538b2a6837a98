"""The first error of a compiler, a linker or a builder, as each prints it."""

from __future__ import annotations

import pytest

from reprowheel.backend.compiler_errors import first_error

OUTPUTS = {
    "gcc": (
        "In file included from a.h:1,\na.c:3:66: error: 'x' undeclared (first use in this function)\na.c:9:1: error: later\n",
        "a.c:3:66: error: 'x' undeclared (first use in this function)",
    ),
    "clang": (
        "src/a.c:1:10: fatal error: 'ffi.h' file not found\n1 error generated.\n",
        "src/a.c:1:10: fatal error: 'ffi.h' file not found",
    ),
    "warning": ("a.c:1:2: warning: unused\na.c:2:2: error: no\n", "a.c:2:2: error: no"),
    "linker": (
        "/usr/bin/ld: cannot find -lldap: No such file\ncollect2: error: ld returned 1\n",
        "/usr/bin/ld: cannot find -lldap: No such file",
    ),
    "symbol": (
        "ld: a.o: in function `f':\na.c:(.text+0x5): undefined reference to `g'\n",
        "a.c:(.text+0x5): undefined reference to `g'",
    ),
    "attempt": (
        "_configtest.c:1:10: fatal error: sys/epoll.h: No such file\nbuilding\na.c:1:1: error: no\n",
        "a.c:1:1: error: no",
    ),
    "cmake": (
        "-- Looking\nCMake Error at CMakeLists.txt:12 (find_package):\n  Could not find it.\n\nCall Stack\n",
        "CMakeLists.txt:12: Could not find it.",
    ),
    "meson": ('meson.build:4:0: ERROR: Dependency "cairo" not found\n', 'meson.build:4:0: ERROR: Dependency "cairo" not found'),
    "rust": (
        "   Compiling a\nerror[E0432]: unresolved import `b`\n --> src/lib.rs:3:5\n  |\nerror: could not compile `a`\n",
        "src/lib.rs:3:5: error[E0432]: unresolved import `b`",
    ),
    "cython": (
        "Error compiling Cython file:\n-----\n...\n cdef x y\n ^\n-----\n\npkg/a.pyx:12:4: undeclared name\n",
        "pkg/a.pyx:12:4: undeclared name",
    ),
    "fortran": (
        "src/a.f90:7:12:\n\n    7 | call x\n      |  1\nError: Syntax error in CALL\n",
        "src/a.f90:7:12: Error: Syntax error in CALL",
    ),
    "none": ("running build\nTraceback (most recent call last):\nValueError: no\n", ""),
}


@pytest.mark.parametrize("tool", OUTPUTS)
def test_first_error(tool: str) -> None:
    """It has the file and the line that the tool prints, in one line; attempts of a configuration are none."""
    printed, expected = OUTPUTS[tool]
    assert first_error(printed.splitlines()) == expected
