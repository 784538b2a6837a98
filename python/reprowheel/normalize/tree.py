"""Normalizes every file of an unpacked wheel in place, by its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprowheel.files import EPOCH_1980, RealTimes, named_files
from reprowheel.normalize.formats import FORMATS, recognise
from reprowheel.normalize.model import Task
from reprowheel.normalize.pyc import is_disposable_pyc
from reprowheel.normalize.report import FileReport

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reprowheel.normalize.model import Format

__all__ = ["normalize_tree"]


def normalize_tree(
    tree: Path,
    *,
    debug_dir: Path | None = None,
    epoch: int = EPOCH_1980,
    times: RealTimes | None = None,
    formats: Iterable[Format] = FORMATS,
) -> tuple[FileReport, ...]:
    """Normalize every file of an unpacked wheel in place.

    :param tree: root of the unpacked wheel.
    :param debug_dir: folder for split debug files, as `.build-id/xx/yyyy.debug`; `None`: they are not written.
    :param epoch: SOURCE_DATE_EPOCH of the build; later times in data files were made by the build and are replaced.
    :param times: tells more about the times of the build than its epoch.
    :param formats: the table of formats; the first one that recognises a file is used.
    :returns: one report for each file with a known format, in the order of the paths.
    :raises OSError: a result cannot be written. A file that is not understood is no error: it stays unchanged, and its report
        says why.
    """
    files = named_files(tree)
    reports = []
    for name, path in files.items():
        if is_disposable_pyc(name, files):
            path.unlink()
            reports.append(FileReport(path=name, kind="pyc", action="removed", reason="bytecode cache"))
            continue
        with path.open("rb") as stream:
            found = recognise(stream, name, formats)
        if found is None:
            continue
        task = Task(path=path, name=name, debug_dir=debug_dir, times=times or RealTimes(epoch=epoch), verify=found.verify)
        if report := found.normalize(task):
            reports.append(report)
    return tuple(reports)
