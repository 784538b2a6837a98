"""Runs the blocks of docs/tutorial.md in an empty folder.

argv: none; writes what the commands print now into the page.
A block is marked by a comment on the line before it: `tutorial: file NAME` is written, `tutorial: run` is run, `tutorial: run,
exit N` is a block whose last command ends so, `tutorial: run, last N lines` has the end of what is printed. In a block that is
run, lines that begin with `$ ` are commands.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "tools")]

from dev.environments import test_python  # noqa: E402 - needs the path
from support.fast_servers import SHORT_LIVED, startup  # noqa: E402 - needs the path

PAGE = REPOSITORY / "docs/tutorial.md"
UPDATE = "tools/bazelw/shell python3 -B tests/docs/tutorial.py"
BLOCK = re.compile(r"<!-- tutorial: (?P<what>.+?) -->\n```\w*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = [
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"(?:\b[0-9a-f]{2} ){5,}[0-9a-f]{2}\b", "BYTES"),
    (r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}\b", "DATE"),
    (r"\boffset 0x[0-9a-f]+", "offset N"),  # where two dates begin to differ depends on the day
    (r"\b(setuptools\W{1,2})\d+(?:\.\d+)+", r"\1VERSION"),
    (r"\bcp(?:ython-)?3\d+", "cpPYTHON"),
    (r"\blinux_\w+", "linux_CPU"),
    (r"\b\d+ perturbations\b", "N perturbations"),
    (r"(?m)^  not applied here: .*\n", ""),
    (r"(?m)^ *(?:\d+(?:\.\d+)? s|\d+:\d\d min)(?=  )|\b\d+(?:\.\d+)? ?s\b", "TIME"),
]


def normalized(text: str) -> str:
    """Replace what is another on another machine or day."""
    for pattern, name in CHANGING:
        text = re.sub(pattern, name, text)
    return text


def programs(folder: Path, python: Path, downloads: Path) -> dict[str, str]:
    """Make the commands `reprowheel`, `pip` and `bazel` in a folder; return the environment that finds them."""
    folder.mkdir()
    options = " ".join(f'"{option}"' for option in startup(*SHORT_LIVED))
    bazel = f'"{REPOSITORY}/bazelw" --output_user_root="{folder}/bazel-output" {options}'
    calls = {name: f'"{python}" -B -m {name} "$@"' for name in ("reprowheel", "pip")}
    calls["bazel"] = f'{bazel} "$1" --lockfile_mode=off --repository_cache="{downloads}" --disk_cache= "$2"'
    calls["stop"] = f"{bazel} shutdown"
    for name, call in calls.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\nexec {call}\n", encoding="utf-8")
        program.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "FORCE_COLOR": "", "TZ": "UTC"}
    return os.environ | quiet | {"PATH": path, "PYTHONPATH": str(REPOSITORY / "python")}


def printed(what: str, body: str, folder: Path, environment: dict[str, str]) -> str:
    """Do what a block says; return it with what its commands print now."""
    if what.startswith("file "):
        path = folder / what.removeprefix("file ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body.replace("../rules_reprowheel", os.fspath(REPOSITORY)), encoding="utf-8")
        return body
    last = re.search(r"last (\d+) lines", what)
    result, codes = "", []
    for line in body.splitlines():
        if line.startswith("$ "):
            command = ["bash", "-c", line[2:]]
            run = subprocess.run(
                command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
            lines = run.stdout.splitlines(keepends=True)
            shown = ["…\n", *lines[-int(last[1]) :]] if last and not run.returncode else lines
            result += "".join([f"{line}\n", *shown])
            codes.append(run.returncode)
    expected = [0] * (len(codes) - 1) + [int(what.partition("exit ")[2] or 0)]
    if codes != expected:
        message = f"exit codes {codes}, expected {expected}:\n{result}"
        raise AssertionError(message)
    return result


def run(page: str, folder: Path, python: Path, downloads: Path) -> str:
    """Run all blocks of a page in an empty folder; return the page with what they print now.

    :param downloads: Bazel's repository cache, where a file's name is its hash.
    """
    environment = programs(folder / "bin", python, downloads)
    work = folder / "work"
    work.mkdir()

    def replaced(block: re.Match[str]) -> str:
        new = printed(block["what"], block["body"], work, environment)
        return block[0].replace(block["body"], new)

    try:
        return BLOCK.sub(replaced, page)
    finally:
        subprocess.run([folder / "bin/stop"], cwd=work, env=environment, stderr=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        PAGE.write_text(run(PAGE.read_text(encoding="utf-8"), folder, test_python(), folder / "downloads"), encoding="utf-8")
