"""The table of formats that the normalizer knows; the first one that recognises a file is used.

A new format is a package or module beside this one and one line of `FORMATS`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from reprowheel.normalize.ar import is_ar, normalize_ar
from reprowheel.normalize.elf.image import is_elf
from reprowheel.normalize.elf.rewrite import normalize_elf
from reprowheel.normalize.elf.verify import check_result
from reprowheel.normalize.foreign import is_mach_o, is_pe, left_alone
from reprowheel.normalize.inner_times import RECOGNISERS
from reprowheel.normalize.model import Candidate, Format, begins_with
from reprowheel.normalize.pyc import normalize_pyc
from reprowheel.normalize.sbom import is_sbom, normalize_sbom
from reprowheel.normalize.stamps import PNG_MAGIC, normalize_stamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import BinaryIO

    from reprowheel.normalize.model import Task
    from reprowheel.normalize.report import FileReport

__all__ = ["FORMATS", "kind_of", "recognise"]


def _by_path(normalize: Callable[[Path, str], FileReport]) -> Callable[[Task], FileReport]:
    """Adapt a normalizer that takes only path and name of a file."""
    return lambda task: normalize(task.path, task.name)


def _elf(task: Task) -> FileReport:
    return normalize_elf(task.path, task.name, debug_dir=task.debug_dir, verify=task.verify)


def _stamped(kind: str) -> Callable[[Task], FileReport | None]:
    return lambda task: normalize_stamps(task.path, task.name, kind, times=task.times)


FORMATS = (
    Format(kind="elf", recognise=lambda file: is_elf(file.head), normalize=_elf, verify=check_result),
    Format(kind="ar", recognise=lambda file: is_ar(file.head), normalize=_by_path(normalize_ar)),
    Format(kind="gzip", recognise=RECOGNISERS["gzip"], normalize=_stamped("gzip")),
    Format(kind="png", recognise=begins_with(PNG_MAGIC), normalize=_stamped("png")),
    Format(kind="zip", recognise=RECOGNISERS["zip"], normalize=_stamped("zip")),
    Format(kind="bzip2", recognise=RECOGNISERS["bzip2"], normalize=_stamped("bzip2")),
    Format(kind="xz", recognise=RECOGNISERS["xz"], normalize=_stamped("xz")),
    Format(kind="mach-o", recognise=is_mach_o, normalize=left_alone("mach-o")),
    Format(kind="pe", recognise=is_pe, normalize=left_alone("pe")),
    Format(kind="tar", recognise=RECOGNISERS["tar"], normalize=_stamped("tar")),
    Format(kind="sbom", recognise=lambda file: is_sbom(file.name), normalize=_by_path(normalize_sbom)),
    Format(kind="pyc", recognise=lambda file: file.name.endswith(".pyc"), normalize=_by_path(normalize_pyc)),
)


def recognise(stream: BinaryIO, name: str = "", formats: Iterable[Format] = FORMATS) -> Format | None:
    """Return the format of a file, or `None` if no format recognises it.

    :param stream: the file's bytes; its position does not matter.
    :param name: posix path in the wheel; without it, formats that are recognised by name are not found.
    """
    candidate = Candidate.read(stream, name)
    return next((known for known in formats if known.recognise(candidate)), None)


def kind_of(data: bytes) -> str:
    """Return the kind of a file from its bytes alone; an empty string if no format recognises it."""
    found = recognise(io.BytesIO(data))
    return found.kind if found else ""
