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
_MACH_O = frozenset({b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe"})
_FAT_MACH_O = frozenset({b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"})
_FIRST_JAVA_MAJOR = 45  # a Java class starts with the magic number of a fat Mach-O, then its version
_PE_OFFSET = slice(60, 64)


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
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if head.startswith(b"MZ") and len(head) == _HEAD:
            stream.seek(int.from_bytes(head[_PE_OFFSET], "little"))
            if stream.read(4) == b"PE\0\0":
                return _left_alone(name, "pe")
    if head.startswith(elf.MAGIC):
        return elf.normalize_elf(path, name, debug_dir=debug_dir)
    if head.startswith((ar.MAGIC, ar.THIN_MAGIC)):
        return ar.normalize_ar(path, name)
    if head[:4] in _MACH_O:
        return _left_alone(name, "mach-o")
    if head[:4] in _FAT_MACH_O and int.from_bytes(head[4:8], "big") < _FIRST_JAVA_MAJOR:
        return _left_alone(name, "mach-o")
    if name.endswith(".pyc"):
        return normalize_pyc(path, name)
    return None


def _left_alone(name: str, kind: str) -> FileReport:
    return FileReport(path=name, kind=kind, action="unchanged", reason=f"{kind} files are left as they are")
