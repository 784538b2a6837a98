"""Build Python source distributions into wheels whose bytes depend only on their declared inputs.

The names of this module are the public API; it is typed. All modules below `reprowheel/` are private and can change at any time.
If the type of a field is not among the public names, read the field, but do not create objects of that type.

All errors that are raised on purpose are subclasses of `ReprowheelError`, with a message of one line and a tip. This example
builds one sdist, and then normalizes the wheel once more, which changes nothing:

    import sys
    from pathlib import Path

    import reprowheel

    request = reprowheel.BuildRequest(
        sdist=Path("tiny-1.0.tar.gz"),
        build_wheels=sorted(Path("wheels").glob("*.whl")),  # all build requirements, such as setuptools
        toolchain=reprowheel.find_toolchain(),
        python=sys.executable,
        out=Path("dist"),
        env={"COLOUR": "red"},  # and any other field of BuildSettings
    )
    result = reprowheel.build_wheel(request)
    print(result.sha256, result.wheel.name)

    normalized, files = reprowheel.normalize_path(result.wheel, Path("normalized"))
    print(reprowheel.compare_paths(result.wheel, normalized).equal)

An import of this module loads nothing else. A name loads its module on first use, so that build actions start fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprowheel.build import build_wheel
    from reprowheel.compare import Comparison, compare_paths
    from reprowheel.compilers.describe import find_toolchain, read_toolchain
    from reprowheel.compilers.native import NativeInputs
    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.errors import (
        BuildError,
        FetchError,
        InstallError,
        LockError,
        NormalizeError,
        PinError,
        RefusedError,
        ReprowheelError,
        UsageError,
    )
    from reprowheel.install.changes import InstallChanges
    from reprowheel.install.tree import InstallResult, install_wheel
    from reprowheel.lock.build_lock import BuildLock, read_build_lock
    from reprowheel.lock.write import lock_archive, lock_requirements
    from reprowheel.normalize import FileReport, normalize_tree
    from reprowheel.normalize.path import normalize_path
    from reprowheel.request import BuildRequest, BuildResult
    from reprowheel.settings import BuildSettings
    from reprowheel.verify import Verdict, VerifyOptions, verify_sdist

__version__ = "0.1.0"

__all__ = [
    "BuildError",
    "BuildLock",
    "BuildRequest",
    "BuildResult",
    "BuildSettings",
    "CcToolchain",
    "Comparison",
    "FetchError",
    "FileReport",
    "InstallChanges",
    "InstallError",
    "InstallResult",
    "LockError",
    "NativeInputs",
    "NormalizeError",
    "PinError",
    "RefusedError",
    "ReprowheelError",
    "UsageError",
    "Verdict",
    "VerifyOptions",
    "build_wheel",
    "compare_paths",
    "find_toolchain",
    "install_wheel",
    "lock_archive",
    "lock_requirements",
    "normalize_path",
    "normalize_tree",
    "read_build_lock",
    "read_toolchain",
    "verify_sdist",
]

_HOMES = {
    "build": "build_wheel",
    "compare": "Comparison compare_paths",
    "compilers.describe": "find_toolchain read_toolchain",
    "compilers.native": "NativeInputs",
    "compilers.toolchain": "CcToolchain",
    "errors": "BuildError FetchError InstallError LockError NormalizeError PinError RefusedError ReprowheelError UsageError",
    "install.changes": "InstallChanges",
    "install.tree": "InstallResult install_wheel",
    "lock.build_lock": "BuildLock read_build_lock",
    "lock.write": "lock_archive lock_requirements",
    "normalize": "FileReport normalize_tree",
    "normalize.path": "normalize_path",
    "request": "BuildRequest BuildResult",
    "settings": "BuildSettings",
    "verify": "Verdict VerifyOptions verify_sdist",
}
"""Module → its public names; type checkers use the imports above."""

if not TYPE_CHECKING:  # otherwise a type checker would accept every name

    def __getattr__(name: str) -> object:
        """Load a public name on its first use (PEP 562)."""
        import importlib  # noqa: PLC0415 - not needed by a plain import

        for home, names in _HOMES.items():
            if name in names.split():
                value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{home}"), name)
                return value
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg, name=name, obj=__name__)


def __dir__() -> list[str]:
    """Return all public names, loaded or not, and the attributes that every module has."""
    return sorted({*__all__, *globals()})
