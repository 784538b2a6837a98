"""Disturbances as on a user's machine: environment variables, a configuration file, programs that come first on PATH."""

from __future__ import annotations

__all__ = ["DECOY", "DECOYS", "NOISE", "PYDISTUTILS"]

NOISE = {
    "AR": "ar-of-nowhere",
    "ARCHFLAGS": "-arch noise",
    "CARGO": "cargo-of-nowhere",
    "CARGO_BUILD_JOBS": "3",
    "CARGO_BUILD_RUSTC_WRAPPER": "/nowhere/wrapper",
    "CARGO_ENCODED_RUSTFLAGS": "-Cnoise",
    "CARGO_HOME": "/nowhere/cargo",
    "CARGO_INCREMENTAL": "1",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    "CARGO_TARGET_DIR": "/nowhere/target",
    "CC": "cc-of-nowhere",
    "CFLAGS": "-O0 -DREPROWHEEL_NOISE=1",
    "CMAKE_ARGS": "-DREPROWHEEL_NOISE=1",
    "CMAKE_BUILD_PARALLEL_LEVEL": "3",
    "CMAKE_GENERATOR": "Noise",
    "COLUMNS": "31",
    "CPATH": "/nowhere/include",
    "CPPFLAGS": "-DREPROWHEEL_NOISE=2",
    "CXXFLAGS": "-O0 -DREPROWHEEL_NOISE=3",
    "DISTUTILS_DEBUG": "1",
    "EDITOR": "ed",
    "GCC_COLORS": "error=01",
    "LDFLAGS": "-Wl,--noise -L/nowhere/lib",
    "LD_LIBRARY_PATH": "/nowhere/lib",
    "LIBRARY_PATH": "/nowhere/lib",
    "MAKEFLAGS": "-j9",
    "PIP_CONFIG_FILE": "/nowhere/pip.conf",
    "PIP_INDEX_URL": "https://index.example.org/simple",
    "PIP_NO_BINARY": ":all:",
    "PKG_CONFIG_PATH": "/nowhere/pkgconfig",
    "PYTHONIOENCODING": "ascii",
    "PYTHONOPTIMIZE": "1",
    "PYTHONPATH": "/nowhere/python",
    "PYTHONWARNINGS": "ignore",
    "RUSTC": "rustc-of-nowhere",
    "RUSTC_WRAPPER": "/nowhere/wrapper",
    "RUSTFLAGS": "-Cnoise",
    "RUSTUP_HOME": "/nowhere/rustup",
    "RUSTUP_TOOLCHAIN": "noise",
    "SETUPTOOLS_USE_DISTUTILS": "stdlib",
    "SOURCE_DATE_EPOCH": "1234567890",
    "TERM": "noise",
    "VIRTUAL_ENV": "/nowhere/venv",
    "_PYTHON_HOST_PLATFORM": "noise-1.0-none",
}
DECOYS = (
    *("ar", "c++", "cc", "clang", "cmake", "cython", "g++", "gcc", "git", "ld", "make", "ninja", "nm"),
    *("maturin", "pkg-config", "python", "python3", "strip"),
)
"""Names of programs that a build might take from PATH."""
DECOY = '#!/bin/sh\necho "$0: a decoy that no build should find" >&2\nexit 97\n'
PYDISTUTILS = "[build_ext]\ndefine = REPROWHEEL_NOISE\n[build]\ncompiler = noise\n"
