"""Tests may import tools; tools import nothing from tests."""

from __future__ import annotations

import ast
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def imported(path: Path) -> set[str]:
    """Return the first names of all modules that a file imports, at its head or in a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module).partition(".")[0])
    return names


def offenders(repository: Path) -> list[str]:
    """Return the files below tools that import what only tests have, each with the names."""
    theirs = {path.stem for path in (repository / "tests").iterdir()} | {"tests"}
    theirs -= {path.stem for folder in ("python", "tools") for path in (repository / folder).iterdir()}
    found = ((path, imported(path) & theirs) for path in sorted((repository / "tools").rglob("*.py")))
    return [f"{path.relative_to(repository)}: {', '.join(sorted(names))}" for path, names in found if names]


def test_tools_import_no_tests() -> None:
    """No file below tools does."""
    assert offenders(REPOSITORY) == []


def test_an_import_is_found(tmp_path: Path) -> None:
    """One that does is named, in a function, too; the helper's name is no offence, though tests have a folder of that name."""
    for name in ("python/reprowheel", "tools/dev", "tests/reprowheel", "tests/support", "tests/reproducibility"):
        (tmp_path / name).mkdir(parents=True)
    planted = {
        "dev/one.py": "from support.builds import ROOT\n",
        "dev/two.py": "def late():\n    import reproducibility.causes\n",
        "dev/three.py": "import reprowheel, json\nfrom . import support\n",
    }
    for name, text in planted.items():
        (tmp_path / "tools" / name).write_text(text, encoding="utf-8")
    assert offenders(tmp_path) == ["tools/dev/one.py: support", "tools/dev/two.py: reproducibility"]
