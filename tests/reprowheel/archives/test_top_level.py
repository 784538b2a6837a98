"""Names that can be imported from a wheel, against what Python finds and what setuptools writes."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

from reprowheel.archives.metadata import top_level_names

FILES = (
    "pkg/__init__.py",
    "pkg/sub/mod.py",
    "native/_x.cpython-314-x86_64-linux-gnu.so",
    "single.py",
    "_ext.abi3.so",
    "pkg-1.0.dist-info/METADATA",
    "pkg-1.0.dist-info/hook.py",
    "pkg-1.0.data/purelib/pure.py",
    "pkg-1.0.data/platlib/plat/__init__.py",
    "pkg-1.0.data/scripts/tool.py",
    "pkg-1.0.data/data/share/thing.py",
    "docs/readme.txt",
    "not-a-name/x.py",
    "x.pth",
)


def test_names_of_files() -> None:
    """Modules, packages and extensions, of purelib and platlib, too; no scripts, data, metadata, folders of other files."""
    assert top_level_names(FILES, None) == ("_ext", "native", "pkg", "plat", "pure", "single")


def test_python_finds_them(tmp_path: Path) -> None:
    """Python's own finder sees each of those that are no namespace packages."""
    wanted = [path for path in FILES if ".data" not in path and "-" not in path.split("/")[0] and path.endswith((".py", ".so"))]
    for path in wanted:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = {module.name for module in pkgutil.iter_modules([str(tmp_path)])}
    assert found == set(top_level_names(wanted, None)) - {"native"} == {"_ext", "pkg", "single"}


@pytest.mark.parametrize(("text", "names"), [("b\na\n\n", ("a", "b")), ("", ())])
def test_what_the_file_says_counts(text: str, names: tuple[str, ...]) -> None:
    """top_level.txt goes before the files, also where it is empty."""
    assert top_level_names(FILES, text) == names
