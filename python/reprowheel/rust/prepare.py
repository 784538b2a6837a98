"""Prepares Rust for one build: crates, CARGO_HOME, and variables. See docs/decisions.md, "Crates as archives"."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.errors import BuildError, FetchError, RefusedError, UsageError
from reprowheel.output.printable import warn
from reprowheel.rust.agreement import changed_crates
from reprowheel.rust.needed import crates_of
from reprowheel.rust.place import find_archives, place_crates
from reprowheel.rust.projects import compiles_without_cargo, find_projects
from reprowheel.rust.toolchain import RustToolchain, find_rust
from reprowheel.untrusted import UntrustedFileError, read_untrusted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reprowheel.workspace import Workspace

__all__ = ["PreparedRust", "prepare_rust", "rust_variables"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedRust:
    """Rust for one build.

    :param variables: environment variables of the build.
    :param report: the part of the build's report.
    :param locks: Cargo.lock files before the build, by their places in the sdist.
    """

    toolchain: RustToolchain
    variables: Mapping[str, str]
    report: Mapping[str, Any] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)

    def check_locks(self, tree: Path, package: str) -> None:
        """Compare the Cargo.lock files after a build with those before it.

        :raises RefusedError: the build took a crate that was not locked.
        """
        for place, before in self.locks.items():
            try:
                after = read_untrusted(tree, *place.split("/")).decode("utf-8", "replace")
                changed = changed_crates(before, after, f"{package}: {place}")
            except (UntrustedFileError, FetchError):
                continue  # what cargo cannot read it does not build from
            if changed:
                msg = f"{package}: the build changed its {place}: {', '.join(changed)}; a build takes what is locked"
                raise RefusedError(msg, tip="Patch what changes it out of the sdist.")


def prepare_rust(  # noqa: PLR0913 - keyword-only
    tree: Path,
    requirements: Collection[str],
    workspace: Workspace,
    *,
    package: str,
    toolchain: Path | None = None,
    crates: Sequence[Path] = (),
    cargo_locks: Mapping[str, Path] | None = None,
    jobs: int = 0,
    how_to_lock: str = "",
    fetch: str = "",
) -> PreparedRust | None:
    """Find the Rust projects of an sdist, and put their crates into the workspace; `None` if it uses no Rust.

    :param tree: the unpacked sdist.
    :param requirements: normalized names of the build requirements.
    :param package: `name==version`, for messages.
    :param toolchain: what the caller names; see `find_rust`.
    :param crates: archives of crates, and folders of them.
    :param cargo_locks: path in the tree → Cargo.lock for an sdist that has none there.
    :param how_to_lock: what messages say to do about an sdist that has no lock.
    :raises BuildError, FetchError: a lock, a crate or the toolchain is missing or wrong.
    :param fetch: what to do if a crate is missing, for messages.
    """
    projects = find_projects(tree, requirements, asked=toolchain is not None)
    if not projects and not compiles_without_cargo(tree):
        return None
    found = find_rust(toolchain, package)
    _tell_other_version(tree, found, package)
    placed = _place_locks(tree, cargo_locks or {}, package)
    listed = crates_of(tree, package, projects, how_to_lock=how_to_lock)
    home = workspace.directory("cargo")
    archives = find_archives(crates, fetch)
    place_crates(listed, archives, home, package)
    report = found.identity() | {
        "crates": [
            {"name": c.name, "version": c.version, "sha256": archives.sha256(c, package), "source": c.source} for c in listed
        ],
        "cargo_locks": placed,
    }
    texts = {p.lock: (tree / p.lock).read_text(encoding="utf-8", errors="replace") for p in projects if (tree / p.lock).is_file()}
    return PreparedRust(toolchain=found, variables=rust_variables(found, workspace, jobs), report=report, locks=texts)


def _tell_other_version(tree: Path, toolchain: RustToolchain, package: str) -> None:
    """Warn if a file of the sdist asks rustup for another compiler; only rustup would obey it, and it runs in no build."""
    for name in ("rust-toolchain.toml", "rust-toolchain"):
        if not (tree / name).is_file():
            continue
        text = (tree / name).read_text(encoding="utf-8", errors="replace")
        found = re.search(r'(?m)^\s*channel\s*=\s*"([^"]+)"', text)
        channel = found[1] if found else text.strip() if "\n" not in text.strip() and "=" not in text else ""
        if channel[:1].isdigit() and not f"{toolchain.release}.".startswith(f"{channel}."):
            warn(f"{package}: its {name} asks for Rust {channel}; it is built with {toolchain.release}")
        elif channel.startswith("nightly") and "nightly" not in toolchain.release:
            warn(f"{package}: its {name} asks for {channel}; it is built with Rust {toolchain.release}")
        return


def _place_locks(tree: Path, locks: Mapping[str, Path], package: str) -> list[dict[str, str]]:
    """Write the locks that the caller gives into the tree; return path and digest of each."""
    from reprowheel.files import file_sha256  # noqa: PLC0415

    told = []
    for place, file in sorted(locks.items()):
        target = tree / place
        if ".." in Path(place).parts or os.path.isabs(place) or not target.parent.is_dir():
            msg = f"--cargo-lock {place}: is no path in the sdist"
            raise UsageError(msg)
        if target.exists():
            msg = f"{package}: --cargo-lock {place}: the sdist has this file"
            raise BuildError(msg, tip="Leave the option out; the sdist's own lock is used.")
        try:
            target.write_bytes(file.read_bytes())
        except OSError as e:
            msg = f"--cargo-lock {place}={file}: {e.strerror}"
            raise UsageError(msg) from e
        told.append({"path": place, "sha256": file_sha256(target)})
    return told


def rust_variables(toolchain: RustToolchain, workspace: Workspace, jobs: int = 0) -> dict[str, str]:
    """Return the variables of cargo and of what calls it; nothing is taken from the caller."""
    tools = workspace.directory("tools")
    return {
        **toolchain.env,
        "CARGO": os.fspath(tools / "cargo"),
        "CARGO_HOME": os.fspath(workspace.directory("cargo")),
        "CARGO_INCREMENTAL": "0",
        "CARGO_NET_OFFLINE": "true",
        "CARGO_TERM_COLOR": "never",
        "CARGO_TERM_PROGRESS_WHEN": "never",
        "MATURIN_NO_INSTALL_RUST": "1",
        "RUSTC": os.fspath(tools / "rustc"),
        **({"CARGO_BUILD_JOBS": str(jobs)} if jobs else {}),
    }
