"""Describes the content of a wheel by a few digests, so that a later build can say what changed without the old wheel.

Each ELF file has a digest of its own: there are few of them, and they show which part of a build differs. All Python sources
share one digest. So do the files of `.dist-info`, and all other files. So even a large package needs only one line for each
extension module.
"""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reprowheel.archives.zip_file import open_zip
from reprowheel.errors import UsageError
from reprowheel.files import chunks
from reprowheel.normalize.elf.image import is_elf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["WheelContents", "read_contents"]

_DIGITS = 16
_MOST_ELF_FILES = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelContents:
    """The digests, each of 16 hexadecimal digits; empty if there is no such file.

    :param elf: path → digest; for wheels with very many ELF files, folder with `/` at its end → digest.
    :param python: digest of all `.py` files.
    :param dist_info: digest of the files of `.dist-info` without RECORD, which follows from the other files.
    :param other: digest of all other files.
    """

    elf: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    dist_info: str = ""
    other: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object for wheels.lock."""
        groups = {"dist_info": self.dist_info, "other": self.other, "python": self.python}
        return {"elf": dict(sorted(self.elf.items()))} | groups

    def difference(self, new: WheelContents) -> list[str]:
        """Return the differences in words; empty if there are none."""
        found = []
        changed = [path for path in sorted(self.elf.keys() & new.elf.keys()) if self.elf[path] != new.elf[path]]
        for what, paths in [
            ("ELF", changed),
            ("ELF, new", sorted(new.elf.keys() - self.elf.keys())),
            ("ELF, gone", sorted(self.elf.keys() - new.elf.keys())),
        ]:
            found += [f"{path} ({what})" for path in paths[:3]]
            found += [f"{len(paths) - 3} more ({what})"] if len(paths) > 3 else []
        for what, old_digest, new_digest in [
            ("Python sources", self.python, new.python),
            (".dist-info", self.dist_info, new.dist_info),
            ("other files", self.other, new.other),
        ]:
            found += [what] if old_digest != new_digest else []
        return found


def read_contents(wheel: Path) -> WheelContents:
    """Return the digests of a wheel.

    :raises UsageError: the file cannot be read as a wheel.
    """
    groups: dict[str, list[str]] = {"elf": [], "python": [], "dist_info": [], "other": []}
    elf: dict[str, str] = {}
    try:
        with open_zip(wheel) as archive:
            for member in sorted(archive.infolist(), key=lambda m: m.filename):
                if member.is_dir() or member.filename.endswith(".dist-info/RECORD"):
                    continue
                group, line = _describe(archive, member)
                groups[group].append(line)
                if group == "elf":
                    elf[member.filename] = _short([line])
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as e:
        msg = f"{wheel}: cannot be read as a wheel ({e})"
        raise UsageError(msg) from e
    return WheelContents(
        elf=elf if len(elf) <= _MOST_ELF_FILES else _by_folder(elf),
        python=_short(groups["python"]),
        dist_info=_short(groups["dist_info"]),
        other=_short(groups["other"]),
    )


def _describe(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[str, str]:
    """Return a member's group, and a line with its mode, digest and name."""
    digest = hashlib.sha256()
    with archive.open(member) as stream:
        start = b""
        for piece in chunks(stream):  # type: ignore[arg-type]
            start = start or piece[:4]
            digest.update(piece)
    name = member.filename
    if is_elf(start):
        group = "elf"
    elif posixpath.dirname(name).partition("/")[0].endswith(".dist-info"):
        group = "dist_info"
    else:
        group = "python" if name.endswith(".py") else "other"
    return group, f"{member.external_attr >> 16 & 0o777:o} {digest.hexdigest()} {name}"


def _by_folder(elf: Mapping[str, str]) -> dict[str, str]:
    """Return folder → one digest of all ELF files in it."""
    folders: dict[str, list[str]] = {}
    for path, digest in sorted(elf.items()):
        folders.setdefault(f"{posixpath.dirname(path)}/", []).append(f"{digest} {path}")
    return {folder: _short(lines) for folder, lines in folders.items()}


def _short(lines: Iterable[str]) -> str:
    """Return a short digest of lines; an empty string if there are none."""
    text = "\n".join(lines)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS] if text else ""
