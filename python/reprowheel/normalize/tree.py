"""Every file of an unpacked wheel, recognised by its first bytes and normalized in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.files import EPOCH_1980, named_files
from reprowheel.normalize import ar, stamps, tar
from reprowheel.normalize.elf import rewrite as elf
from reprowheel.normalize.pyc import is_disposable_pyc, normalize_pyc
from reprowheel.normalize.report import FileReport
from reprowheel.normalize.sbom import is_sbom, normalize_sbom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["normalize_tree"]

_HEAD = 512
_MAGICS: dict[str, bytes | tuple[bytes, ...]] = {
    "elf": elf.MAGIC,
    "ar": (ar.MAGIC, ar.THIN_MAGIC),
    "gzip": stamps.GZIP_MAGIC,
    "png": stamps.PNG_MAGIC,
    "zip": stamps.ZIP_MAGIC,
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\0",
    "mach-o": (b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe"),
}
_FAT_MACH_O = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_FIRST_JAVA_MAJOR = 45  # a Java class starts with the magic number of a fat Mach-O, then its version
_PE_OFFSET = slice(60, 64)


def normalize_tree(tree: Path, *, debug_dir: Path | None = None, epoch: int = EPOCH_1980) -> tuple[FileReport, ...]:
    """Normalize every file of an unpacked wheel in place.

    :param tree: root of the unpacked wheel.
    :param debug_dir: where split debug files go, as `.build-id/xx/yyyy.debug`; None: they are not written.
    :param epoch: SOURCE_DATE_EPOCH of the build; times in data files that are later were made by it and are replaced.
    :returns: one report per file of a kind that matters here, in the order of the paths.
    :raises OSError: if a result could not be written. A file that is merely not understood is not an error: it stays
        byte for byte as it was, and its report says why.
    """
    files = named_files(tree)
    handlers = _handlers(debug_dir, epoch)
    reports = []
    for name, path in files.items():
        if is_disposable_pyc(name, files):
            path.unlink()
            reports.append(FileReport(path=name, kind="pyc", action="removed", reason="bytecode cache"))
            continue
        kind = _kind(path, name)
        if kind and (report := handlers[kind](path, name)):
            reports.append(report)
    return tuple(reports)


def _handlers(debug_dir: Path | None, epoch: int) -> dict[str, Callable[[Path, str], FileReport | None]]:
    """Return what to call with path and name for each kind of file."""

    def stamped(kind: str) -> Callable[[Path, str], FileReport | None]:
        return lambda path, name: stamps.normalize_stamps(path, name, kind, epoch=epoch)

    def left_alone(kind: str) -> Callable[[Path, str], FileReport]:
        reason = f"{kind} files are left as they are"
        return lambda _, name: FileReport(path=name, kind=kind, action="unchanged", reason=reason)

    return {
        "elf": lambda path, name: elf.normalize_elf(path, name, debug_dir=debug_dir),
        "ar": ar.normalize_ar,
        "pyc": normalize_pyc,
        "sbom": normalize_sbom,
        "gzip": stamped("gzip"),
        "png": stamped("png"),
        "tar": stamped("tar"),
        "zip": stamped("zip"),
        "bzip2": stamped("bzip2"),
        "xz": stamped("xz"),
        "mach-o": left_alone("mach-o"),
        "pe": left_alone("pe"),
    }


def _kind(path: Path, name: str) -> str:
    """Return what a file is by its content (a `.pyc` and an SBOM by its name), or an empty string."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if head.startswith(b"MZ") and len(head) >= _PE_OFFSET.stop:
            stream.seek(int.from_bytes(head[_PE_OFFSET], "little"))
            return "pe" if stream.read(4) == b"PE\0\0" else ""
    if head.startswith(_FAT_MACH_O):
        return "mach-o" if int.from_bytes(head[4:8], "big") < _FIRST_JAVA_MAJOR else ""
    for kind, magics in _MAGICS.items():
        if head.startswith(magics):
            return kind
    if head[tar.MAGIC_AT :].startswith(tar.MAGIC):
        return "tar"
    if is_sbom(name):
        return "sbom"
    return "pyc" if name.endswith(".pyc") else ""
