"""Writes docs/api/python.md: what `import reprowheel` offers, from docstrings and signatures as the sources have them.

argv: `--check` writes nothing and fails if the page is not as it would be written.
Reads: python/reprowheel. Writes: docs/api/python.md. Exit codes: 0 done, 1 the page is stale.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main", "page"]

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "python/reprowheel"
PAGE = "docs/api/python.md"
UPDATE = "python3 tools/dev/python_api.py"
HEAD = "<!-- Written by tools/dev/python_api.py from the docstrings of python/reprowheel; do not edit. -->\n\n"
Definition = ast.FunctionDef | ast.ClassDef
_MORE = re.compile(r"; `(?!None`)(\w+)`: ")
_FIELD = re.compile(r"^:(param|returns|raises)\b ?([^:]*):", re.MULTILINE)


def module_file(name: str) -> Path:
    """Return the file of a module."""
    path = ROOT / "python" / name.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def definition(module: str, name: str) -> Definition:
    """Return where a name is defined; a package may take it from one of its modules."""
    tree = ast.parse(module_file(module).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
            return definition(node.module, name)
    message = f"{module}: has no {name}"
    raise LookupError(message)


def cell(words: str) -> str:
    """Return a text for a cell of a table."""
    return " ".join(words.split()).replace("|", "\\|")


def code(node: ast.AST | None) -> str:
    """Return an expression as code for a cell, or nothing."""
    return f"`{cell(ast.unparse(node))}`" if node else ""


def split(docstring: str) -> tuple[str, dict[str, str], list[tuple[str, str]]]:
    """Return the prose of a docstring, the words of each parameter, and what it returns and raises."""
    marks = list(_FIELD.finditer(docstring))
    prose = docstring[: marks[0].start()] if marks else docstring
    parameters, rest = {}, []
    for mark, after in zip(marks, [*marks[1:], None], strict=False):
        words = docstring[mark.end() : after.start() if after else None]
        if mark[1] == "param":
            first, *others = _MORE.split(words)  # `:param a: words; `b`: words`
            parameters |= {mark[2]: first} | dict(zip(others[::2], others[1::2], strict=True))
        else:
            rest.append((f"{mark[1].capitalize()} {mark[2]}".strip(), words))
    return prose.strip(), parameters, rest


def arguments(function: ast.FunctionDef) -> list[tuple[ast.arg, ast.expr | None]]:
    """Return the arguments with their defaults, `None` where there is none."""
    plain = [*function.args.posonlyargs, *function.args.args]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(function.args.defaults))
    return [
        *zip(plain, [*missing, *function.args.defaults], strict=True),
        *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True),
    ]


def signature(function: ast.FunctionDef) -> str:
    """Return a function's signature, on one line where it fits."""
    plain = len(function.args.posonlyargs + function.args.args)
    texts = [
        ast.unparse(argument) + (f" = {ast.unparse(default)}" if default else "") for argument, default in arguments(function)
    ]
    texts[plain:] = ["*", *texts[plain:]] if texts[plain:] else []
    returns = ast.unparse(function.returns or ast.Constant(None))
    line = f"{function.name}({', '.join(texts)}) -> {returns}"
    long = "\n".join([f"{function.name}(", *(f"    {text}," for text in texts), f") -> {returns}"])
    return long if len(line) > 100 else line


def function_section(function: ast.FunctionDef) -> str:
    """Return the section of a function."""
    prose, words, rest = split(inspect.cleandoc(ast.get_docstring(function) or ""))
    section = f"## {function.name}\n\n```python\n{signature(function)}\n```\n\n{prose}\n"
    return section + word_table("argument", words) + "".join(f"\n{title}: {cell(text)}\n" for title, text in rest)


def word_table(head: str, words: dict[str, str]) -> str:
    """Return the table of what parameters mean; nothing for none."""
    rows = "".join(f"| `{name}` | {cell(text)} |\n" for name, text in words.items())
    return f"\n| {head} | |\n|---|---|\n{rows}" if rows else ""


def class_section(cls: ast.ClassDef) -> str:
    """Return the section of a data class or an error."""
    prose, words, _ = split(inspect.cleandoc(ast.get_docstring(cls) or ""))
    bases = [ast.unparse(base) for base in cls.bases]
    section = f"## {cls.name}\n\n{prose}\n"
    if any(base.endswith("Error") or base == "Exception" for base in bases):
        return section + word_table("attribute", words)
    section += f"\nHas all fields of {' and '.join(f'[{b}](#{b.lower()})' for b in bases)} besides:\n" if bases else ""
    rows = [row for row in fields(cls, words) if not row[0].startswith("_")]
    section += "\n| field | type | default | |\n|---|---|---|---|\n" if rows else ""
    section += "".join(f"| `{name}` | {kind} | {default} | {text} |\n" for name, kind, default, text in rows)
    members = [node for node in cls.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    section += "\n| member | |\n|---|---|\n" if members else ""
    for node in members:
        called = node.name if "property" in map(ast.unparse, node.decorator_list) else f"{node.name}()"
        section += f"| `{called}` | {cell(split(inspect.cleandoc(ast.get_docstring(node) or ''))[0])} |\n"
    return section


def fields(cls: ast.ClassDef, words: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, default and words of each field; a setting's words are those of its options."""
    for node, after in zip(cls.body, [*cls.body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        text = words.get(node.target.id, "")
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            text = after.value.value
        default: ast.AST | None = node.value
        if isinstance(node.value, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.value.keywords}
            default = given.get("default") or ast.Call(given["default_factory"], [], [])
            text = options(given["metadata"]) if "metadata" in given else text
        yield node.target.id, code(node.annotation), code(default) if default else "required", cell(text)


def options(metadata: ast.expr) -> str:
    """Return the options of a setting with their help."""
    found = []
    for call in ast.walk(metadata):
        given = [a.value for a in call.args if isinstance(a, ast.Constant)] if isinstance(call, ast.Call) else []
        texts = [value for value in given if isinstance(value, str)]
        if len(texts) > 1 and texts[0].startswith("--"):
            found.append(f"`{' '.join(texts[:-1])}`: {texts[-1]}")
    return "; ".join(found)


def page() -> str:
    """Return the page."""
    tree = ast.parse(module_file("reprowheel").read_text(encoding="utf-8"))
    text = inspect.cleandoc(ast.get_docstring(tree) or "")
    text = re.sub(
        r"(?:^    .*\n|^\n(?=    ))+", lambda m: f"\n```python\n{textwrap.dedent(m[0]).strip()}\n```\n", text, flags=re.MULTILINE
    )
    names = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    found = [definition("reprowheel", name) for name in names]
    functions = [function_section(node) for node in found if isinstance(node, ast.FunctionDef)]
    classes = [node for node in found if isinstance(node, ast.ClassDef)]
    sections = [class_section(node) for node in sorted(classes, key=lambda node: node.name.endswith("Error"))]
    return HEAD + "\n".join([f"# reprowheel\n\n{text}\n", *functions, *sections])


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description="Write docs/api/python.md from the docstrings.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is stale")
    arguments_ = parser.parse_args(argv)
    path, content = ROOT / PAGE, page()
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return 0
    print(f"{PAGE}: " + (f"stale. To fix: {UPDATE}" if arguments_.check else "written"))
    if not arguments_.check:
        path.write_text(content, encoding="utf-8")
    return 1 if arguments_.check else 0


if __name__ == "__main__":
    sys.exit(main())
