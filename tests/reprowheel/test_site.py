"""Tests of reprowheel_site.py, in an interpreter that starts as in a virtual environment: with `.pth` files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[2] / "python/reprowheel_site.py"


class Site:
    """A virtual environment with the module, to which wheels are added as the rules do it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        venv.create(root / "venv", symlinks=True)
        (self.folder,) = (root / "venv").glob("lib/python3*/site-packages")
        shutil.copy(MODULE, self.folder)

    def add(self, name: str, files: dict[str, str]) -> None:
        """Add the folder of a built wheel."""
        self.write(self.folder / "reprowheel.sites" / name, files)
        line = f'import reprowheel_site; reprowheel_site.add(sitedir, "reprowheel.sites/{name}")\n'
        (self.folder / f"reprowheel-{name}.pth").write_text(line, encoding="utf-8")

    def write(self, folder: Path, files: dict[str, str]) -> None:
        """Write files below a folder."""
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    def run(self, program: str) -> str:
        """Run a program; return what it prints."""
        run = subprocess.run(
            [self.root / "venv/bin/python", "-I", "-c", program], capture_output=True, text=True, check=False, timeout=120
        )
        assert (run.returncode, run.stderr) == (0, "")
        return run.stdout.strip()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an environment without packages."""
    return Site(tmp_path)


OUTER = {"sky/core/__init__.py": "", "sky/core/tracing/__init__.py": "", "sky/core/tracing/plain.py": "NAME = 'plain'"}
INNER = {"sky/core/tracing/ext/span/__init__.py": "NAME = 'span'"}
PROGRAM = "from sky.core.tracing import plain; from sky.core.tracing.ext import span; print(plain.NAME, span.NAME)"


@pytest.mark.parametrize("built", ["both", "outer", "inner"])
def test_package_inside_another_distributions_package(site: Site, built: str) -> None:
    """It is imported, whichever of the two is built; the other one is in site-packages itself."""
    for name, files in (("outer", OUTER), ("inner", INNER)):
        if built in (name, "both"):
            site.add(name, files)
        else:
            site.write(site.folder, files)
    assert site.run(PROGRAM) == "plain span"


def test_first_of_two_modules_counts(site: Site) -> None:
    """Of two distributions with one package, each has its own modules, and those of both are the first one's."""
    site.add("one", {"jwt/__init__.py": "NAME = 'one'", "jwt/a.py": "NAME = 'one'"})
    site.add("two", {"jwt/__init__.py": "NAME = 'two'", "jwt/a.py": "NAME = 'two'", "jwt/b.py": "NAME = 'two'"})
    assert site.run("import jwt.a, jwt.b; print(jwt.NAME, jwt.a.NAME, jwt.b.NAME)") == "one one two"


def test_namespaces_and_single_modules(site: Site) -> None:
    """Parts of a namespace are joined by Python itself; a module, and a package of one distribution, are as ever."""
    site.add("one", {"metry/trace/__init__.py": "", "one.py": "NAME = 1"})
    site.add("two", {"metry/sdk/__init__.py": "", "two/__init__.py": "NAME = 2"})
    site.write(site.folder, {"metry/api/__init__.py": ""})
    program = "import metry.trace, metry.sdk, metry.api, one, two; print(one.NAME, two.NAME, len(two.__path__), metry.__file__)"
    assert site.run(program) == "1 2 1 None"


def test_pth_files_run(site: Site) -> None:
    """The wheel's own `.pth` files run, and its metadata is found."""
    metadata = {"starts-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: starts\nVersion: 1.0\n"}
    site.add("starts", {"starts.pth": "import sys; sys.starts_ran = True\n", **metadata})
    program = "import importlib.metadata, sys; print(sys.starts_ran, importlib.metadata.version('starts'))"
    assert site.run(program) == "True 1.0"


def test_standard_library_is_left_alone(site: Site) -> None:
    """A folder of a wheel that has the name of a package of the standard library does not become a part of it."""
    site.add("shadow", {"json/__init__.py": "", "json/more.py": ""})
    assert site.run("import json; print(len(json.__path__), hasattr(json, 'loads'))") == "1 True"


def test_it_is_plain_enough_for_old_pythons() -> None:
    """What runs in the user's interpreter is written for Python 3.9, and imports nothing that takes time to import."""
    program = f"import ast, sys; ast.parse(open({str(MODULE)!r}).read(), feature_version=(3, 9))"
    subprocess.run([sys.executable, "-c", program], check=True)
    imported = {
        line.split()[1] for line in MODULE.read_text(encoding="utf-8").splitlines() if line.startswith(("import ", "from "))
    }
    assert imported == {"__future__", "importlib.machinery", "os", "site", "sys"}
