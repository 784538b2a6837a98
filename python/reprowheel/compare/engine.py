"""Compares two wheels, trees or files: pairs their members by name, then compares each pair by its format."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from reprowheel.compare.causes import remark
from reprowheel.compare.data import MAX_UNPACKED, compare_data, unpacked, unpacked_inside
from reprowheel.compare.lines import compare_text, is_text
from reprowheel.compare.model import Comparison, Difference, KnownValues
from reprowheel.compare.record import compare_record, is_record
from reprowheel.compare.sides import open_side
from reprowheel.errors import UsageError
from reprowheel.normalize.formats import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reprowheel.compare.sides import Member, Side

__all__ = ["compare_bytes", "compare_paths"]

_MAX_DEPTH = 4
_STORED = 2
_MAX_EXPLAINED = 1 << 30
"""Size of the largest file that is read into memory to explain its differences."""


def compare_paths(left: Path, right: Path, known: KnownValues | None = None) -> Comparison:
    """Compare two wheels (or other zip archives), two trees, or two files.

    :param known: values that are known of the two builds.
    :raises UsageError: one of them does not exist, they are of different kinds, or both are empty. Two empty folders are an
        error, because they are probably not what the user meant to compare.
    """
    known = known or KnownValues()
    with open_side(left) as ours, open_side(right) as theirs:
        if ours.kind != theirs.kind:
            msg = f"{left} is one {ours.kind} and {right} one {theirs.kind}; expected two of a kind"
            raise UsageError(msg, tip="To compare a wheel with an installed tree, install the wheel first: reprowheel install.")
        if not ours.members and not theirs.members:
            msg = f"{left} and {right} are both empty: there is nothing to compare"
            raise UsageError(msg)
        differences = _compare_sides(ours, theirs, known)
        if not differences and ours.kind != "tree" and left.read_bytes() != right.read_bytes():
            differences = compare_data("", left.read_bytes(), right.read_bytes(), known, place="between the members")
        return Comparison(
            left=ours.label,
            right=theirs.label,
            files=len({m.name for m in (*ours.members, *theirs.members)}),
            size=sum(m.size for m in ours.members),
            differences=tuple(_sorted(differences)),
        )


def _sorted(differences: list[Difference]) -> list[Difference]:
    """Put differences that follow from others last; otherwise the order stays."""
    return sorted(differences, key=lambda d: d.follows)


def _compare_sides(ours: Side, theirs: Side, known: KnownValues) -> list[Difference]:
    """Compare members, then the archives around them."""
    a, b = ({member.name: member for member in side.members} for side in (ours, theirs))
    found: list[Difference] = []
    changed: set[str] = set()
    for name in sorted(a.keys() | b.keys(), key=lambda n: (is_record(n), n)):
        if is_record(name) and name in a and name in b:
            left, right = a[name].read(), b[name].read()
            found += [] if left == right else compare_record(name, left, right, changed, known)
            found += _modes(a[name], b[name])
            continue
        differences = _compare_members(name, a.get(name), b.get(name), known)
        if any(d.kind != "mode" for d in differences):
            changed.add(name)
        found += differences
    return found + _archive_differences(ours, theirs, a, b)


def _compare_members(name: str, left: Member | None, right: Member | None, known: KnownValues) -> list[Difference]:
    if left is None or right is None:
        note = "only on the right" if left is None else "only on the left"
        return [remark(name, "missing", "missing", note)]
    found = _modes(left, right)
    if left.same_as(right):
        return found
    if left.size and right.size and max(left.size, right.size) <= _MAX_EXPLAINED:
        return [*compare_bytes(name, left.read(), right.read(), known), *found]
    note = f"{left.size} bytes on the left, {right.size} on the right"
    if max(left.size, right.size) > _MAX_EXPLAINED:
        note += "; too large to be explained"
    return [remark(name, "content", "content", note), *found]


def _modes(left: Member, right: Member) -> list[Difference]:
    if left.mode == right.mode:
        return []
    note = f"mode {_mode(left.mode)} on the left, {_mode(right.mode)} on the right"
    return [remark(left.name, "mode", "mode", note)]


def _mode(mode: int) -> str:
    return stat.filemode(mode) if stat.S_IFMT(mode) else f"{mode:04o}"


def _archive_differences(ours: Side, theirs: Side, a: Mapping[str, Member], b: Mapping[str, Member]) -> list[Difference]:
    """Return differences in how the archives store the same members: order, time, compression."""
    if ours.kind != "archive":
        return []
    found = []
    groups: dict[tuple[str, str], list[str]] = {}
    for name in sorted(a.keys() & b.keys()):
        if a[name].stored != b[name].stored:
            groups.setdefault((a[name].stored, b[name].stored), []).append(name)
    for (x, y), names in groups.items():
        note = f"kept with {x} on the left, {y} on the right"
        found += [replace(remark(names[0], "archive", cause, note), count=len(names)) for cause in _stored_causes(x, y)]
    common = [[m.name for m in side.members if m.name in a and m.name in b] for side in (ours, theirs)]
    if common[0] != common[1]:
        number, (x, y) = next((n, pair) for n, pair in enumerate(zip(*common, strict=True)) if pair[0] != pair[1])
        note = f"the same members in another order, from member {number + 1} on: {x} on the left, {y} on the right"
        found.append(remark("", "order", "order", note))
    return found


def _stored_causes(left: str, right: str) -> list[str]:
    """Return why two archives store a member otherwise: its time, its compression, or something else."""
    pairs = list(zip(*(side.split(", ", maxsplit=_STORED) for side in (_fields(left), _fields(right))), strict=False))
    found = [cause for cause, (x, y) in zip(("time", "compression"), pairs, strict=False) if x != y]
    return found or ["content"]


def _fields(stored: str) -> str:
    """Return what `Member.stored` says, with the date's own commas out of the way."""
    date, _, rest = stored.partition("), ")
    return f"{date.replace(', ', ' ')}), {rest}"


def compare_bytes(path: str, left: bytes, right: bytes, known: KnownValues, *, depth: int = 0) -> list[Difference]:
    """Compare two different files by their format; packed data inside them is unpacked and compared, too."""
    if kind_of(left) == kind_of(right) == "elf":
        from reprowheel.compare.elf import compare_elf  # noqa: PLC0415 - its imports take as long as all others

        return compare_elf(path, left, right, known)
    if depth < _MAX_DEPTH and (found := _inside(path, left, right, known, depth)):
        return found
    if is_text(left) and is_text(right):
        return compare_text(path, left, right, known)
    return compare_data(path, left, right, known)


def _inside(path: str, left: bytes, right: bytes, known: KnownValues, depth: int) -> list[Difference]:
    """Return the differences of packed data in two files; empty if there is none."""
    if kind_of(left) == kind_of(right) == "zip":
        return _zip_members(path, left, right, known, depth)
    ours, theirs = unpacked(left), unpacked(right)
    if ours and theirs:
        if ours[1] == theirs[1]:
            return [remark(path, "content", "compression", f"unpacked ({ours[0]}), both sides are equal")]
        return _placed(compare_bytes(path, ours[1], theirs[1], known, depth=depth + 1), f"unpacked ({ours[0]})")
    for where, a, b in unpacked_inside(left, right):
        return _placed(compare_bytes(path, a, b, known, depth=depth + 1), where)
    return []


def _placed(differences: list[Difference], where: str) -> list[Difference]:
    return [replace(d, place=", ".join(filter(None, (where, d.place)))) for d in differences]


def _zip_members(path: str, left: bytes, right: bytes, known: KnownValues, depth: int) -> list[Difference]:
    """Compare the members of two zip files; return nothing if one is damaged or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(left)) as ours, zipfile.ZipFile(io.BytesIO(right)) as theirs:
            infos = [{i.filename: i for i in archive.infolist()} for archive in (ours, theirs)]
            if any(sum(i.file_size for i in one.values()) > MAX_UNPACKED for one in infos):
                return []
            found = []
            for name in sorted(infos[0].keys() | infos[1].keys()):
                inner = f"{path}!{name}"
                if name not in infos[0] or name not in infos[1]:
                    found.append(remark(inner, "missing", "missing", f"only on the {'left' if name in infos[0] else 'right'}"))
                    continue
                a, b = ours.read(name), theirs.read(name)
                if a != b:
                    found += compare_bytes(inner, a, b, known, depth=depth + 1)
                elif infos[0][name].date_time != infos[1][name].date_time:
                    note = f"time {infos[0][name].date_time} on the left, {infos[1][name].date_time} on the right"
                    found.append(remark(inner, "archive", "time", note))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error):
        return []
    return found
