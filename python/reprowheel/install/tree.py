"""Installs a wheel into a tree of files, which `py_library` can use.

    DIR/site-packages/   purelib and platlib
    DIR/bin/             scripts, entry points included
    DIR/include/         headers
    DIR/data/            files of the `data` scheme

Single files can also be copied elsewhere, to paths that are known before the wheel is built.

The tree has no path of the build or of an interpreter: scripts start with `#!/usr/bin/env python3`. There is no bytecode,
modes are 0644 and 0755, and no `direct_url.json` or REQUESTED is written.
Spec: "Recording installed projects" and the binary distribution format, packaging.python.org.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import installer
from installer.destinations import WheelDestination
from installer.exceptions import InstallerError
from installer.records import Hash, RecordEntry
from installer.scripts import Script

from reprowheel.archives.record import base64_digest, write_record
from reprowheel.archives.wheel import BadWheelError, WheelName, checked_members, dist_info_of, open_wheel
from reprowheel.errors import InstallError
from reprowheel.files import atomic_directory, chunks, is_vacant, named_files
from reprowheel.install.changes import InstallChanges, change_tree, ignored_pth_files, left_out_metadata
from reprowheel.install.source import CheckedSource, check_readable, check_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from installer.scripts import ScriptSection
    from installer.utils import Scheme

__all__ = ["SHEBANG", "InstallResult", "checked_metadata", "copy_dist_info", "copy_file", "install_wheel"]

SHEBANG = b"#!/usr/bin/env python3"
"""First line of every installed Python script; the caller of the script puts the interpreter on PATH."""

_FOLDERS = {
    "purelib": "site-packages",
    "platlib": "site-packages",
    "scripts": "bin",
    "headers": "include",
    "data": "data",
}
_INSTALLER_NAME = "reprowheel"
_PLACEHOLDER = b"#!python"


@dataclass(frozen=True, kw_only=True, slots=True)
class InstallResult:
    """The installed files; all paths are posix and relative to the output folder.

    :param distribution: name of the distribution, as in the wheel's file name.
    :param version: version, as in the wheel's file name.
    :param dist_info: path of the `.dist-info` folder.
    """

    distribution: str
    version: str
    dist_info: str
    files: tuple[str, ...]
    """Every file of the tree, sorted."""
    ignored_pth: tuple[str, ...] = ()
    """The `.pth` files that have no effect in a folder of the import path."""
    left_out: Mapping[str, bytes] = field(default_factory=dict)
    """Files of `.dist-info` that globs leave out of the tree: name → content."""

    @property
    def scripts(self) -> tuple[str, ...]:
        """The files in `bin/`."""
        return tuple(path for path in self.files if path.startswith("bin/"))


def install_wheel(wheel: Path, out: Path, changes: InstallChanges | None = None) -> InstallResult:
    """Install one wheel into the folder `out`, which is new or has nothing but empty folders.

    The tree is made beside `out` and then renamed, so `out` is unchanged if there is an error.

    :param changes: changes to make in the tree.
    :raises InstallError: the wheel is damaged (the message names the member that does not match RECORD), or `out` is not
        empty.
    """
    if not is_vacant(out):
        msg = f"{wheel.name}: cannot be installed into {out}: it is not an empty folder"
        raise InstallError(msg, tip="Name another folder with --out, or remove what is in it.")
    with atomic_directory(out) as scratch:
        result = _install(wheel, scratch)
        left_out = left_out_metadata(scratch, result.dist_info, changes or InstallChanges())
        if change_tree(scratch, result.dist_info, changes or InstallChanges()):
            files = sorted(path.relative_to(scratch).as_posix() for path in scratch.rglob("*") if path.is_file())
            result = replace(result, files=tuple(files))
        return replace(result, ignored_pth=tuple(ignored_pth_files(scratch)), left_out=left_out)


def checked_metadata(wheel: Path) -> str:
    """Make all checks of `install_wheel`, and return the METADATA of the wheel.

    :raises InstallError: see `install_wheel`.
    """
    with _checked(wheel) as (source, _):
        return str(source.read_dist_info("METADATA"))


def copy_file(out: Path, name: str, target: Path, *, executable: bool | None = None) -> None:
    """Copy one file of an installed tree.

    :param name: its path below `out`.
    :param executable: whether the copy is executable; `None`: if the file is.
    :raises InstallError: there is no such file.
    """
    source = out / name
    if ".." in Path(name).parts or not source.is_file():
        msg = f"{out.name}: there is no file {name} to copy"
        raise InstallError(msg, tip="Paths begin with site-packages/, bin/, include/ or data/.")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if executable or (executable is None and source.stat().st_mode & 0o100) else 0o644)


def copy_dist_info(out: Path, result: InstallResult, files: Iterable[Path], folder: Path | None) -> None:
    """Copy single files of the `.dist-info` folder to the paths `files`, by file name, and all others into `folder`.

    :raises InstallError: the wheel lacks one of `files`, so the lock that promised it is stale.
    """
    names = {target.name: target for target in files}
    known = set(result.left_out) | {path.name for path in (out / result.dist_info).iterdir() if path.is_file()}
    for name in names:
        if name not in known:
            msg = f"{result.distribution}=={result.version}: the wheel has no {name}, which its lock says it has"
            raise InstallError(msg, tip="Lock its build requirements again: reprowheel lock REQUIREMENTS --out FILE.")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        inner = folder / Path(result.dist_info).name
        names = {name: names.get(name, inner / name) for name in [*named_files(out / result.dist_info), *result.left_out]}
    for name, target in names.items():
        if name in result.left_out:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(result.left_out[name])
            target.chmod(0o644)
        else:
            copy_file(out, f"{result.dist_info}/{name}", target)


@contextlib.contextmanager
def _checked(wheel: Path, *, contents: bool = True) -> Iterator[tuple[CheckedSource, WheelName]]:
    """Open a wheel and check its name, members, metadata and RECORD; errors of the wheel in the block become InstallError.

    :param contents: compare the contents of files with RECORD now; else `CheckedSource.get_contents` does it while reading.
    """
    try:
        name = WheelName.parse(wheel.name)
        with open_wheel(wheel) as archive:
            members = checked_members(archive, wheel)
            source = CheckedSource(archive, dist_info_of([member.filename for member in members], name))
            check_readable(source, wheel)
            check_record(source, wheel, contents=contents)
            yield source, name
    except BadWheelError as error:
        raise InstallError(str(error), tip=error.tip) from error
    except InstallerError as error:
        msg = f"{wheel.name}: {' '.join(str(error).split())}"
        raise InstallError(msg) from error


def _install(wheel: Path, root: Path) -> InstallResult:
    with _checked(wheel, contents=False) as (source, name):
        destination = _Destination(root)
        destination.make_folder(os.fspath(root / "site-packages"))
        try:
            installer.install(source, destination, {"INSTALLER": f"{_INSTALLER_NAME}\n".encode()})
        except (InstallerError, BadWheelError):
            check_record(source, wheel)  # damage is reported first, because other errors may follow from it
            raise
    return InstallResult(
        distribution=name.distribution,
        version=name.version,
        dist_info=f"site-packages/{source.dist_info_dir}",
        files=tuple(sorted(destination.written)),
    )


class _Destination(WheelDestination):
    """Writes below one folder, each file once, with a mode that does not depend on the umask."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._folders: set[str] = set()
        self.written: set[str] = set()

    def write_script(self, name: str, module: str, attr: str, section: ScriptSection) -> RecordEntry:
        if "/" in name or name in {"", ".", ".."}:
            msg = f"entry point {name!r} is not a file name"
            raise BadWheelError(msg)
        _, data = Script(name, module, attr, section).generate("python3", "posix")
        code = data.partition(b"\n")[2]
        return self._write("bin", name, iter([SHEBANG + b"\n", code]), is_executable=True)

    def write_file(
        self,
        scheme: Scheme,
        path: str | os.PathLike[str],
        stream: BinaryIO,
        is_executable: bool,  # noqa: FBT001 - the signature of the base class
    ) -> RecordEntry:
        pieces: Iterator[bytes] = chunks(stream)
        if scheme == "scripts":
            pieces = _with_shebang(pieces)
            is_executable = True
        return self._write(_FOLDERS[scheme], str(path), pieces, is_executable=is_executable)

    def finalize_installation(self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]) -> None:
        rows = []
        for file_scheme, entry in records:
            folder = _FOLDERS[file_scheme]
            rows.append(entry.to_row(None if folder == _FOLDERS[scheme] else f"../{folder}/"))
        rows.sort(key=lambda row: row[0].encode())
        self._write(_FOLDERS[scheme], record_file_path, iter([write_record(rows)]), is_executable=False)

    def _write(self, folder: str, path: str, pieces: Iterator[bytes], *, is_executable: bool) -> RecordEntry:
        name = f"{folder}/{path}"
        if name in self.written:
            msg = f"{name} would be installed twice"
            raise BadWheelError(msg)
        target = f"{self._root}/{name}"
        self.make_folder(os.path.dirname(target))
        digest, size = hashlib.sha256(), 0
        with open(target, "xb") as sink:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                sink.write(piece)
            os.fchmod(sink.fileno(), 0o755 if is_executable else 0o644)
        self.written.add(name)
        return RecordEntry(path, Hash("sha256", base64_digest(digest)), size)

    def make_folder(self, folder: str) -> None:
        """Make a folder and its parents with mode 0755, independent of the umask."""
        if folder in self._folders or os.path.isdir(folder):
            return
        self.make_folder(os.path.dirname(folder))
        os.mkdir(folder)
        Path(folder).chmod(0o755)
        self._folders.add(folder)


def _with_shebang(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Replace a first line `#!python…` by `SHEBANG`; options after the interpreter are dropped, as pip does."""
    first = next(pieces, b"")
    if first.startswith(_PLACEHOLDER):
        first = SHEBANG + b"\n" + first.partition(b"\n")[2]
    yield first
    yield from pieces
