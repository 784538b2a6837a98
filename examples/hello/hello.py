"""Imports packages that were built from their sdists, uses their C extensions, and says where each wheel came from.

argv: `NAME=PATH` per package, PATH being the directory with its wheel, relative to the runfiles.
env: `BUILD_WORKSPACE_DIRECTORY`, `BUILD_WORKING_DIRECTORY` (set by `bazel run`), `RUNFILES_DIR` (optional).
Reads: the wheels, and the execution log that .bazelrc has `bazel run` write.
Exit codes: 0 all extensions work, 1 one does not.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import extensions

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG_NAME = "bazel-hello-exec-log.json"


def wheel_of(directory: Path) -> tuple[str, str]:
    """Return file name and sha256 of the one wheel in a directory (or of the wheel, where it is a file)."""
    wheels = sorted(directory.glob("*.whl")) if directory.is_dir() else [directory]
    if len(wheels) != 1:
        msg = f"{directory}: expected one wheel, found {len(wheels)}"
        raise FileNotFoundError(msg)
    return wheels[0].name, hashlib.sha256(wheels[0].read_bytes()).hexdigest()


def log_entries(path: Path) -> Iterator[dict[str, object]]:
    """Yield the objects of Bazel's JSON execution log: one after the other, without separators."""
    decoder = json.JSONDecoder()
    text = path.read_text(encoding="utf-8").lstrip()
    while text:
        entry, end = decoder.raw_decode(text)
        yield entry
        text = text[end:].lstrip()


def origins(path: Path) -> dict[str, str]:
    """Return, for each file that an action of this run made, its name and where it came from."""
    found: dict[str, str] = {}
    for entry in log_entries(path):
        runner = str(entry.get("runner", ""))
        origin = runner.replace(" hit", "") if entry.get("cacheHit") else "built here"
        for output in entry.get("actualOutputs", []):  # type: ignore[attr-defined]
            found[Path(output["path"]).name] = origin
    return found


def origin_of(wheel: str, directory: Path, log: Path | None) -> str:
    """Say where a wheel's bytes came from in this run."""
    if directory.is_file() and directory.parent.suffix != ".file":
        return "fetched wheel"
    if log is None:
        return "unknown (no execution log)"
    return origins(log).get(wheel, "unchanged (already in the output tree)")


def find_log() -> Path | None:
    """Return the execution log of this run, if there is one."""
    for variable in ("BUILD_WORKING_DIRECTORY", "BUILD_WORKSPACE_DIRECTORY"):
        path = Path(os.environ.get(variable, "/nonexistent"), LOG_NAME)
        if path.is_file():
            return path
    return None


def find_runfiles() -> Path:
    """Return the folder that holds all repositories' files of this program."""
    if "RUNFILES_DIR" in os.environ:
        return Path(os.environ["RUNFILES_DIR"])
    return next(path for path in Path(os.path.abspath(__file__)).parents if path.name.endswith(".runfiles"))


def main(argv: list[str]) -> int:
    """Check every package, then print the table."""
    runfiles = find_runfiles()
    log = find_log()
    rows = [("package", "version", "sha256 of the wheel", "where its bytes came from")]
    failed = False
    for name, _, place in (argument.partition("=") for argument in argv):
        directory = runfiles / place
        wheel, digest = wheel_of(directory)
        try:
            extensions.check(name)
        except Exception as e:  # noqa: BLE001 - a table of all is worth more than the first traceback
            print(f"ERROR {name}: its extension does not work: {e!r}", file=sys.stderr)
            failed = True
        rows.append((name, importlib.metadata.version(name), digest, origin_of(wheel, directory, log)))
    for row in rows:
        print(f"{row[0]:12} {row[1]:9} {row[2]:64} {row[3]}")
    print(f"{len(rows) - 1} packages" + (", NOT all of them work" if failed else ": every C extension ran"))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
