"""The linters in their locked versions: with what each is called, and on which files. Tests and commit hooks run this.

argv: `[--fix] [NAME…]`, names of LINTERS; default: all. `--fix`: those that can, rewrite files.
Reads: the files of the checkout that git does not ignore. Writes: the user's cache folder, where tools are installed.
Exit code: 0 when nothing was found, 1 when something was, 2 when a linter cannot be had.
"""

from __future__ import annotations

import argparse
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from lint.npm import NpmError, npm_program  # noqa: E402 - where pytest finds it, too
from support.suite import test_python  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_STARLARK = re.compile(r"(BUILD|WORKSPACE)(\.bazel)?|WORKSPACE\.bzlmod|(.*\.)?MODULE\.bazel|REPO\.bazel|.*\.bzl")
_SHEBANG = re.compile(rb"#!\s*/(usr/)?bin/(env\s+)?(ba|da|k)?sh\b")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Linter:
    """One of them.

    :param program: returns it.
    :param options: before the files.
    :param fix: the options that rewrite files instead; nothing if it cannot.
    :param files: what of a checkout it is given.
    """

    program: Callable[[], Path]
    options: tuple[str, ...]
    fix: tuple[str, ...] = ()
    files: Callable[[Path], Sequence[str]]


def run(linter: Linter, root: Path = ROOT, *, fix: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a linter on a checkout."""
    options = linter.fix if fix else linter.options
    command = [str(linter.program()), *options, *linter.files(root)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def buildifier() -> Path:
    """Return buildifier."""
    machine = platform.machine()
    if machine not in _MACHINES:
        msg = f"buildifier: has no program for Linux on {machine}"
        raise NpmError(msg)
    return npm_program(HERE / "buildifier.txt", f"buildifier-linux_{_MACHINES[machine]}")


def installed(name: str) -> Callable[[], Path]:
    """Return what finds a program of the tests' environment."""
    return lambda: test_python().with_name(name)


def tracked(root: Path) -> list[str]:
    """Return the files of a checkout, new ones included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (root / name).is_file()})


def starlark_files(root: Path) -> list[str]:
    """Return what Bazel reads, users' workspaces in tests included."""
    return [name for name in tracked(root) if _STARLARK.fullmatch(name.rpartition("/")[2])]


def shell_files(root: Path) -> list[str]:
    """Return shell scripts, by suffix or by first line."""
    return [name for name in tracked(root) if name.endswith(".sh") or _SHEBANG.match(_start(root / name))]


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


LINTERS = {
    "ruff": Linter(
        program=installed("ruff"),
        options=("check", "--no-cache", "--quiet", "--output-format=concise"),
        files=lambda _: ["."],
    ),
    "mypy": Linter(
        program=installed("mypy"),
        options=("--cache-dir=/dev/null", "--no-error-summary"),
        files=lambda _: ["python/reprowheel", "tools/execlog", "tools/release"],
    ),
    "buildifier": Linter(
        program=buildifier,
        options=("-mode=check", "-lint=warn", "-warnings=all"),
        fix=("-mode=fix", "-lint=fix", "-warnings=all"),
        files=starlark_files,
    ),
    "shellcheck": Linter(program=installed("shellcheck"), options=("--format=gcc",), files=shell_files),
}


def main(argv: Sequence[str]) -> int:
    """Run the named linters and print what they find."""
    parser = argparse.ArgumentParser(description="Run the linters in their locked versions.")
    parser.add_argument("--fix", action="store_true", help="rewrite files: those linters that can")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(LINTERS)}; default: all")
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(LINTERS))
    if unknown:
        parser.error(f"no such linter: {', '.join(unknown)}; expected {', '.join(LINTERS)}")
    code = 0
    for name in arguments.names or LINTERS:
        if arguments.fix and not LINTERS[name].fix:
            continue
        try:
            result = run(LINTERS[name], fix=arguments.fix)
        except (NpmError, OSError) as e:
            print(f"{name}: {e}", file=sys.stderr)
            return 2
        if result.returncode:
            print(result.stdout + result.stderr, end="", flush=True)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
