"""What an installed tree becomes with patches, globs and namespace packages: Python imports it, RECORD agrees."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.builds import helper, make_wheel

from reprowheel.errors import BuildError
from reprowheel.install.changes import NAMESPACE_INIT, InstallChanges, glob_pattern
from reprowheel.install.tree import install_wheel

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "pkg/__init__.py": "value = 1\n",
    "pkg/data.csv": "1,2\n",
    "pkg/tests/__init__.py": "",
    "pkg/tests/data.csv": "3\n",
    "pkg/__init__.pyi": "value: int\n",
    "pkg/py.typed": "",
    "pkg/include/pkg.h": "int pkg;\n",
    "pkg-stubs/extra.pyi": "",
    "pkg.libs/helper.so": "",
    "ns/inner/part.py": "name = 'wheel'\n",
    "other_name.py": "import pkg\n",
    "pkg.pth": "pkg/hidden\n",
    "pkg-nspkg.pth": "import sys\n",
}
ADD = """\
--- a/pkg/__init__.py
+++ b/pkg/__init__.py
@@ -1 +1,2 @@
 value = 1
+more = 2
--- /dev/null
+++ b/pkg/new.py
@@ -0,0 +1 @@
+x = 3
"""


def check_record(site: Path) -> set[str]:
    """Compare RECORD with the files; return the names in it."""
    record = next(site.glob("*.dist-info/RECORD"))
    rows = list(csv.reader(record.read_text(encoding="utf-8").splitlines()))
    assert [row[0] for row in rows] == sorted({row[0] for row in rows}, key=str.encode)
    for name, digest, size in rows:
        data = (site / name).read_bytes()
        if name.endswith("/RECORD"):
            assert (digest, size) == ("", "")
            continue
        expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={expected}", str(len(data))), name
    names = {row[0] for row in rows}
    assert {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()} == names
    return names


def run_python(code: str, *folders: Path) -> str:
    """Run code with folders on the import path, as a program of Bazel has them."""
    environment = {"PYTHONPATH": os.pathsep.join(map(str, folders)), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-B", "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_is_changed_by_itself(tmp_path: Path) -> None:
    """Without changes the tree is what the wheel holds, stubs, headers and `.pth` files included."""
    result = install_wheel(make_wheel(tmp_path, "pkg", "1.0", FILES), tmp_path / "out")
    names = check_record(tmp_path / "out/site-packages")
    assert FILES.keys() <= names
    assert result.ignored_pth == ("pkg.pth",)
    assert run_python("import other_name; print(other_name.pkg.value)", tmp_path / "out/site-packages") == "1"


def test_patches_and_globs(tmp_path: Path) -> None:
    """Patches change, add and are recorded; globs take away sources or everything else."""
    patch = tmp_path / "add.patch"
    patch.write_text(ADD, encoding="utf-8")
    changes = InstallChanges(
        patches=[patch],
        patch_strip=1,
        exclude=["**/*.csv", "site-packages/*.pth", "**/*.py"],
        exclude_sources=["site-packages/**/tests/**"],
    )
    install_wheel(make_wheel(tmp_path, "pkg", "1.0", FILES), tmp_path / "out", changes)
    names = check_record(tmp_path / "out/site-packages")
    left_out = {name for name in FILES if name.endswith((".csv", ".pth"))} | {"pkg/tests/__init__.py"}
    assert {name for name in names if ".dist-info/" not in name} == (FILES.keys() - left_out) | {"pkg/new.py"}
    assert run_python("import pkg, pkg.new; print(pkg.more, pkg.new.x)", tmp_path / "out/site-packages") == "2 3"
    assert not (tmp_path / "out/site-packages/pkg/tests").exists()


def test_patch_that_does_not_fit_installs_nothing(tmp_path: Path) -> None:
    """The error names patch, hunk and line; there is no tree."""
    patch = tmp_path / "add.patch"
    patch.write_text(ADD, encoding="utf-8")
    wheel = make_wheel(tmp_path, "pkg", "1.0", FILES | {"pkg/__init__.py": "value = 0\n"})
    message = r"^add\.patch:3: hunk 1 does not fit pkg/__init__\.py at line 1: line 1 is 'value = 0\\n'; the patch expects"
    with pytest.raises(BuildError, match=message):
        install_wheel(wheel, tmp_path / "out", InstallChanges(patches=[patch], patch_strip=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["add.patch", wheel.name]


@pytest.mark.parametrize("theirs", [None, NAMESPACE_INIT.decode(), "__import__('pkgutil').extend_path(__path__, __name__)\n"])
def test_parts_of_a_namespace_in_several_folders(tmp_path: Path, theirs: str | None) -> None:
    """A native namespace becomes one that finds its other parts, be they native or pkgutil's, before or behind it."""
    install_wheel(make_wheel(tmp_path, "pkg", "1.0", FILES), tmp_path / "out", InstallChanges(namespaces=True))
    site = tmp_path / "out/site-packages"
    names = check_record(site)
    made = {name for name in names if name.endswith("/__init__.py")} - FILES.keys()
    assert made == {"ns/__init__.py", "ns/inner/__init__.py"}
    assert (site / "ns/__init__.py").stat().st_mode & 0o777 == 0o644
    other = tmp_path / "other"
    (other / "ns/inner").mkdir(parents=True)
    (other / "ns/inner/mine.py").write_text("name = 'mine'\n", encoding="utf-8")
    if theirs is not None:
        text = theirs if theirs.startswith("#") else f"__path__ = {theirs}"
        for folder in ("ns", "ns/inner"):
            (other / folder / "__init__.py").write_text(text, encoding="utf-8")
    code = "import ns.inner.part, ns.inner.mine; print(ns.inner.part.name, ns.inner.mine.name)"
    assert run_python(code, site, other) == "wheel mine"
    if theirs is not None:
        assert run_python(code, other, site) == "wheel mine"


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("**/*.csv", ["a.csv", "d/e/a.csv"], ["a.csv/x", "a.csvx"]),
        ("site-packages/*/x", ["site-packages/a/x"], ["site-packages/a/b/x", "site-packages/x"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
        ("a.b+c", ["a.b+c"], ["axb+c"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    """As Bazel documents them."""
    assert [name for name in yes + no if glob_pattern(glob).fullmatch(name)] == yes


def test_command_line(tmp_path: Path) -> None:
    """Every option reaches the tree; a `.pth` file without effect is reported."""
    wheel = make_wheel(tmp_path, "pkg", "1.0", FILES)
    (tmp_path / "add.patch").write_text(ADD, encoding="utf-8")
    out, copies = tmp_path / "out", tmp_path / "copies"
    run = helper(
        [
            *("install", wheel, "--out", out, "--patch", tmp_path / "add.patch", "--patch-strip=1", "--namespace-packages"),
            *("--exclude=**/*.csv", "--exclude-source=**/tests/**", f"--dist-info-dir={copies / 'rest'}"),
            *(f"--dist-info-file={copies / 'METADATA'}", f"--copy=site-packages/pkg/py.typed={copies / 't'}"),
            f"--copy-executable=site-packages/pkg/include/pkg.h={copies / 'run'}",
        ]
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == "WARNING pkg==1.0: pkg.pth is not run: its folder is no site directory\n"
    names = check_record(out / "site-packages")
    assert {"pkg/new.py", "ns/__init__.py"} <= names
    assert names.isdisjoint({"pkg/data.csv", "pkg/tests/__init__.py"})
    assert (copies / "METADATA").read_text().startswith("Metadata-Version")
    assert os.access(copies / "run", os.X_OK)
    assert not os.access(copies / "t", os.X_OK)
    assert {p.name for p in (copies / "rest").rglob("*") if p.is_file()} == {"INSTALLER", "RECORD", "WHEEL"}
    run = helper(["install", wheel, "--out", tmp_path / "again", "--copy=x"])
    assert run.returncode == 2
    assert "--copy 'x': expected PATH=FILE" in run.stderr
