"""Changes an installed tree: applies patches, leaves files out, makes packages of namespace folders, updates RECORD.

Spec: "Recording installed projects", "Packaging namespace packages" (packaging.python.org), PEP 420; globs are Bazel's.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.archives.record import read_record, record_row, write_record
from reprowheel.files import named_files, sorted_files
from reprowheel.patches.apply import apply_patches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["NAMESPACE_INIT", "InstallChanges", "change_tree", "ignored_pth_files", "left_out_metadata"]

NAMESPACE_INIT = b"""\
# A namespace package: Bazel puts its parts into different folders, all of which are searched.
__path__ = __import__("pkgutil").extend_path(__path__, __name__)
"""
"""Content of an `__init__.py` that makes a folder a regular package, and still finds parts of it in other folders."""

_MODULES = (".py", ".pyc", ".so", ".pyd")
_NAMESPACE_PTH = "-nspkg.pth"


@dataclass(frozen=True, kw_only=True, slots=True)
class InstallChanges:
    """The changes to make. Paths in patches are relative to site-packages; globs begin with `site-packages/`.

    :param patches: unified diffs, applied in order.
    :param patch_strip: leading folders to drop from the patches' paths.
    :param exclude: globs of files to leave out that are not Python sources.
    :param exclude_sources: globs of Python sources to leave out.
    :param namespaces: whether to write `NAMESPACE_INIT` into packages without `__init__.py`.
    """

    patches: Sequence[Path] = ()
    patch_strip: int = 0
    exclude: Sequence[str] = ()
    exclude_sources: Sequence[str] = ()
    namespaces: bool = False


def change_tree(root: Path, dist_info: str, changes: InstallChanges) -> bool:
    """Change the tree in `root` and its RECORD; return whether anything was changed.

    :param dist_info: path of the `.dist-info` folder below `root`.
    :raises BuildError: a patch does not fit.
    :raises UsageError: a patch cannot be read.
    """
    if not (changes.patches or changes.exclude or changes.exclude_sources or changes.namespaces):
        return False
    site = root / "site-packages"
    before = dict.fromkeys(sorted_files(site))
    changed: set[Path] = set()
    for applied in apply_patches(site, changes.patches, strip=changes.patch_strip):
        changed |= {site / name for name in applied.files}
    removed = _remove(root, changes)
    if changes.namespaces:
        changed |= _make_packages(site)
    after = set(sorted_files(site))
    if changed or removed or after != before.keys():
        _update_record(root / dist_info / "RECORD", site, changed & after)
        return True
    return False


def left_out_metadata(root: Path, dist_info: str, changes: InstallChanges) -> dict[str, bytes]:
    """Return name → content of the files in `.dist-info` that `changes` leaves out of the tree; single files of them stay."""
    patterns = [glob_pattern(glob) for glob in changes.exclude]
    files = named_files(root / dist_info)
    return {name: path.read_bytes() for name, path in files.items() if any(p.fullmatch(f"{dist_info}/{name}") for p in patterns)}


def ignored_pth_files(root: Path) -> list[str]:
    """Return the names of `.pth` files, which have no effect: Python reads them in site directories only, not on `sys.path`.

    Files that only declare namespace packages are left out, because their folders are made packages here.
    """
    found = sorted(path.name for path in (root / "site-packages").glob("*.pth"))
    return [name for name in found if not name.endswith(_NAMESPACE_PTH)]


def glob_pattern(glob: str) -> re.Pattern[str]:
    """Translate a glob to a regular expression: `*` matches within one folder, `**` across folders."""
    pieces = re.split(r"(\*\*/|\*\*|\*)", glob)
    regex = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(regex.get(piece, re.escape(piece)) for piece in pieces))


def _remove(root: Path, changes: InstallChanges) -> bool:
    """Remove the excluded files and folders that become empty; return whether there were any."""
    patterns = {
        True: [glob_pattern(glob) for glob in changes.exclude_sources],
        False: [glob_pattern(glob) for glob in changes.exclude],
    }
    removed = False
    for path in list(sorted_files(root / "site-packages")):
        name = path.relative_to(root).as_posix()
        if any(pattern.fullmatch(name) for pattern in patterns[path.suffix == ".py"]):
            path.unlink()
            removed = True
            for parent in path.parents:
                if parent == root / "site-packages" or any(parent.iterdir()):
                    break
                parent.rmdir()
    return removed


def _make_packages(site: Path) -> set[Path]:
    """Write `__init__.py` into folders of modules or packages that have none; return the new files."""
    folders: set[Path] = set()
    for path in sorted_files(site):
        if path.suffix in _MODULES:
            folders |= {parent for parent in path.parents if parent != site and parent.is_relative_to(site)}
    made = set()
    for folder in sorted(folders):
        if all(part.isidentifier() for part in folder.relative_to(site).parts) and not (folder / "__init__.py").exists():
            init = folder / "__init__.py"
            init.write_bytes(NAMESPACE_INIT)
            init.chmod(0o644)
            made.add(init)
    return made


def _update_record(record: Path, site: Path, changed: set[Path]) -> None:
    """Update RECORD: drop removed files, add new ones, and hash changed ones again."""
    if not record.is_file():
        return
    rows = {name: row for name, row in read_record(record.read_bytes()).items() if (site / name).is_file()}
    for path in sorted_files(site):
        name = path.relative_to(site).as_posix()
        if path != record and (path in changed or name not in rows):
            data = path.read_bytes()
            rows[name] = record_row(name, hashlib.sha256(data), len(data))
    record.write_bytes(write_record(rows[name] for name in sorted(rows, key=str.encode)))
