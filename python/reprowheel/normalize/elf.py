"""ELF shared objects and programs: debug information split off, build-id computed over what remains.

Reading is `elf_image`, deciding `elf_plan`, writing `elf_write` and `debug`, and `elf_verify` has the last word.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from reprowheel.determinism import CHUNK_SIZE, atomic_file, canonical_mode
from reprowheel.normalize.debug import has_debug_information, write_debug_file
from reprowheel.normalize.elf_image import ET_DYN, ET_EXEC, MAGIC, NotUnderstoodError, parse_elf
from reprowheel.normalize.elf_notes import find_build_ids
from reprowheel.normalize.elf_plan import make_plan
from reprowheel.normalize.elf_verify import check_result
from reprowheel.normalize.elf_write import copy_range, write_build_ids, write_stripped
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from reprowheel.normalize.elf_image import ElfImage
    from reprowheel.normalize.elf_notes import BuildIdField
    from reprowheel.normalize.elf_plan import Plan

__all__ = ["MAGIC", "normalize_elf"]

_WHY_NOT = {1: "relocatable object: linking needs its symbols", 4: "core dump"}


def normalize_elf(path: Path, name: str, *, debug_dir: Path | None = None) -> FileReport:
    """Strip one file and give it a build-id that depends on nothing but the result.

    :param name: posix path in the wheel, for the report.
    :param debug_dir: where the split debug file goes; None: none is written.
    :returns: what was done; `unchanged` with the reason, and not a byte written, if the file is not fully understood.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            image = parse_elf(data)
            if image.header.type not in {ET_EXEC, ET_DYN}:
                msg = _WHY_NOT.get(image.header.type, f"ELF type {image.header.type:#x}")
                raise NotUnderstoodError(msg)
            plan = make_plan(image)
            fields = find_build_ids(image)
            if plan is None and not fields:
                return FileReport(path=name, kind="elf", action="unchanged", reason="nothing to drop, no build-id")
            return _rewrite(path, name, image, plan, fields, debug_dir)
        except NotUnderstoodError as error:
            return FileReport(path=name, kind="elf", action="unchanged", reason=str(error))


def _rewrite(
    path: Path, name: str, image: ElfImage, plan: Plan | None, fields: list[BuildIdField], debug_dir: Path | None
) -> FileReport:
    build_id = debug = None
    with atomic_file(path, mode=canonical_mode(path)) as out:
        if plan is None:
            copy_range(image, 0, image.size, out)
        else:
            write_stripped(image, plan, out)
        if fields:
            build_id = write_build_ids(out, fields)
        check_result(image, plan, fields, out)
        if plan is not None and debug_dir is not None and has_debug_information(plan):
            debug = _debug_path(name, build_id)
            new_ids = {field.offset: _read(out, field) for field in fields}
            write_debug_file(image, new_ids, debug_dir / debug)
        changed = plan is not None or not _same(image, out)
    dropped = () if plan is None else tuple(section.label.decode("ascii", "backslashreplace") for section in plan.dropped)
    action = "unchanged" if not changed else "rewritten" if plan is None else "zeroed" if plan.zeroed else "stripped"
    return FileReport(
        path=name,
        kind="elf",
        action=action,
        dropped=tuple(label for label in dropped if label != ".shstrtab"),
        build_id=build_id,
        debug=debug,
        reason="build-id computed anew" if action == "rewritten" else "",
    )


def _debug_path(name: str, build_id: str | None) -> str:
    return f"{name}.debug" if build_id is None else f".build-id/{build_id[:2]}/{build_id[2:]}.debug"


def _read(out: BinaryIO, field: BuildIdField) -> bytes:
    out.seek(field.offset)
    return out.read(field.size)


def _same(image: ElfImage, out: BinaryIO) -> bool:
    out.seek(0)
    return all(
        out.read(CHUNK_SIZE) == image.data[at : at + CHUNK_SIZE] for at in range(0, image.size, CHUNK_SIZE)
    ) and not out.read(1)
