"""Makes a release of a commit, or prepares one.

argv: `[--tag TAG] [--url ADDRESS] OUT`, or `--set-version VERSION`.
Reads: the commit of TAG, or of HEAD; the index, for the locked wheels that build the Python package.
Writes: OUT, whole or not at all; with `--set-version` files of the work tree.
Exit codes: 0 done, 1 no release can be made (one line says why), 2 wrong use.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from release.archive import integrity, sha256, stored_gzip, tar_of
from release.errors import ReleaseError
from release.notes import Release, release_notes
from release.package import python_package
from release.registry import archive_name, registry_files, repository, source_entry
from release.source import Source, open_source, tag_exists
from release.versions import MODULE, changes, check_versions, module_version, set_version

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Run the program for a checkout and return its exit code."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    try:
        if arguments.set_version:
            print("\n".join(set_version(root, arguments.set_version)) or "nothing to change")
            return 0
        if arguments.out is None:
            parser.error("name the folder OUT that the release is written to")
        out = Path(os.path.abspath(arguments.out))
        make_release(open_source(root, arguments.tag), out, arguments.url)
    except (ReleaseError, OSError) as e:
        print(f"ERROR {e}", file=sys.stderr)
        return 1
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Return the parser."""
    parser = argparse.ArgumentParser(
        prog="tools/release", description="Make a release: archive, registry, Python package, notes."
    )
    parser.add_argument("out", nargs="?", metavar="OUT", help="new folder for the files of the release")
    parser.add_argument("--tag", default="", help="release this tag (default: HEAD, to look at what would be released)")
    parser.add_argument("--url", default="", metavar="ADDRESS", help="where the archive will be (default: as .bcr/ says)")
    parser.add_argument("--set-version", metavar="VERSION", help="write a version to MODULE.bazel and what users copy from")
    return parser


def checked_version(source: Source) -> tuple[str, str]:
    """Return the version and its changes; refuse a commit whose files do not agree, and a version that is out."""
    version = module_version(source.read("MODULE.bazel"))
    if source.tag and source.tag != f"v{version}":
        msg = f"tag {source.tag}: MODULE.bazel says {version} there; the tag of that version is v{version}"
        raise ReleaseError(msg)
    if not source.tag and tag_exists(source.root, f"v{version}"):
        msg = f"MODULE.bazel: {version} is out (tag v{version}); `python3 tools/release --set-version VERSION` raises it"
        raise ReleaseError(msg)
    check_versions(source.names(), source.read, version)
    return version, changes(source.read("CHANGELOG.md"), version, released=bool(source.tag))


def make_release(source: Source, out: Path, url: str = "") -> None:
    """Write the files of a release into a new folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        msg = f"{out}: exists and is not empty; name another folder"
        raise ReleaseError(msg)
    version, changed = checked_version(source)
    tar = source.tar(f"{MODULE}-{version}")
    archive = stored_gzip(tar)
    entry = source_entry(source.read, version, integrity(archive), url)
    registry = registry_files(source.read, version, entry)
    files = {
        archive_name(version): archive,
        archive_name(version, "registry"): stored_gzip(tar_of(registry, source.time())),
    }
    files |= {f"python/{name}": data for name, data in python_package(tar, source.time()).items()}
    digests = {name: sha256(data) for name, data in files.items()}
    told = Release(
        version=version,
        commit=source.commit,
        entry=entry,
        changed=changed,
        digests=digests,
        home=f"https://github.com/{repository(source.read)}/blob/{source.commit}",
    )
    files |= registry
    files["notes.md"] = release_notes(source.read, told).encode()
    files["SHA256SUMS"] = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(files.items())).encode()
    write_files(out, files)
    print(f"{out}: {MODULE} {version} of commit {source.commit[:12]}, {len(files)} files; `sha256sum -c SHA256SUMS` checks them")


def write_files(out: Path, files: dict[str, bytes]) -> None:
    """Write all files beside a folder, and rename them there at once."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o644)
        for folder in (partial, *(path for path in partial.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial)
        raise
