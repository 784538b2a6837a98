"""Makes the Cargo.lock that an sdist lacks, with cargo, while its build lock is written.

Cargo reads manifests only: it runs nothing of the sdist, nor the configuration in it, because it is started elsewhere. Its own
configuration is that of the user, as when the user starts cargo: that says where registries are. Versions that want a newer
Rust than the sdist names (`rust-version`), or than the compiler is, are taken only if there are no others; cargo before 1.84
does not look at that. Spec: the Cargo book, "Resolver" and "cargo update".
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from reprowheel import limits
from reprowheel.errors import LockError
from reprowheel.programs import run_limited

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reprowheel.rust.projects import CargoProject
    from reprowheel.rust.toolchain import RustToolchain

__all__ = ["make_cargo_lock"]

_LEFT_OUT = (
    "CARGO_BUILD_",
    "CARGO_ENCODED_",
    "CARGO_INCREMENTAL",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
)
"""Variables of cargo that are about builds, or that cargo sets for what it runs."""

_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "USER")
_PROXIES = ("all_proxy", "http_proxy", "https_proxy", "no_proxy")
_SECONDS = 600.0
_REPLACEMENT = "reprowheel-index"


def make_cargo_lock(  # noqa: PLR0913 - keyword-only
    tree: Path,
    project: CargoProject,
    *,
    toolchain: RustToolchain,
    package: str,
    kept: str = "",
    upgrade: Sequence[str] = (),
    index: str = "",
) -> str:
    """Write the Cargo.lock of a project into an sdist's tree, and return its text.

    :param tree: the unpacked sdist, before anything of it has run.
    :param package: `name==version`, for messages.
    :param kept: the text of an older lock, whose versions stay where they fit; empty: the newest that fit are taken.
    :param upgrade: crates of the older lock that are taken anew, as cargo names them: `name@version`.
    :param index: address of the default registry's index, as cargo's `index` has it; empty: what cargo is configured for.
    :raises LockError: cargo fails; the message has its reason.
    """
    target = tree / project.lock
    target.unlink(missing_ok=True)
    if kept:
        target.write_text(kept, encoding="utf-8")
    options = ["--manifest-path", os.fspath(tree / project.manifest), "--quiet", "--color", "never"]
    options += ["--offline"] if project.vendored else []
    for line in _settings(index):
        options += ["--config", line]
    steps = [["update", "--workspace"]] if kept else [["generate-lockfile"]]
    steps += [["update", *upgrade]] if kept and upgrade else []
    folder = (tree / project.manifest).parent if project.vendored else None  # the sdist's configuration says where crates are
    for step in steps:
        _run([toolchain.cargo, *step, *options], toolchain, folder, f"{package}: {project.manifest}")
    try:
        return target.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        msg = f"{package}: {project.manifest}: cargo wrote no {project.lock}"
        raise LockError(msg, tip="Its workspace may lie elsewhere; patch the sdist.") from e


def _settings(index: str) -> list[str]:
    """Return lines of cargo's configuration that put an index in place of its default registry."""
    if not index:
        return []
    return [f'source.crates-io.replace-with="{_REPLACEMENT}"', f'source.{_REPLACEMENT}.registry="{index}"']


def _run(command: Sequence[str], toolchain: RustToolchain, folder: Path | None, place: str) -> None:
    """Run cargo within limits of time and memory, because it reads pages of registries."""
    try:
        code, said = run_limited(command, _variables(toolchain), folder, seconds=_SECONDS, memory=limits.MAX_PIP_MEMORY)
    except subprocess.TimeoutExpired as e:
        msg = f"{place}: cargo takes more than {_SECONDS:.0f} s to lock its crates, which is the limit"
        raise LockError(msg, tip="Check the network and the registry.") from e
    if code:
        msg = f"{place}: cargo cannot lock its crates: {cargo_reason(said)}"
        raise LockError(
            msg, tip="Check the manifest, and the registry that cargo is configured for; --crate-index URL names another."
        )


def _variables(toolchain: RustToolchain) -> dict[str, str]:
    """Return the environment of cargo: how to reach the network, and cargo's configuration."""
    names = [name for name in os.environ if name.startswith("CARGO_") and not name.startswith(_LEFT_OUT)]
    names += [name for name in (*_KEPT, *_PROXIES, *map(str.upper, _PROXIES)) if name in os.environ]
    kept = {name: os.environ[name] for name in names}
    return {**kept, **toolchain.env, "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback", "RUSTC": toolchain.rustc}


def cargo_reason(said: str) -> str:
    """Return the reason that cargo gives for an error, as one line."""
    lines = [line.strip() for line in said.splitlines()]
    first = next((index for index, line in enumerate(lines) if line.startswith("error:")), None)
    if first is None:
        return next((line for line in reversed(lines) if line), "cargo gives no reason")
    told = [line for line in lines[first:] if line and line not in {"Caused by:", "--> Cargo.toml"}]
    return ": ".join(dict.fromkeys(line.removeprefix("error:").strip().rstrip(":") for line in told))[:600]
