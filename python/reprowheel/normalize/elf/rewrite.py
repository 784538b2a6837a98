"""Normalizes ELF shared objects and programs: splits off debug information, and computes the build-id of the rest.

The steps are modules: `read` parses, `plan` decides, `write` and `debug` write, `verify` checks the result.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.files import atomic_file, canonical_mode, chunks, file_sha256
from reprowheel.normalize.elf.debug import has_debug_information, write_debug_file
from reprowheel.normalize.elf.image import ET_DYN, ET_EXEC
from reprowheel.normalize.elf.notes import find_build_ids
from reprowheel.normalize.elf.plan import make_plan
from reprowheel.normalize.elf.read import parse_elf
from reprowheel.normalize.elf.verify import check_result
from reprowheel.normalize.elf.write import copy_range, write_build_ids, write_stripped
from reprowheel.normalize.patching import UnknownShapeError
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from reprowheel.normalize.elf.image import ElfImage, Section
    from reprowheel.normalize.elf.notes import BuildIdField
    from reprowheel.normalize.elf.plan import StripPlan
    from reprowheel.normalize.model import Verifier

__all__ = ["normalize_elf"]

_WHY_NOT = {1: "relocatable object: linking needs its symbols", 4: "core dump"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    """The work on one file; there is always something to do."""

    image: ElfImage
    plan: StripPlan | None
    """The sections to drop, if there are any."""
    build_ids: tuple[BuildIdField, ...]
    """The build-ids to compute."""
    verify: Verifier


def normalize_elf(path: Path, name: str, *, debug_dir: Path | None = None, verify: Verifier | None = None) -> FileReport:
    """Strip one file and give it a build-id that depends only on the result.

    :param name: posix path in the wheel, for the report.
    :param debug_dir: folder for the split debug file; `None`: none is written.
    :param verify: checks the result before the file is replaced; `None`: `check_result`.
    :returns: the report; if the file is not fully understood, it is `unchanged` with the reason, and no byte is written.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _rewrite(path, name, _examine(data, verify or check_result), debug_dir)
        except UnknownShapeError as error:
            return FileReport.unchanged(name, "elf", str(error))


def _examine(data: mmap.mmap, verify: Verifier) -> _Work:
    """Return the work on a file; raise UnknownShapeError if the file must stay as it is."""
    image = parse_elf(data)
    if image.header.type not in {ET_EXEC, ET_DYN}:
        raise UnknownShapeError(_WHY_NOT.get(image.header.type, f"ELF type {image.header.type:#x}"))
    plan = make_plan(image)
    build_ids = tuple(find_build_ids(image))
    if plan is None and not build_ids:
        msg = "nothing to drop, no build-id"
        raise UnknownShapeError(msg)
    _check_places(image, plan, build_ids)
    return _Work(image=image, plan=plan, build_ids=build_ids, verify=verify)


def _check_places(image: ElfImage, plan: StripPlan | None, build_ids: tuple[BuildIdField, ...]) -> None:
    """Raise UnknownShapeError for build-ids that cannot be written in place: in a header, or in a part that moves or goes."""
    end = image.size if plan is None else plan.loaded_end
    headers = (
        (0, image.layout.ehdr.size),
        (image.header.phoff, image.segment_table_end),
        (image.header.shoff, image.section_table_end),
    )
    for field in build_ids:
        stop = field.offset + field.size
        if stop > end or any(start < stop and field.offset < finish for start, finish in headers):
            msg = f"the build-id at {field.offset:#x} is in a header, or in a note that is not loaded"
            raise UnknownShapeError(msg)


def _rewrite(path: Path, name: str, work: _Work, debug_dir: Path | None) -> FileReport:
    image, plan, build_id, debug, reason = work.image, work.plan, None, None, ""
    with atomic_file(path, mode=canonical_mode(path)) as out:
        if plan is None:
            copy_range(image, 0, image.size, out)
        else:
            write_stripped(image, plan, out)
        if work.build_ids:
            build_id = write_build_ids(out, work.build_ids)
        work.verify(image, plan, work.build_ids, out)
        if plan is not None and debug_dir is not None and has_debug_information(plan):
            debug, build_id, reason = _split(name, work, out, build_id, debug_dir)
        same = plan is None and _same(image, out)
    if plan is None:
        return FileReport(
            path=name,
            kind="elf",
            action="unchanged" if same else "rewritten",
            build_id=build_id,
            reason="" if same else "build-id computed anew",
        )
    return FileReport(
        path=name,
        kind="elf",
        action="zeroed" if plan.zeroed else "stripped",
        dropped=tuple(_printable(section) for section in plan.dropped if section.index != image.names_index),
        build_id=build_id,
        debug=debug,
        reason=reason,
    )


def _split(name: str, work: _Work, out: BinaryIO, build_id: str | None, debug_dir: Path) -> tuple[str, str | None, str]:
    """Write the debug file; return its path, its build-id, and a remark for the report.

    Two files may have the same code but different debug information: those compiled at two paths, or with two macros. Without
    more, both would have the same build-id. So the second one, by its path in the wheel, gets a build-id that also depends on
    the debug information.
    """
    debug, scratch = _debug_path(name, build_id), debug_dir / ".new.debug"
    write_debug_file(work.image, _ids(out, work), scratch)
    if not (debug_dir / debug).exists() or file_sha256(debug_dir / debug) == file_sha256(scratch):
        place, reason = debug_dir / debug, ""
    else:
        salt = bytes.fromhex(file_sha256(scratch))
        build_id = write_build_ids(out, work.build_ids, salt)
        work.verify(work.image, work.plan, work.build_ids, out)
        write_debug_file(work.image, _ids(out, work), scratch)
        debug = _debug_path(name, build_id)
        place, reason = debug_dir / debug, "same code as another file but other debug information: a build-id of its own"
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch.replace(place)
    return debug, build_id, reason


def _ids(out: BinaryIO, work: _Work) -> dict[int, bytes]:
    return {field.offset: _read(out, field) for field in work.build_ids}


def _printable(section: Section) -> str:
    return section.label.decode("ascii", "backslashreplace")


def _debug_path(name: str, build_id: str | None) -> str:
    return f"{name}.debug" if build_id is None else f".build-id/{build_id[:2]}/{build_id[2:]}.debug"


def _read(out: BinaryIO, field: BuildIdField) -> bytes:
    out.seek(field.offset)
    return out.read(field.size)


def _same(image: ElfImage, out: BinaryIO) -> bool:
    out.seek(0)
    return all(piece == image.data[at : at + len(piece)] for at, piece in _numbered(out))


def _numbered(out: BinaryIO) -> Iterator[tuple[int, bytes]]:
    at = 0
    for piece in chunks(out):
        yield at, piece
        at += len(piece)
