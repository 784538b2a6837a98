"""Normalizes one wheel or one file on disk, for wheels that somebody else built."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from reprowheel.errors import UsageError
from reprowheel.files import EPOCH_1980, atomic_file, canonical_mode
from reprowheel.inputs.archives import need_file
from reprowheel.normalize import FileReport, keep_recorded, normalize_tree, unpack_wheel, write_wheel

__all__ = ["normalize_path"]


def normalize_path(
    path: Path, out: Path, *, debug_dir: Path | None = None, epoch: int = EPOCH_1980
) -> tuple[Path, tuple[FileReport, ...]]:
    """Write the canonical form of a wheel or file to `out`, under its own name; the input is not changed.

    :param debug_dir: folder for split debug files; `None`: they are discarded.
    :param epoch: seconds since 1970; later times in data files were made by the build and are replaced.
    :returns: the new file, and a report for each file with a known format.
    :raises UsageError: `path` is no file, or is the file that would be written.
    :raises NormalizeError: the wheel is damaged; then nothing is written.
    :raises RefusedError: a member has the digest of another one, which differs from build to build.
    """
    need_file(path, "a wheel, or a file such as a .so, .a or .pyc", may_be_empty=path.suffix != ".whl")
    if (out / path.name).exists() and (out / path.name).samefile(path):
        msg = f"{path}: is what would be written"
        raise UsageError(msg, tip="Name another folder with --out.")
    with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
        tree, debug = Path(scratch) / "tree", Path(scratch) / "debug"
        debug.mkdir()
        wheel = path.suffix == ".whl"
        if wheel:
            unpack_wheel(path, tree)
        else:
            tree.mkdir()
            shutil.copyfile(path, tree / path.name)
            (tree / path.name).chmod(canonical_mode(path))
        reports = normalize_tree(tree, debug_dir=debug, epoch=epoch)
        if wheel:
            reports = keep_recorded(path.name, wheel=path, tree=tree, reports=reports, debug=debug)
        if debug_dir is not None:
            shutil.copytree(debug, debug_dir, dirs_exist_ok=True)
        result = write_wheel(tree, out, filename=path.name) if wheel else _publish(tree / path.name, out)
    return result, reports


def _publish(file: Path, out: Path) -> Path:
    """Copy one normalized file to `out`; raise UsageError if normalizing removed it, as it does with bytecode caches."""
    if not file.exists():
        msg = f"{file.name}: is a bytecode cache, which a wheel does not hold"
        raise UsageError(msg)
    out.mkdir(parents=True, exist_ok=True)
    with atomic_file(out / file.name, mode=canonical_mode(file)) as sink, file.open("rb") as source:
        shutil.copyfileobj(source, sink, 1 << 20)
    return out / file.name
