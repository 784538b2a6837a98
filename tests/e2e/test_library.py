"""What is behind the labels of a hub, in a workspace of its own: two distributions with all that packages can have."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCES = Path(__file__).parent / "library"
MODULE = """\
module(name = "consumer")

bazel_dep(name = "rules_cc", version = "0.2.17")
bazel_dep(name = "rules_python", version = "1.7.0")
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")

pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.parse(
    hub_name = "deps",
    build_requirements_lock = "//:build-lock.json",
    index_url = "{index}",
    requirements_lock = "//:requirements.txt",
)
pip.override(
    hub_name = "deps",
    name = "lib-native",
    cpus = 2,
    native_deps = ["//:outer"],
    patch_strip = 1,
    patches = ["//:fix.patch"],
)
pip.override(
    hub_name = "deps",
    name = "lib-plain",
    additive_build_content = "filegroup(name = \\"more\\", srcs = [\\"copied/more\\"])",
    copy_executables = {{
        "bin/old-script": "copied/run",
        "site-packages/other_name/py.typed": "copied/more",
    }},
    copy_files = {{"site-packages/other_name/data.json": "copied/data.json"}},
    data = [":more"],
    data_exclude_glob = ["**/*.csv"],
    install_patch_strip = 1,
    install_patches = ["//:installed.patch"],
    srcs_exclude_glob = ["site-packages/other_name/tests/**"],
)
use_repo(pip, "deps")
"""
OLD = """
old_python = use_repo_rule("@bazel_tools//tools/build_defs/repo:local.bzl", "new_local_repository")
old_python(
    name = "old_python",
    build_file = "//old:python.BUILD.in",
    path = "{python}",
)
pip.parse(
    hub_name = "old",
    build_requirements_lock = "//:build-lock.json",
    index_url = "{index}",
    python_version = "3.9",
    requirements_lock = "//:requirements.txt",
)
pip.override(
    hub_name = "old",
    name = "lib-native",
    native_deps = ["//:outer"],
    patch_strip = 1,
    patches = ["//:fix.patch"],
)
use_repo(pip, "old")
"""
INFO, DATA = "lib_plain-1.0.dist-info", "lib_plain-1.0.data"
PLAIN = {
    "other_name/__init__.py": "import sys\n\n\ndef main():\n    print(sys.argv[1:], patched)\n    return 3\n",
    "other_name/__init__.pyi": "def main() -> int: ...\n",
    "other_name/py.typed": "",
    "other_name/data.json": "{}",
    "other_name/big.csv": "1\n",
    "other_name/tests/__init__.py": "",
    "ns/inner/part.py": "name = 'wheel'\n",
    "other_name.pth": "other_name\n",
    f"{DATA}/scripts/old-script": "#!python\nprint('old')\n",
    f"{DATA}/data/share/thing.txt": "thing",
    f"{DATA}/headers/plain.h": "int plain;\n",
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: lib-plain\nVersion: 1.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{INFO}/entry_points.txt": "[console_scripts]\ntool = other_name:main\n",
}


def plain_wheel() -> bytes:
    """Return the wheel."""
    rows = []
    for name, text in PLAIN.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(text)}\n")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in (PLAIN | {f"{INFO}/RECORD": "".join([*rows, f"{INFO}/RECORD,,\n"])}).items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def native_sdist() -> bytes:
    """Return the sdist, whose back end is in it."""
    pyproject = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {
        "PKG-INFO": b"Metadata-Version: 2.2\nName: lib-native\nVersion: 1.0\n",
        "pyproject.toml": pyproject.encode(),
        **{name: (SOURCES / name).read_bytes() for name in ("backend.py", "lib_native.c")},
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"lib_native-1.0/{name}")
            member.size, member.mtime = len(data), 1_600_000_000
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def write_workspace(workspace: Path, checkout: Path) -> None:
    """Write locks, index and BUILD files."""
    shutil.copytree(SOURCES / "workspace", workspace)
    (workspace / "BUILD.bazel.in").rename(workspace / "BUILD.bazel")  # not a package of this repository
    archives = {"lib_plain-1.0-py3-none-any.whl": plain_wheel(), "lib_native-1.0.tar.gz": native_sdist()}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in archives.items()}
    index = workspace.parent / "simple"
    for filename, data in archives.items():
        page = index / filename.partition("-")[0].replace("_", "-")
        page.mkdir(parents=True)
        (page / filename).write_bytes(data)
        (page / "index.html").write_text(f'<a href="{filename}#sha256={digests[filename]}">{filename}</a>\n')
    lines = [f"{name.partition('-')[0]}==1.0 --hash=sha256:{digest}\n" for name, digest in digests.items()]
    (workspace / "requirements.txt").write_text("".join(lines), encoding="utf-8")
    entry = {
        "build_backend": "backend",
        "build_requirements": [],
        "entry_points": {},
        "filename": "lib_native-1.0.tar.gz",
        "provides_extra": [],
        "requires_dist": [],
        "requires_python": "",
        "sha256": digests["lib_native-1.0.tar.gz"],
    }
    lock = {"build_lock_version": 1, "sdists": {"lib-native==1.0": entry}, "wheels": {}}
    (workspace / "build-lock.json").write_text(json.dumps(lock, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    text = MODULE.format(checkout=checkout, index=index.as_uri())
    (workspace / "MODULE.bazel").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[tuple[Machine, Path]]:
    """Yield a machine and the workspace."""
    base = tmp_path_factory.mktemp("library")
    machine = Machine(base / "checkout", base / "state", cache / "downloads")
    write_workspace(base / "workspace", machine.checkout)
    try:
        yield machine, base / "workspace"
    finally:
        machine.bazel("shutdown", workspace=base / "workspace")
        machine.remove()


def test_everything_behind_the_labels_works(consumer: tuple[Machine, Path]) -> None:
    """Wheels, data, metadata, programs, namespaces, native dependencies and patches, as library/workspace/ asks for them.

    The patched wheel with its native dependency is built again, perturbed, and is the same.
    """
    machine, workspace = consumer
    targets = ("//:works_test", "//:reproducible_test")
    run = machine.bazel("test", "--disk_cache=", "--test_output=all", *targets, workspace=workspace)
    assert run.code == 0, run.output
    assert "WARNING lib-plain==1.0: other_name.pth is not run: its folder is no site directory" in run.output
    (build,) = run.of(BUILD)
    assert build.runner == "linux-sandbox"
    root = next(machine.output_root.glob("*/execroot/_main"))
    report = next(path for path in build.outputs if path.endswith(".report.json"))
    data = json.loads((root / report).read_text(encoding="utf-8"))
    assert [(p["filename"], p["files"]) for p in data["patches"]] == [("fix.patch", ["lib_native.c"])]
    assert [header["path"] for header in data["native"]["headers"]][-1] == "outer/outer.h"
    assert [library["path"] for library in data["native"]["libraries"]] == ["lib/libouter.a", "lib/libinner.a"]
    wheel = next(path for path in build.outputs if ".dist/" in path)
    with zipfile.ZipFile(root / wheel) as archive:
        binary = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".so"))
    assert b"bazel-out" not in binary
    assert b"/tmp/" not in binary


def test_oldest_python(consumer: tuple[Machine, Path], other_python: Callable[[str], str]) -> None:
    """A hub for 3.9, with a toolchain of it: a wheel and an sdist, run by it; the helper stays in a Python of its own."""
    machine, workspace = consumer
    module = workspace / "MODULE.bazel"
    before = module.read_text(encoding="utf-8")
    places = {"python": Path(other_python("3.9")).parents[2], "index": (workspace.parent / "simple").as_uri()}
    shutil.copytree(SOURCES / "old", workspace / "old")
    (workspace / "old/BUILD.bazel.in").rename(workspace / "old/BUILD.bazel")
    module.write_text(before + OLD.format(**places), encoding="utf-8")
    try:
        options = ("--disk_cache=", "--test_output=all", "--extra_toolchains=@old_python//:toolchain")
        run = machine.bazel("test", *options, "//old:old_test", workspace=workspace)
        assert run.code == 0, run.output
        (build,) = run.of(BUILD)
        wheel = "lib_native-1.0-cp39-cp39-linux_x86_64.whl"
        assert any(path.endswith(f"/{wheel}") for path in build.outputs)
        assert [argument.rpartition("/")[2] for argument in build.command if "python3" in argument][:1] != ["python3.9"]
    finally:
        module.write_text(before, encoding="utf-8")
        shutil.rmtree(workspace / "old")


def test_changed_inputs_build_again(consumer: tuple[Machine, Path]) -> None:
    """A native dependency is part of the build's key; a patch that does not fit fails with its place."""
    machine, workspace = consumer
    inner, patch = workspace / "native/inner.c", workspace / "fix.patch"
    texts = {path: path.read_text(encoding="utf-8") for path in (inner, patch)}
    try:
        inner.write_text(texts[inner].replace("21", "22"), encoding="utf-8")
        run = machine.bazel("test", "--disk_cache=", "--test_output=all", "//:works_test", workspace=workspace)
        assert len(run.of(BUILD)) == 1
        assert "AssertionError: 45" in run.output
        patch.write_text(texts[patch].replace("(outer());", "(other());"), encoding="utf-8")
        run = machine.bazel("build", "--disk_cache=", "@deps//lib_native:whl", workspace=workspace)
        assert run.code != 0
        message = "lib-native==1.0: fix.patch:6: hunk 1 does not fit lib_native.c at line 5: line 6 is"
        assert message in run.output, run.output
    finally:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
