"""A Rust toolchain for tests: Debian's rustc and cargo, unpacked into the cache folder.

`REPROWHEEL_TEST_RUST` names another: a folder with bin/rustc and bin/cargo.
"""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

from support.debian_packages import NoPackagesError, libraries, unpacked

__all__ = ["VARIABLE", "NoPackagesError", "rust"]

VARIABLE = "REPROWHEEL_TEST_RUST"
_PACKAGES = ("rustc", "cargo")
_SCRIPT = '#!/bin/sh\nLD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}} exec {root}/usr/bin/{name} "$@"\n'


@functools.cache
def rust() -> Path:
    """Return a folder with bin/rustc and bin/cargo.

    :raises NoPackagesError: this machine is not the Debian root, and has no apt that offers them.
    """
    named = os.environ.get(VARIABLE)
    return Path(named) if named else unpacked("rust", _PACKAGES, Path(__file__), _finish)


def _finish(root: Path, final: Path) -> None:
    """Write scripts that run the tools with the libraries of the folder, and see whether they run."""
    (root / "bin").mkdir()
    for name in ("rustc", "cargo"):
        script = root / "bin" / name
        found = libraries(root)
        script.write_text(_SCRIPT.format(libraries=found, root=root, name=name), encoding="utf-8")
        script.chmod(0o755)
        subprocess.run([script, "-V"], check=True, stdout=subprocess.DEVNULL)
        text = _SCRIPT.format(libraries=found.replace(str(root), str(final)), root=final, name=name)
        script.write_text(text, encoding="utf-8")
