"""The verb `fetch-crates`: fills a folder with the crates that sdists with Rust are built from."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.archives.sdist import unpack_sdist
from reprowheel.cli.arguments import add_progress_arguments
from reprowheel.fetch.index import Index
from reprowheel.inputs.archives import need_sdist
from reprowheel.output.progress import finish
from reprowheel.output.publish import check_folder_target
from reprowheel.rust.download import Registries, fetch_crates
from reprowheel.rust.needed import crates_of, static_requirements
from reprowheel.rust.projects import find_projects

if TYPE_CHECKING:
    import argparse

    from reprowheel.rust.cargo_lock import Crate

__all__ = ["EXAMPLES", "HELP", "add_arguments", "run"]

HELP = "fetch the crates that sdists with Rust need, so that builds need no network"

EXAMPLES = (
    ("reprowheel fetch-crates rpds_py-0.30.0.tar.gz --out crates", "those that its Cargo.lock names"),
    ("reprowheel fetch-crates --build-lock build-lock.json --out crates", "those of all sdists of a build lock"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    add = parser.add_argument
    add("sdist", type=Path, nargs="*", metavar="SDIST", help="a source distribution that has a Cargo.lock")
    add("--out", type=Path, default=Path("crates"), metavar="DIR", help="where the archives go (default: crates)")
    add("--build-lock", type=Path, metavar="FILE", help="lock that names crates")
    add("--crate-index", default="", metavar="URL", help="sparse index of the registry (default: what cargo is configured for)")
    add_progress_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fetch what is missing and print how many it were."""
    check_folder_target("--out", arguments.out)
    crates: set[Crate] = set()
    if arguments.build_lock:
        from reprowheel.lock.build_lock import read_build_lock  # noqa: PLC0415 - only then
        from reprowheel.lock.rust_entries import crates_in  # noqa: PLC0415

        crates |= set(crates_in(read_build_lock(arguments.build_lock).crates))
    for sdist in arguments.sdist:
        need_sdist(sdist)
        with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
            tree = unpack_sdist(sdist, Path(scratch)).tree
            projects = find_projects(tree, static_requirements(tree, sdist.name), asked=True)
            crates |= set(crates_of(tree, sdist.name, projects))
    with Index() as index:
        count = fetch_crates(sorted(crates), Registries(lambda: index, arguments.crate_index), arguments.out)
    finish(f"{arguments.out}: {len(crates)} crates")
    print(f"{arguments.out}: {len(crates)} crates, {count} of them fetched now", file=sys.stderr)
    return 0
