"""Gives a wheel the tag `manylinux_X_Y` of the declared glibc (PEP 600), if its binaries need nothing newer.

The check reads the same data as the loader: DT_NEEDED, and the symbol versions in DT_VERNEED. It is needed although the
toolchain declares an old glibc: headers, static libraries or flags of a package can still make code for a newer one.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.archives.wheel import WheelName
from reprowheel.checks.libraries import needed_libraries
from reprowheel.errors import RefusedError
from reprowheel.files import sorted_files
from reprowheel.normalize.elf.reader import DamagedElfError, dynamic_segments, open_elf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile

__all__ = ["NeededVersion", "needed_versions", "tag_for_glibc"]

_C_LIBRARY = re.compile(r"(?:ld-linux.*|ld64|lib(?:c|m|mvec|pthread|dl|rt|util|nsl|resolv|anl))\.so\.\d+")
"""Libraries of glibc, which such a wheel may need; others are refused, as the tag says nothing about their versions."""

_GLIBC = re.compile(r"GLIBC_2\.(\d+)(?:\.\d+)?")
_ENTRY, _AUXILIARY = struct.Struct("HHIII"), struct.Struct("IHHII")
_TIP = "Keep it out of the build, or declare a newer glibc for the toolchain."


@dataclass(frozen=True, kw_only=True, slots=True)
class NeededVersion:
    """One symbol version that a binary needs, and the first symbol with that version."""

    version: str
    symbol: str


def tag_for_glibc(package: str, tree: Path, filename: str, glibc: str) -> str:
    """Return the wheel's file name with a platform tag for the glibc version; write the same tag into its WHEEL file.

    A wheel for any platform is left as it is, and so is a wheel whose back end chose another tag than `linux_…`.

    :param tree: the unpacked wheel.
    :param glibc: such as `2.28`; empty to change nothing.
    :raises RefusedError: a binary needs a symbol of a newer glibc, or a library that is not part of glibc.
    """
    name = WheelName.parse(filename)
    if not glibc or not name.platform.startswith("linux_"):
        return filename
    platform = f"manylinux_{glibc.replace('.', '_')}_{name.platform.removeprefix('linux_')}"
    for library, files in needed_libraries(tree).items():
        if not _C_LIBRARY.fullmatch(library):
            msg = f"{package}: {files[0]} needs {library}, which not every system for wheels tagged {platform} has"
            raise RefusedError(msg, tip=_TIP)
    limit = int(glibc.partition(".")[2])
    for path in sorted_files(tree):
        for needed in needed_versions(path):
            found = _GLIBC.fullmatch(needed.version)
            if needed.version.startswith("GLIBC_") and (found is None or int(found[1]) > limit):
                where = f"{path.relative_to(tree).as_posix()} needs {needed.symbol or 'a symbol'} of {needed.version}"
                msg = f"{package}: {where}; expected glibc {glibc} or older, which its toolchain declares"
                raise RefusedError(msg, tip=_TIP)
    for path in sorted(tree.glob("*.dist-info/WHEEL")):
        text = path.read_text(encoding="latin-1")  # any bytes; the tag is ASCII
        path.write_text(re.sub(rf"(?m)^(Tag: .*-){re.escape(name.platform)}$", rf"\g<1>{platform}", text), encoding="latin-1")
    return filename.replace(f"-{name.platform}.whl", f"-{platform}.whl")


def needed_versions(path: Path) -> list[NeededVersion]:
    """Return the symbol versions that an ELF file needs; empty for other files.

    :raises RefusedError: the file is damaged, so that it cannot be checked.
    """
    try:
        with open_elf(path) as elf:
            found = [v for segment in dynamic_segments(elf) for v in _versions(elf, segment)] if elf else []
    except DamagedElfError as e:
        msg = f"{path.name}: which symbol versions it needs cannot be read: it is damaged"
        raise RefusedError(msg, tip="Leave the file out of the wheel, or declare no glibc for the toolchain.") from e
    return sorted(found, key=lambda v: (v.version, v.symbol))


def _versions(elf: ELFFile, segment: DynamicSegment) -> Iterator[NeededVersion]:
    """Yield the entries of DT_VERNEED (gABI, symbol versioning: Elfxx_Verneed, Elfxx_Vernaux)."""
    tags = {tag.entry.d_tag: tag.entry.d_val for tag in segment.iter_tags()}
    if "DT_VERNEED" not in tags:
        return
    symbols = _first_symbols(elf, segment, tags.get("DT_VERSYM"))
    order, strings = "<" if elf.little_endian else ">", _offset(elf, tags["DT_STRTAB"])
    at = _offset(elf, tags["DT_VERNEED"])
    for _ in range(tags["DT_VERNEEDNUM"]):
        _, count, _, auxiliary, step = _read(elf, order, _ENTRY, at)
        inner = at + auxiliary
        for _ in range(count):
            _, _, index, name, inner_step = _read(elf, order, _AUXILIARY, inner)
            yield NeededVersion(version=_string(elf, strings + name), symbol=symbols.get(index & 0x7FFF, ""))
            inner += inner_step
        at += step


def _first_symbols(elf: ELFFile, segment: DynamicSegment, versions: int | None) -> dict[int, str]:
    """Return index of a version → name of the first symbol that has it."""
    first: dict[int, str] = {}
    if versions is not None:
        at, order = _offset(elf, versions), "little" if elf.little_endian else "big"
        for number, symbol in enumerate(segment.iter_symbols()):
            elf.stream.seek(at + 2 * number)
            first.setdefault(int.from_bytes(elf.stream.read(2), order) & 0x7FFF, symbol.name)  # type: ignore[arg-type]
    return first


def _offset(elf: ELFFile, address: int) -> int:
    for offset in elf.address_offsets(address):
        return int(offset)
    msg = f"no segment has the address {address:#x}"
    raise DamagedElfError(msg)


def _read(elf: ELFFile, order: str, form: struct.Struct, at: int) -> tuple[int, ...]:
    elf.stream.seek(at)
    return struct.unpack(order + form.format, elf.stream.read(form.size))


def _string(elf: ELFFile, at: int) -> str:
    elf.stream.seek(at)
    return bytes(elf.stream.read(256)).partition(b"\0")[0].decode("utf-8", "replace")
