"""Every file of an unpacked wheel, recognised by its first bytes and normalized in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.determinism import sorted_files
from reprowheel.normalize import ar, elf
from reprowheel.normalize.pyc import is_disposable_pyc, normalize_pyc
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["normalize_tree"]

_HEAD = 64
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
_FAT_MACH_O = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_FIRST_JAVA_MAJOR = 45  # a Java class starts with the magic number of a fat Mach-O, then its version
_PE_OFFSET = slice(60, 64)
_LEFT_ALONE = frozenset({"mach-o", "pe"})


def normalize_tree(tree: Path, *, debug_dir: Path | None = None) -> tuple[FileReport, ...]:
    """Normalize every file of an unpacked wheel in place.

    :param tree: root of the unpacked wheel.
    :param debug_dir: where split debug files go, as `.build-id/xx/yyyy.debug`; None: they are not written.
    :returns: one report per file of a kind that matters here, in the order of the paths.
    :raises NormalizeError: if a result could not be written. A file that is merely not understood is not an error:
        it stays byte for byte as it was, and its report says why.
    """
    files = {path.relative_to(tree).as_posix(): path for path in sorted_files(tree)}
    reports = []
    for name, path in files.items():
        if is_disposable_pyc(name, files):
            path.unlink()
            reports.append(FileReport(path=name, kind="pyc", action="removed", reason="bytecode cache"))
        elif report := _normalize(path, name, debug_dir):
            reports.append(report)
    return tuple(reports)


def _normalize(path: Path, name: str, debug_dir: Path | None) -> FileReport | None:
    kind = _kind(path)
    if kind == "elf":
        return elf.normalize_elf(path, name, debug_dir=debug_dir)
    if kind == "ar":
        return ar.normalize_ar(path, name)
    if kind == "pyc":
        return normalize_pyc(path, name)
    if kind in _LEFT_ALONE:
        return FileReport(path=name, kind=kind, action="unchanged", reason=f"{kind} files are left as they are")
    return None


def _kind(path: Path) -> str:
    """Return what a file is by its content (a `.pyc` by its name), or an empty string."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if head.startswith(b"MZ") and len(head) == _HEAD:
            stream.seek(int.from_bytes(head[_PE_OFFSET], "little"))
            return "pe" if stream.read(4) == b"PE\0\0" else ""
    if head.startswith(_FAT_MACH_O):
        return "mach-o" if int.from_bytes(head[4:8], "big") < _FIRST_JAVA_MAJOR else ""
    for kind, magics in _MAGICS.items():
        if head.startswith(magics):
            return kind
    return "pyc" if path.suffix == ".pyc" else ""


_MAGICS: dict[str, bytes | tuple[bytes, ...]] = {
    "elf": elf.MAGIC,
    "ar": (ar.MAGIC, ar.THIN_MAGIC),
    "mach-o": _MACH_O,
}
