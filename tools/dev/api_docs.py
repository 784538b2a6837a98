"""Writes docs/api/*.md from the docstrings of the public .bzl files, as Bazel extracts them.

argv: `--check` writes nothing and fails if a page is not as it would be written.
Reads: the outputs of `./bazelw build //docs/api:all` (messages ModuleInfo of Bazel's stardoc_output.proto). Writes: docs/api.
Exit codes: 0 done, 1 a page is stale.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main", "pages"]

ROOT = Path(__file__).resolve().parent.parent.parent
HEAD = "<!-- Written by tools/dev/api_docs.py from the docstrings of //python:{name}.bzl; do not edit. -->\n\n"
UPDATE = "python3 tools/dev/api_docs.py"
# AttributeType of the schema → what stands in BUILD files.
TYPES = [
    *("unknown", "name", "int", "label", "string", "list of strings", "list of ints", "list of labels", "bool"),
    *("dict: label → string", "dict: string → string", "dict: string → list of strings", "output", "list of outputs"),
    *("dict: string → label", "dict: string → list of labels"),
]
Message = dict[int, list[bytes | int]]


def decode(data: bytes) -> Message:
    """Read a protobuf message: field number → values, which are bytes or numbers."""
    fields: Message = {}
    position = 0

    def number() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(data):
        key = number()
        if key & 7 == 0:
            fields.setdefault(key >> 3, []).append(number())
            continue
        if key & 7 != 2:
            message = f"wire type {key & 7} at byte {position}; expected 0 or 2"
            raise ValueError(message)
        size = number()
        fields.setdefault(key >> 3, []).append(data[position : position + size])
        position += size
    return fields


def text(message: Message, field: int) -> str:
    """Return a string field, empty where it is not set."""
    value = message.get(field, [b""])[0]
    return utf8(value) if isinstance(value, bytes) else ""


def utf8(value: bytes) -> str:
    """Return a string; Bazel keeps the bytes of UTF-8 as Latin-1 characters, and encodes these once more."""
    encoded = value.decode("utf-8")
    try:
        return encoded.encode("latin-1").decode("utf-8")
    except UnicodeError:  # it was encoded once
        return encoded


def flag(message: Message, field: int) -> bool:
    """Return a boolean field."""
    return bool(message.get(field, [0])[0])


def parts(message: Message, field: int) -> Iterator[Message]:
    """Yield the messages of a repeated field."""
    for value in message.get(field, []):
        if isinstance(value, bytes):
            yield decode(value)


def cell(words: str) -> str:
    """Return a text for a cell of a table."""
    return " ".join(words.split()).replace("|", "\\|")


def code(words: str) -> str:
    """Return a value as code, or nothing."""
    return f"`{cell(words)}`" if words else ""


def attribute_table(message: Message, field: int) -> str:
    """Return the table of a rule's, repository rule's or tag's attributes."""
    lines = ["| attribute | type | default | |", "|---|---|---|---|"]
    attributes = [attribute for attribute in parts(message, field) if text(attribute, 1) != "name" or text(attribute, 2)]
    for attribute in sorted(attributes, key=lambda attribute: text(attribute, 1)):
        kind = attribute.get(3, [0])[0]
        default = "required" if flag(attribute, 4) else code(text(attribute, 6))
        values = [utf8(value) for value in attribute.get(9, []) if isinstance(value, bytes)]
        words = text(attribute, 2) + (" One of " + ", ".join(code(repr(v)) for v in values) + "." if values else "")
        lines.append(f"| `{text(attribute, 1)}` | {TYPES[int(kind)]} | {default} | {cell(words)} |")
    return "\n".join(lines) + "\n"


def function_section(function: Message) -> str:
    """Return the section of a macro or function."""
    name, parameters = text(function, 1), list(parts(function, 2))
    shown = [("" if flag(p, 4) or text(p, 3) else "**") + text(p, 1) for p in parameters]
    section = f"## {name}\n\n```starlark\n{name}({', '.join(shown)})\n```\n\n{text(function, 3).strip()}\n"
    if parameters:
        section += "\n| argument | default | |\n|---|---|---|\n"
    for parameter, label in zip(parameters, shown, strict=True):
        default = "required" if flag(parameter, 4) else code(text(parameter, 3))
        section += f"| `{label}` | {default} | {cell(text(parameter, 2))} |\n"
    for answer in parts(function, 4):
        section += f"\nReturns {cell(text(answer, 1))}\n"
    return section


def page(name: str, module: Message) -> str:
    """Return a page."""
    sections = [HEAD.format(name=name) + f"# {name}.bzl\n\n{text(module, 5).strip()}\n"]
    for extension in parts(module, 7):
        sections.append(f"## {text(extension, 1)}\n\n{text(extension, 2).strip()}\n")
        for tag in sorted(parts(extension, 3), key=lambda tag: text(tag, 1)):
            title = f"### {text(extension, 1)}.{text(tag, 1)}\n\n{text(tag, 2).strip()}\n\n"
            sections.append(title + attribute_table(tag, 3))
    for field in (1, 8):
        sections += [f"## {text(r, 1)}\n\n{text(r, 2).strip()}\n\n" + attribute_table(r, 3) for r in parts(module, field)]
    for provider in parts(module, 2):
        rows = "".join(f"| `{text(f, 1)}` | {cell(text(f, 2))} |\n" for f in parts(provider, 3))
        sections.append(f"## {text(provider, 1)}\n\n{text(provider, 2).strip()}\n\n| field | |\n|---|---|\n{rows}")
    sections += [function_section(function) for function in parts(module, 3)]
    return "\n".join(sections)


def pages(folder: Path) -> dict[str, str]:
    """Return file name → content for every message in a folder."""
    files = sorted(folder.glob("*.binaryproto"))
    if not files:
        message = f"{folder} has no *.binaryproto. To fix: ./bazelw build //docs/api:all"
        raise FileNotFoundError(message)
    return {f"{file.stem}.md": page(file.stem, decode(file.read_bytes())) for file in files}


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description="Write docs/api from the docstrings.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    parser.add_argument("--extracted", type=Path, help="folder with the messages; default: build them with ./bazelw")
    arguments = parser.parse_args(argv)
    folder = arguments.extracted
    if folder is None:
        subprocess.run([str(ROOT / "bazelw"), "build", "//docs/api:all"], cwd=ROOT, check=True)
        folder = ROOT / "bazel-bin/docs/api"
    stale = 0
    for name, content in pages(folder).items():
        path = ROOT / "docs/api" / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale += 1
        print(f"docs/api/{name}: " + (f"stale. To fix: {UPDATE}" if arguments.check else "written"))
        if not arguments.check:
            path.write_text(content, encoding="utf-8")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
