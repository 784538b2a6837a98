"""Shows the crates of a git repository to an offline cargo, as a directory source has them.

A directory source has one folder for each crate. Crates of a repository use files of each other, so the repository is unpacked
as it is, and the folders are links into it. Cargo does not follow a link when it looks for the workspace that a crate takes
version, edition or requirements from: it looks in the folders above the link. So the manifest of such a crate is told where its
workspace is. Spec: the Cargo book, "Workspaces", `package.workspace`.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from reprowheel.rust.cargo_lock import Crate

__all__ = ["show_git_crates"]

_HEADER = re.compile(r"(?m)^[ \t]*\[[ \t]*package[ \t]*\][ \t]*(?:#.*)?\r?$")
_NAMED = re.compile(r"""(?m)^[ \t]*workspace[ \t]*=[ \t]*["'].*$""")


def show_git_crates(crates: Sequence[Crate], tree: Path, folder: Path) -> str:
    """Link the crates of one commit into a folder.

    :param tree: the unpacked repository; manifests in it are changed.
    :param folder: the directory source, an existing folder.
    :return: the name of a crate that the repository does not have; empty if it has all of them.
    """
    manifests: dict[str, list[tuple[Path, Mapping[str, Any]]]] = {}
    for path in sorted(tree.rglob("Cargo.toml"), key=lambda path: (len(path.parts), path)):
        data = _read(path)
        manifests.setdefault(str(_package(data).get("name")), []).append((path, data))
    for crate in crates:
        found = manifests.get(crate.name, [])
        if not found:
            return crate.name
        place, data = next((each for each in found if _version(*each, tree) == crate.version), found[0])
        link = folder / f"{crate.name}-{crate.version}"
        (place.parent / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": None}), encoding="utf-8")
        link.symlink_to(place.parent)
        root = _workspace(place, data, tree)
        if root is not None and root != place.parent:
            _name_workspace(place, data, os.path.relpath(root, link))
    return ""


def _read(path: Path) -> Mapping[str, Any]:
    """Return a manifest; empty if it is none, or cargo will say what is wrong with it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError):
        return {}


def _package(data: Mapping[str, Any]) -> Mapping[str, Any]:
    package = data.get("package")
    return package if isinstance(package, dict) else {}


def _version(place: Path, data: Mapping[str, Any], tree: Path) -> object:
    """Return the version of a crate, which may be that of its workspace."""
    version = _package(data).get("version")
    if not isinstance(version, dict):
        return version
    root = _workspace(place, data, tree)
    shared = _read(root / "Cargo.toml").get("workspace") if root else None
    return _package(shared).get("version") if isinstance(shared, dict) else None


def _workspace(place: Path, data: Mapping[str, Any], tree: Path) -> Path | None:
    """Return the folder of the workspace that a manifest belongs to: the one that it names, or the first above it."""
    named = _package(data).get("workspace")
    if isinstance(named, str):
        folder = tree.joinpath(os.path.normpath(place.parent / named))
        return folder if folder.is_relative_to(tree) else None
    above: Collection[Path] = [place.parent, *place.parent.parents]
    inside = [folder for folder in above if folder.is_relative_to(tree)]
    return next((folder for folder in inside if "workspace" in _read(folder / "Cargo.toml")), None)


def _name_workspace(place: Path, data: Mapping[str, Any], where: str) -> None:
    """Write into a manifest where its workspace is, seen from the link."""
    text, line = place.read_text(encoding="utf-8"), f"workspace = {json.dumps(where)}"
    if isinstance(_package(data).get("workspace"), str):
        text = _NAMED.sub(lambda _: line, text, count=1)
    else:
        text = _HEADER.sub(lambda found: f"{found[0].rstrip()}\n{line}", text, count=1)
    place.unlink()  # the same file may have other names
    place.write_text(text, encoding="utf-8")
