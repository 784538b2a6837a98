"""What an unpacked sdist, a .dist-info folder and a wheel say."""

from __future__ import annotations

from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from support.local_index import make_wheel

from reprowheel.archives.metadata import read_dist_info, read_wheel
from reprowheel.backend.build_system import BuildSystem, read_build_system, read_pkg_info
from reprowheel.errors import LockError

POINTS = """\
[console_scripts]
Tool-A = Pkg.Mod:main
tool:b = pkg:f [extra]

[pkg.plugins]
x = pkg.x
"""


def pyproject(tree: Path, text: str) -> Path:
    """Write pyproject.toml and return its folder."""
    (tree / "pyproject.toml").write_text(text, encoding="utf-8")
    return tree


def test_build_system_defaults(tmp_path: Path) -> None:
    """Without a file or a table, PEP 518's defaults hold; without a back end, the legacy one with its requirements."""
    default = BuildSystem(requires=("setuptools>=40.8.0",), backend="setuptools.build_meta:__legacy__")
    assert read_build_system(tmp_path, place="p") == default
    assert read_build_system(pyproject(tmp_path, "[tool.x]\n"), place="p") == default
    found = read_build_system(pyproject(tmp_path, '[build-system]\nrequires = ["a"]\n'), place="p")
    assert found == BuildSystem(requires=("a",), backend="setuptools.build_meta:__legacy__")


def test_build_system_in_full(tmp_path: Path) -> None:
    """All keys are read."""
    text = '[build-system]\nrequires = ["a"]\nbuild-backend = "b:c"\nbackend-path = ["d"]\n[project]\nname = "e"\n'
    found = read_build_system(pyproject(tmp_path, text), place="p")
    assert found == BuildSystem(requires=("a",), backend="b:c", backend_path=("d",), project={"name": "e"})


@pytest.mark.parametrize(
    "text",
    ["[build-system]\n", "[build-system]\nrequires = 'a'\n", "[build-system]\nrequires = [1]\n", "=", "\udcff"],
)
def test_bad_build_system(tmp_path: Path, text: str) -> None:
    """A table without `requires`, one of another type, and a file that is no TOML are errors with the package."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(LockError, match=r"^pkg==1: pyproject\.toml"):
        read_build_system(tmp_path, place="pkg==1")


def test_dist_info_as_the_standard_library_reads_it(tmp_path: Path) -> None:
    """Entry points and metadata agree with `importlib.metadata`."""
    folder = tmp_path / "pkg-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: My.Pkg\nVersion: 1.0\nRequires-Python: >=3.8\nRequires-Dist: b>=1\n"
        "Requires-Dist: a;\n  extra == 'x'\nProvides-Extra: x\n\nRequires-Dist: in-the-description\n",
        encoding="utf-8",
    )
    (folder / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    found = read_dist_info(folder)
    reference = PathDistribution(folder)
    points: dict[str, dict[str, str]] = {}
    for point in reference.entry_points:
        points.setdefault(point.group, {})[point.name] = point.value
    assert found.entry_points == points
    assert points["console_scripts"]["Tool-A"] == "Pkg.Mod:main"
    assert list(found.requires_dist) == sorted(" ".join(r.split()) for r in reference.requires or ())
    assert found.requires_python == reference.metadata["Requires-Python"]
    assert found.provides_extra == ("x",)
    assert (found.name, found.version) == ("my-pkg", "1.0")
    assert found.top_level is None
    (folder / "top_level.txt").write_text("pkg\n_pkg\n", encoding="utf-8")
    assert read_dist_info(folder).top_level == ("_pkg", "pkg")


def test_wheel_says_what_its_dist_info_says(tmp_path: Path) -> None:
    """A wheel is read without unpacking it; a file that only ends alike is not taken for its metadata."""
    decoy = {"pkg/vendored-9.dist-info/METADATA": "Name: vendored\nVersion: 9\n", "pkg/__init__.py": ""}
    wheel = make_wheel(tmp_path, "pkg", "1.0", files=decoy, requires=["a"], scripts={"t": "m:f"})
    found = read_wheel(wheel)
    assert (found.name, found.version, found.requires_dist) == ("pkg", "1.0", ("a",))
    assert found.entry_points == {"console_scripts": {"t": "m:f"}}
    assert found.top_level == ("pkg",)


STATIC = "Metadata-Version: 2.2\nName: pkg\nVersion: 1.0\nRequires-Dist: a\n"
OLD = STATIC.replace("2.2", "2.1")
DYNAMIC = STATIC + "Dynamic: Requires-Dist\n"


@pytest.mark.parametrize(
    ("info", "project", "binding"),
    [
        (STATIC, {"name": "pkg"}, True),
        (OLD, {"name": "pkg"}, True),
        (STATIC, {"name": "pkg", "dynamic": ["version"]}, True),
        (STATIC, {"name": "pkg", "dynamic": ["dependencies"]}, True),
        (OLD, {"name": "pkg", "dynamic": ["dependencies"]}, False),
        (DYNAMIC, {"name": "pkg", "dynamic": ["dependencies"]}, False),
        ("Metadata-Version: new\nName: pkg\n", {"name": "pkg", "dynamic": ["optional-dependencies"]}, False),
        (STATIC, {"name": "pkg", "dynamic": ["scripts"]}, False),
        (STATIC, {"name": "pkg", "dynamic": ["entry-points"]}, False),
        (STATIC, {}, False),
        (None, {"name": "pkg"}, False),
    ],
)
def test_pkg_info_counts_only_where_it_binds(
    tmp_path: Path,
    info: str | None,
    project: dict[str, object],
    binding: bool,
) -> None:
    """PKG-INFO is believed where PEP 643 or PEP 621 makes every wheel say the same, and nowhere else."""
    if info is not None:
        (tmp_path / "PKG-INFO").write_text(info, encoding="utf-8")
    found = read_pkg_info(tmp_path, BuildSystem(requires=(), backend="b", project=project))
    assert (found is not None) == binding
    if found is not None:
        assert found.requires_dist == ("a",)


def test_entry_points_of_the_project_table(tmp_path: Path) -> None:
    """Scripts, GUI scripts and other groups come from pyproject.toml, as PEP 621 names them."""
    (tmp_path / "PKG-INFO").write_text(STATIC, encoding="utf-8")
    project = {"name": "pkg", "scripts": {"a": "m:f"}, "gui-scripts": {"b": "m:g"}, "entry-points": {"c": {"d": "m"}}}
    found = read_pkg_info(tmp_path, BuildSystem(requires=(), backend="b", project=project))
    assert found is not None
    assert found.entry_points == {"console_scripts": {"a": "m:f"}, "gui_scripts": {"b": "m:g"}, "c": {"d": "m"}}
