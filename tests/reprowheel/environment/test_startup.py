"""The start-up module of a build's Python is one complete module, whatever parts it is written in."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from support.builds import run_python

from reprowheel.environment import neutral
from reprowheel.environment.create import BuildEnvironment
from reprowheel.environment.startup import startup_source
from reprowheel.files import RealTimes

PARTS = sorted(Path(neutral.__file__).parent.glob("*.py"))
SOURCE = startup_source(times=RealTimes(epoch=1_500_000_000), root=Path("/somewhere/'else'"))


def defined(source: str) -> list[str]:
    """Return the names that a module defines at its top, but for those it imports."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def used(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the global names that a module's functions and classes use."""
    yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced())
    for child in table.get_children():
        yield from used(child)


def test_every_part_is_there() -> None:
    """What the parts define is what the module defines, each name once: a second would silently replace the first."""
    names = [name for part in PARTS for name in defined(part.read_text(encoding="utf-8"))]
    assert len(names) > len(PARTS)
    assert Counter(defined(SOURCE)) == Counter(set(names))


def test_every_name_is_there() -> None:
    """No function of the module uses a name that the module lacks, as it would after an import that was not joined."""
    table = symtable.symtable(SOURCE, "sitecustomize.py", "exec")
    known = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    assert set(used(table)) - known - set(dir(builtins)) - {"__file__", "__name__"} == set()
    assert "sorted" in set(used(table)) and "Call" in known


def test_standard_library_only() -> None:
    """A build's interpreter has neither this package nor annotations to evaluate."""
    tree = ast.parse(SOURCE)
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {"os", "sys", "time"} <= modules and not [name for name in modules if name.startswith("reprowheel")]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) or getattr(node, "annotation", None)]


def test_place_and_time() -> None:
    """The epoch and the workspace are the build's, each written once."""
    values = dict(re.findall(r"^(EPOCH|ROOT) = (.*)$", SOURCE, flags=re.MULTILINE))
    assert {name: ast.literal_eval(value) for name, value in values.items()} == {
        "EPOCH": 1_500_000_000,
        "ROOT": "/somewhere/'else'",
    }
    assert [defined(SOURCE).count(name) for name in ("EPOCH", "ROOT")] == [1, 1]


def test_a_build_sees_one_module(environment: BuildEnvironment) -> None:
    """Of all that the helper is, a Python process of a build has `sitecustomize` alone."""
    code = "import json, sys; print(json.dumps([n for n in sys.modules if 'neutral' in n or 'reprowheel' in n]))"
    assert run_python(environment, code) == []
    code = "import json, sys; print(json.dumps([n for n, m in sys.modules.items() if hasattr(m, 'sort_directories')]))"
    assert run_python(environment, code) == ["sitecustomize"]
