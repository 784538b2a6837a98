"""The interpreter, the C compiler and the shell of this machine as files of a workspace, each under its path on the host.

A worker that makes an action's root of the action's inputs alone then finds them, their libraries and the loader where they
belong: such an action needs nothing of any host.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

__all__ = ["BUILD", "TOOLCHAIN", "copy_tools"]

_TOOLS = ("ar", "as", "gcc", "ld", "nm", "objcopy", "objdump", "strip")
_HEADERS = (
    "asm-generic",
    "linux",
    "x86_64-linux-gnu/asm",
    "x86_64-linux-gnu/bits",
    "x86_64-linux-gnu/gnu",
    "x86_64-linux-gnu/sys",
)
_LINKED = ("crt1.o", "crti.o", "crtn.o", "libc.so", "libc_nonshared.a", "libm.so", "libpthread.a")
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")

# What stands in the root package's BUILD file.
BUILD = """
load("@rules_cc//cc:defs.bzl", "cc_toolchain")
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load(":toolchain.bzl", "declared_config")

filegroup(name = "tools", srcs = glob(["bin/**", "lib/**", "lib64/**", "usr/**"]))
py_runtime(name = "runtime", files = [":tools"], interpreter = "usr/bin/{python}", python_version = "PY3")
py_runtime_pair(name = "runtimes", py3_runtime = ":runtime")
toolchain(name = "python", toolchain = ":runtimes", toolchain_type = "@rules_python//python:toolchain_type")
declared_config(name = "config")
cc_toolchain(
    name = "cc_tools",
    all_files = ":tools",
    ar_files = ":tools",
    as_files = ":tools",
    compiler_files = ":tools",
    dwp_files = ":tools",
    linker_files = ":tools",
    objcopy_files = ":tools",
    strip_files = ":tools",
    toolchain_config = ":config",
)
toolchain(name = "cc", toolchain = ":cc_tools", toolchain_type = "@bazel_tools//tools/cpp:toolchain_type")
"""

TOOLCHAIN = """
load("@rules_cc//cc:cc_toolchain_config_lib.bzl", "tool_path")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")

def _impl(ctx):
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "local",
        abi_version = "local",
        compiler = "gcc",
        target_cpu = "k8",
        target_libc = "local",
        target_system_name = "local",
        tool_paths = [
            tool_path(name = name, path = "usr/bin/" + name)
            for name in ["ar", "cpp", "gcc", "gcov", "ld", "nm", "objcopy", "objdump", "strip"]
        ],
        toolchain_identifier = "declared",
    )

declared_config = rule(implementation = _impl)
"""


def copy_tools(folder: Path) -> str:
    """Copy everything into a workspace, and return the interpreter's name."""
    stdlib, include = Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("include"))
    python = Path(sysconfig.get_config_var("BINDIR")) / stdlib.name
    _tree(folder, stdlib, "test", "__pycache__", "idlelib", "site-packages", "dist-packages", "config-*", "tkinter")
    for path in (include, Path("/usr/include/x86_64-linux-gnu") / include.name):
        if path.is_dir():
            _tree(folder, path)
    for header in [*Path("/usr/include").glob("*.h"), *Path("/usr/include/x86_64-linux-gnu").glob("*.h")]:
        _copy(folder, header)
    for name in _HEADERS:
        _tree(folder, Path("/usr/include") / name)
    programs = [python, Path("/bin/sh"), *(Path("/usr/bin") / tool for tool in _TOOLS)]
    programs += [Path(_ask("-print-prog-name=" + name)) for name in ("cc1", "collect2", "liblto_plugin.so")]
    for program in programs:
        _copy(folder, program)
    own = Path(_ask("-print-libgcc-file-name")).parent
    _tree(folder, own / "include")
    for path in [*own.glob("crt*.o"), *own.glob("libatomic*.so"), *own.glob("libgcc*"), *(_LIBRARIES / name for name in _LINKED)]:
        if path.exists():
            _copy(folder, path)
    loaded = {library for binary in [*programs, *(stdlib / "lib-dynload").glob("*.so")] for library in _needs(binary)}
    scripts = "".join((_LIBRARIES / name).read_text(encoding="utf-8") for name in ("libc.so", "libm.so"))  # the linker's
    loaded |= {Path(_ask("-print-file-name=libgcc_s.so.1")).resolve()}
    for library in loaded | {Path(path) for path in re.findall(r"/lib\S+|/usr/\S+", scripts)}:
        _copy(folder, library)
    return python.name


def _ask(question: str) -> str:
    return subprocess.run(["gcc", question], check=True, capture_output=True, text=True).stdout.strip()


def _needs(binary: Path) -> list[Path]:
    """Return the libraries that the loader takes for a file, and the loader."""
    run = subprocess.run(["ldd", str(binary)], check=False, capture_output=True, text=True)
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", run.stdout)]


def _copy(folder: Path, path: Path) -> None:
    target = folder / os.fspath(path).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def _tree(folder: Path, path: Path, *leave_out: str) -> None:
    target = folder / os.fspath(path).lstrip("/")
    shutil.copytree(path, target, ignore=shutil.ignore_patterns(*leave_out), ignore_dangling_symlinks=True, dirs_exist_ok=True)
