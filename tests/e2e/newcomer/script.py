"""A newcomer: pastes what the README says, then does what error messages say, and nothing else.

The README marks what is pasted, on the line before a fence: `<!-- newcomer: MODULE.bazel -->` before a diff,
`<!-- newcomer: run -->` before commands. A message is one line. What stands in it after "To fix:" or "TIP" is either a command
(`bazel run …`) or a statement of MODULE.bazel (`pip.override(…)`), or a file to remove in front of a command.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Advice", "advice", "apply_diff", "blocks"]

_BLOCK = re.compile(r"^<!-- newcomer: (?P<kind>[^>]+?) -->\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^(?:Error in fail: .*?To fix: |ERROR .*?To fix: |TIP +)(?P<text>.*)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:rm (?P<file>\S+) && )?bazel (?P<words>run \S+(?: -- .*)?)$")


def blocks(readme: str) -> list[tuple[str, str]]:
    """Return kind and text of each marked block, in order."""
    return [(found["kind"], found["text"]) for found in _BLOCK.finditer(readme)]


def apply_diff(text: str, diff: str) -> str:
    """Apply a diff without line numbers: every line of context and every removed line must be there, in order."""
    lines, position, out = text.splitlines(), 0, []
    for line in diff.splitlines():
        sign, rest = line[:1], line[1:]
        if sign == "+":
            out.append(rest)
            continue
        found = lines.index(rest, position)
        out += lines[position:found] + ([] if sign == "-" else [rest])
        position = found + 1
    return "\n".join([*out, *lines[position:]]) + "\n"


class Advice:
    """What the messages of one Bazel command say to do."""

    def __init__(self, output: str) -> None:
        texts = [found["text"] for found in _LINE.finditer(output)]
        self.statements = [statement for text in texts for statement in _statements(text)]
        self.commands = [found for text in texts if (found := _COMMAND.search(text))]

    def follow(self, folder: Path) -> list[list[str]]:
        """Write the statements into MODULE.bazel, remove what is to be removed, and return the words of Bazel's commands."""
        module = folder / "MODULE.bazel"
        known = module.read_text(encoding="utf-8")
        new = [statement for statement in dict.fromkeys(self.statements) if statement not in known]
        module.write_text(known + "".join(f"{statement}\n" for statement in new), encoding="utf-8")
        for command in self.commands:
            if command["file"]:
                (folder / command["file"]).unlink()
        return [list(words) for words in dict.fromkeys(tuple(shlex.split(command["words"])) for command in self.commands)]


def advice(output: str) -> Advice:
    """Read what Bazel printed."""
    return Advice(output)


def _statements(text: str) -> list[str]:
    """Return calls of `pip.override` in a text, up to the bracket that ends each."""
    found = []
    for start in re.finditer(r"pip\.override\(hub_name = ", text):
        depth, end = 0, start.start()
        for end in range(start.start(), len(text)):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
            if depth == 0 and text[end] == ")":
                break
        found.append(text[start.start() : end + 1])
    return found
