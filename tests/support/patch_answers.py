"""Writes tests/starlark/locks/patch_answers.json: patches as git and diff write them, and wrong ones, with the helper's answers.

`PYTHONPATH=python:tests python3 tests/support/patch_answers.py` in the root of the repository.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from reprowheel.errors import ReprowheelError
from reprowheel.patches.apply import apply_patches

ANSWERS = Path(__file__).resolve().parents[1] / "starlark/locks/patch_answers.json"
HUNK = "@@ -1 +1 @@\n-1\n+2\n"
TREE = {"a": "1\n", "two": "1\n2\n", "crlf": "1\r\n2\r\n", "d/e.txt": "x\n" * 9, "open": "1\n2"}
LINES = "".join(f"line {number}\n" for number in range(1, 31))
WRONG = {
    "beyond": "--- a\n+++ a\n@@ -9 +9 @@\n-x\n+y\n",
    "end": "--- a\n+++ a\n@@ -1,2 +1 @@\n 1\n-x\n",
    "dots": "--- a/../a\n+++ a/../a\n" + HUNK,
    "absolute": "--- /a\n+++ /a\n" + HUNK,
    "below a file": "--- /dev/null\n+++ a/b\n@@ -0,0 +1 @@\n+x\n",
    "a folder": "--- d\n+++ d\n" + HUNK,
    "missing": "--- none\n+++ none\n" + HUNK,
    "there": "--- /dev/null\n+++ a\n@@ -0,0 +1 @@\n+x\n",
    "deletes another": "--- a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
    "deletes half": "--- two\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n",
    "cut off": "--- a\n+++ a\n@@ -1,2 +1,2 @@\n-1\n+2\n",
    "uncounted": "--- a\n+++ a\n" + HUNK + "+3\n",
    "counts": "--- a\n+++ a\n@@ -1 +1 @@\n-1\n-2\n",
    "no diff": "hello\n",
    "no header": HUNK,
    "no hunk": "--- a\n+++ a\n",
    "binary": "diff --git a b\nindex 1..2\nGIT binary patch\n",
    "link mode": "diff --git a b\nnew file mode 120000\n",
    "changes nothing": "diff --git a/a b/a\nindex 1..2\n",
    "names": "diff --git a b c d e\nnew file mode 100644\n",
    "both null": "--- /dev/null\n+++ /dev/null\n" + HUNK,
    "quote": '--- "a\n+++ a\n' + HUNK,
    "newline": "--- a\n+++ a\n@@ -1 +1,2 @@\n 1\n+x\n\\ No newline at end of file\n@@ -1,0 +3 @@\n+y\n",
    "many places": "--- d/e.txt\n+++ d/e.txt\n@@ -20 +20 @@\n-x\n+y\n",
    "taken": "--- two\n+++ two\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n@@ -2 +2 @@\n-2\n+4\n",
    "renamed to what is there": "diff --git a/a b/two\nrename from a\nrename to two\n",
}
RIGHT = {
    "plain": "--- two\n+++ two\n@@ -1,2 +1,3 @@\n 1\n+between\n 2\n",
    "converted": "--- a\n+++ a\n@@ -1 +1 @@\n-1\n+2\n".replace("\n", "\r\n"),
    "crlf": "--- crlf\n+++ crlf\n@@ -1,2 +1,2 @@\n 1\r\n-2\r\n+3\r\n",
    "created": "--- /dev/null\n+++ new/er/file\n@@ -0,0 +1,2 @@\n+x\n+y\n",
    "deleted": "--- a\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n",
    "time zero": "--- gone\t1970-01-01 00:00:00.000000000 +0000\n+++ gone\t2024-01-01 00:00:00 +0000\n@@ -0,0 +1 @@\n+x\n",
    "new name": "--- a\n+++ a.new\n" + HUNK,
    "mode": "diff --git x/a x/a\nold mode 100644\nnew mode 100755\n",
    "created by mode": "diff --git x/b x/b\nnew file mode 100755\n",
    "quoted": 'diff --git "x/b\\303\\274" "x/b\\303\\274"\nnew file mode 100644\n--- /dev/null\n+++ "x/b\\303\\274"\n'
    "@@ -0,0 +1 @@\n+x\n",
    "open end": "--- open\n+++ open\n@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+3\n\\ No newline at end of file\n",
    "text around": "From: somebody\n\n---\n a | 2 +-\n\n--- a\n+++ a\n" + HUNK + "-- \n2.40\n",
    "blank lost": "--- d/blank\n+++ d/blank\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n",
}
STRIPS = {"mode": 1, "created by mode": 1, "quoted": 1, "renamed to what is there": 1, "changes nothing": 1}


def cases() -> list[dict[str, Any]]:
    """Return patches with the files they are for, without answers."""
    tree = TREE | {"d/blank": "a\n\nb\n"}
    found = [case(name, tree, text, STRIPS.get(name, 0)) for name, text in (WRONG | RIGHT).items()]
    random.seed(7)
    words = ["a\n", "b\n", "\n", "}\n", "return 0;\n", "x\r\n"]
    for number in range(12):
        old = {f"f{i}/n{i}.c": "".join(random.choices(words, k=random.randint(0, 60))) for i in range(4)}
        found.append(case(f"git {number}", old, git_patch(old, edited(old, words)), 1))
    moved = {"lines": "new\nnew\n" + LINES}
    found.append(case("moved", moved, "--- lines\n+++ lines\n@@ -2,3 +2,3 @@\n line 2\n-line 3\n+three\n line 4\n", 0))
    return found


def case(name: str, files: dict[str, str], patch: str, strip: int) -> dict[str, Any]:
    """Return one case."""
    return {"files": files, "name": name, "patch": patch, "strip": strip}


def edited(old: dict[str, str], words: list[str]) -> dict[str, str]:
    """Return the files with random changes; some are gone, some have other names."""
    new = {}
    for name, text in old.items():
        lines = text.splitlines(keepends=True)
        for _ in range(random.randint(0, 5)):
            at = random.randint(0, len(lines))
            lines[at : at + random.randint(0, 3)] = random.choices(words, k=random.randint(0, 3))
        choice = random.random()
        if choice > 0.1:  # else it is gone
            new[name if choice > 0.25 else f"moved/{name}"] = "".join(lines)
    return new


def git_patch(old: dict[str, str], new: dict[str, str]) -> str:
    """Return git's patch from one tree to the other."""
    with tempfile.TemporaryDirectory() as folder:
        for side, files in (("old", old), ("new", new)):
            write_tree(Path(folder) / side, files)
        command = ["git", "diff", "--no-index", "--text", "-M", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "old", "new"]
        text = subprocess.run(command, cwd=folder, check=False, capture_output=True).stdout.decode()
    return text.replace("a/old/", "a/").replace("b/new/", "b/").replace("from old/", "from ").replace("to new/", "to ")


def write_tree(root: Path, files: dict[str, str]) -> None:
    """Write files below `root`."""
    root.mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def answered(one: dict[str, Any]) -> dict[str, Any]:
    """Return a case with the helper's answer: the files afterwards, or what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "tree"
        write_tree(root, one["files"])
        (Path(folder) / "p").write_bytes(one["patch"].encode())
        try:
            apply_patches(root, [Path(folder) / "p"], strip=one["strip"])
        except ReprowheelError as error:
            return one | {"answer": str(error)}
        after = {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if p.is_file()}
        return one | {"answer": {name: [p.read_bytes().decode(), bool(p.stat().st_mode & 0o100)] for name, p in after.items()}}


def main() -> int:
    """Write the file."""
    lines = [json.dumps(answered(one), sort_keys=True, ensure_ascii=False) for one in cases()]
    ANSWERS.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
