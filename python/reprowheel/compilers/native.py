"""Native dependencies: headers and static libraries from other targets, copied to one place in the workspace.

They are copied to `native/include` and `native/lib`, and the compiler wrappers search there. So the build does not see the
paths at which they were made. See docs/decisions.md, "Static native dependencies". The format of the JSON description:

    {"headers": {"foo/foo.h": "PATH"}, "libraries": ["PATH/libfoo.a"], "link_flags": ["-lm"], "defines": ["FOO=1"]}

Paths are relative to the working directory; the path of a header may be a directory. Libraries are in link order.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from reprowheel.errors import UsageError
from reprowheel.files import file_sha256, sorted_files
from reprowheel.inputs.json_file import misfit, read_object
from reprowheel.normalize.ar import MAGIC as AR_MAGIC
from reprowheel.normalize.elf.image import is_elf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.workspace import Workspace

__all__ = ["NativeInputs", "PlacedNative", "place_native", "read_native"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeInputs:
    """Headers and libraries that a build may include and link.

    :param headers: name in `#include` → file, or directory whose files get this name as prefix.
    :param libraries: static libraries in link order: a library comes before those that it needs.
    :param link_flags: flags after the libraries, such as `-lm`.
    :param defines: macros, as `NAME` or `NAME=VALUE`.
    """

    headers: Mapping[str, Path]
    libraries: tuple[Path, ...]
    link_flags: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedNative:
    """Native dependencies in a workspace: a toolchain that finds them, environment variables, and their part of the report."""

    toolchain: CcToolchain
    variables: Mapping[str, str]
    report: dict[str, Any]


def read_native(description: Path | None, includes: Sequence[Path], libraries: Sequence[Path]) -> NativeInputs | None:
    """Return the native dependencies of a description, folders and single libraries together; `None` if there are none.

    :raises UsageError: the description cannot be read, or a folder does not exist.
    """
    if description is None and not includes and not libraries:
        return None
    what = "a description of native dependencies"
    data = read_object(description, what) if description else {}
    try:
        headers = {str(name): Path(path).absolute() for name, path in data.get("headers", {}).items()}
        listed = [Path(path) for path in data.get("libraries", ())]
        link_flags, defines = tuple(data.get("link_flags", ())), tuple(data.get("defines", ()))
    except (ValueError, TypeError, AttributeError) as e:
        msg = f"{description}: {misfit(e)}; expected {what}"
        raise UsageError(msg) from e
    for folder in includes:
        if not folder.is_dir():
            msg = f"--native-include {folder}: no such folder"
            raise UsageError(msg)
        headers |= {path.relative_to(folder).as_posix(): path.absolute() for path in sorted_files(folder)}
    archives = tuple(path.absolute() for path in (*listed, *libraries))  # `verify` builds with another working directory
    return NativeInputs(headers=headers, libraries=archives, link_flags=link_flags, defines=defines)


def place_native(native: NativeInputs, workspace: Workspace, toolchain: CcToolchain) -> PlacedNative:
    """Copy native dependencies into the workspace and return a toolchain whose wrappers search there.

    :raises UsageError: a file is missing or no static library, or two headers have the same name.
    """
    root = workspace.directory("native")
    headers = _place_headers(native.headers, root / "include")
    libraries = [(_place_library(path, root / "lib"), path) for path in native.libraries]
    include = ["-isystem", os.fspath(root / "include"), *(f"-D{define}" for define in native.defines)]
    link = _link_flags(root / "lib", [placed for placed, _ in libraries], native.link_flags)
    return PlacedNative(
        toolchain=replace(
            toolchain,
            c_flags=(*toolchain.c_flags, *include),
            cxx_flags=(*toolchain.cxx_flags, *include),
            link_shared_flags=(*toolchain.link_shared_flags, *link),
            link_executable_flags=(*toolchain.link_executable_flags, *link),
        ),
        variables={"CMAKE_PREFIX_PATH": os.fspath(root)},
        report={
            "defines": list(native.defines),
            "headers": headers,
            "libraries": [
                {"path": placed.relative_to(root).as_posix(), "sha256": file_sha256(path)} for placed, path in libraries
            ],
            "link_flags": list(native.link_flags),
        },
    )


def _place_headers(headers: Mapping[str, Path], include: Path) -> list[dict[str, str]]:
    """Copy headers and return name and digest of each."""
    include.mkdir()
    placed: dict[str, str] = {}
    for name, source in sorted(headers.items()):
        files = {name: source} if not source.is_dir() else {}
        files |= {f"{name}/{p.relative_to(source).as_posix()}": p for p in (sorted_files(source) if not files else ())}
        for path, file in files.items():
            parts = PurePosixPath(path)
            if parts.is_absolute() or ".." in parts.parts or not file.is_file():
                msg = f"native dependency: header {path} ({file}) is missing or leads out of the include folder"
                raise UsageError(msg)
            digest = file_sha256(file)
            if placed.setdefault(path, digest) != digest:
                msg = f"native dependencies: two different headers are named {path}"
                raise UsageError(msg)
            _copy(file, include / path)
    return [{"path": path, "sha256": digest} for path, digest in sorted(placed.items())]


def _place_library(source: Path, folder: Path) -> Path:
    """Copy a static library and return the path of the copy.

    The copy is named `STEM.a`: suffixes that tell the variant, as in `libfoo.pic.a`, are dropped. Equal names get folders with
    numbers.

    :raises UsageError: it is missing, or no static library. A shared one would have to exist where the wheel is used.
    """
    try:
        with source.open("rb") as file:
            magic = file.read(8)
    except OSError as e:
        msg = f"native dependency {source}: {e.strerror}"
        raise UsageError(msg) from e
    if magic != AR_MAGIC:
        kind = "a shared library" if is_elf(magic) else "no static library"
        msg = f"native dependency {source.name}: is {kind}; expected a static library (.a) with position-independent code"
        raise UsageError(msg, tip="A wheel cannot carry the path of a library outside of it: link it statically.")
    stem = source.name.partition(".")[0]
    target, number = folder / f"{stem}.a", 1
    while target.exists():
        number += 1
        target = folder / str(number) / f"{stem}.a"
    _copy(source, target)
    return target


def _link_flags(folder: Path, libraries: Iterable[Path], link_flags: Sequence[str]) -> list[str]:
    """Return the flags that follow the build's own objects and libraries.

    All archives are listed by path, so that dependencies between them are found even if the build names only one of them.
    Flags `-lX` become `-Wl,-lX`, so that the wrapper's filter of flags keeps them. With `--as-needed`, an unused shared
    library is not recorded in the wheel.
    """
    archives = [os.fspath(path) for path in libraries]
    flags = [f"-Wl,{flag}" if flag.startswith("-l") else flag for flag in link_flags]
    group = ["-Wl,--start-group", *archives, "-Wl,--end-group"] if archives else []
    return [f"-L{folder}", "-Wl,--push-state,--as-needed", *group, *flags, "-Wl,--pop-state"]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)
