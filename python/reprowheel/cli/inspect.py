"""The verb `inspect`: reports what in a wheel or file depends on the place or time of its build, from one copy alone."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.checks.libraries import needed_libraries
from reprowheel.files import chunks, file_sha256, sorted_files
from reprowheel.normalize import unpack_wheel
from reprowheel.normalize.path import normalize_path
from reprowheel.output.printable import printable, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["EXAMPLES", "HELP", "Inspection", "add_arguments", "inspect_path", "run"]

HELP = "say whether a wheel or file is in canonical form, and what in it depends on where it was built"

EXAMPLES = (
    ("reprowheel inspect psutil-7.2.2-cp314-cp314-linux_x86_64.whl", "of a wheel that anybody built"),
    ("reprowheel inspect _psutil_linux.abi3.so --json", "of one file; the findings as JSON"),
)

_PLACE = re.compile(rb"/(?:home|root|Users|tmp|var/tmp|private|build|builds|workspace|__w|mnt|dev/shm)/[\w.+@~/-]{2,200}")
"""Paths that look like a folder of one machine or user."""
_OVERLAP = 256
_1980 = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """The findings about a wheel or file."""

    path: str
    sha256: str
    canonical: bool
    """Whether `normalize` would leave every byte as it is."""
    archive: tuple[str, ...]
    """Properties of the archive that depend on the build: order, times, modes, compression."""
    files: tuple[str, ...]
    """The changes that `normalize` would make, one line for each file."""
    places: dict[str, list[str]]
    """File → paths of a machine in its content; `normalize` cannot remove these."""
    libraries: dict[str, list[str]]
    """Soname of a host library → files that need it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("path", type=Path, metavar="WHEEL|FILE", help="a wheel, or a file such as a .so")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Inspect; the exit code is 0 for canonical form, else 1."""
    found = inspect_path(arguments.path)
    if arguments.json:
        print(json.dumps(asdict(found), indent=2, sort_keys=True))
    else:
        write(_text(found), sys.stdout)
    return 0 if found.canonical else 1


def inspect_path(path: Path) -> Inspection:
    """Inspect a wheel or file.

    :raises UsageError: `path` is no file.
    :raises NormalizeError: the wheel is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        result, reports = normalize_path(path, Path(scratch) / "out")
        tree = Path(scratch) / "tree"
        if path.suffix == ".whl":
            unpack_wheel(path, tree)
        else:
            tree = result.parent
        digest = file_sha256(path)
        return Inspection(
            path=path.name,
            sha256=digest,
            canonical=digest == file_sha256(result),
            archive=_archive(path) if path.suffix == ".whl" else (),
            files=tuple(report.as_text() for report in reports if report.action != "unchanged"),
            places={file.relative_to(tree).as_posix(): places for file in sorted_files(tree) if (places := _places(file))},
            libraries=needed_libraries(tree),
        )


def _archive(wheel: Path) -> tuple[str, ...]:
    """Return the properties of the archive's headers that are not canonical."""
    with zipfile.ZipFile(wheel) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
    checks: tuple[tuple[str, Callable[[zipfile.ZipInfo], bool]], ...] = (
        ("a time other than 1980-01-01", lambda member: member.date_time != _1980),
        ("a mode other than 0644 and 0755", lambda member: member.external_attr >> 16 & 0o7777 not in {0o644, 0o755}),
        ("compressed bytes, which depend on the compressor", lambda member: member.compress_type != zipfile.ZIP_STORED),
        ("extra fields", lambda member: bool(member.extra)),
    )
    found = []
    for what, differs in checks:
        odd = [member.filename for member in members if differs(member)]
        if odd:
            found.append(f"{len(odd)} of {len(members)} members have {what}, {odd[0]} for one")
    names = [member.filename for member in members]
    infos = [".dist-info/" in name for name in names]
    if names != [name for _, name in sorted(zip(infos, names, strict=True), key=_place_in_archive)]:
        found.append("its members are not in the canonical order")
    return tuple(found)


def _place_in_archive(member: tuple[bool, str]) -> tuple[bool, bool, bytes]:
    """Return the sort key of a member: by name, `.dist-info` after everything else, RECORD last."""
    info, name = member
    return info, info and name.endswith("/RECORD"), name.encode()


def _places(file: Path) -> list[str]:
    """Return the paths of a machine in the content of a file, each once, at most ten."""
    found: dict[str, None] = {}
    before = b""
    with file.open("rb") as stream:
        for piece in chunks(stream):
            found |= {match[0].decode(): None for match in _PLACE.finditer(before + piece)}
            before = piece[-_OVERLAP:]
    return sorted(found)[:10]


def _text(found: Inspection) -> str:
    """Return the findings as text."""
    lines = [f"{found.path}: {'canonical' if found.canonical else 'not canonical'}, sha256 {found.sha256}"]
    lines += [f"  archive: {text}" for text in found.archive]
    lines += [f"  {text}" for text in found.files]
    lines += [f"  {file}: names {place}" for file, places in found.places.items() for place in places]
    lines += [f"  {files[0]}: needs {soname}" for soname, files in found.libraries.items()]
    return "".join(f"{printable(line)}\n" for line in lines)
