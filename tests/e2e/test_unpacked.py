"""A fetched wheel is files in its repository: those that the helper would install, with the labels of a built wheel."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.damaged_wheels import damaged
from e2e.machines import BUILD, INSTALL, Machine, Run
from e2e.wheel_makers import Tree, index_of, metadata, sdist_of, wheel_of

from reprowheel.install.changes import InstallChanges
from reprowheel.install.tree import install_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(__file__).parent / "unpacked/workspace"
MODULE = """\
module(name = "consumer")

bazel_dep(name = "rules_python", version = "1.7.0")
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")

pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.whl_mods(
    additive_build_content = \"\"\"
load("@bazel_skylib//rules:write_file.bzl", "write_file")

write_file(
    name = "generated_file",
    out = "generated_file.txt",
    content = ["Hello world from build content file"],
)
\"\"\",
    copy_executables = {{
        "@@//:data/copied.py": "copied_content/run.py",
        "bin/speak": "copied_content/speak",
    }},
    copy_files = {{
        "//:data/copied.txt": "copied_content/file.txt",
        "site-packages/two_ways/words.txt": "copied_content/words.txt",
    }},
    data = [":generated_file"],
    data_exclude_glob = ["site-packages/*.dist-info/WHEEL", "**/*.csv"],
    hub_name = "mods",
    srcs_exclude_glob = ["site-packages/two_ways/tests/**"],
    whl_name = "two-ways",
)
use_repo(pip, "mods")
pip.parse(
    hub_name = "deps",
    build_requirements_lock = "//:build-lock.json",
    extra_hub_aliases = {{"two-ways": ["bin/speak"]}},
    index_url = "{index}",
    requirements_lock = "//:requirements.txt",
    whl_modifications = {{"@mods//:two-ways.json": "two-ways"}},
)
pip.override(
    hub_name = "deps",
    name = "every-kind",
    data_exclude_glob = ["**/*.csv", "site-packages/kinds/d*/**"],
    install_patch_strip = 1,
    install_patches = ["//:installed.patch"],
    srcs_exclude_glob = ["**/tests/**"],
)
pip.override(
    file = "patched-1.0-py3-none-any.whl",
    patch_strip = 1,
    patches = ["//:wrong.patch"],
)
use_repo(pip, "deps")
"""
DATA = "two_ways-1.0.data"
TWO_WAYS: Tree = {
    "two_ways/__init__.py": (0o644, b"NAME = 'two ways'\ndef main():\n    print(NAME)\n"),
    "two_ways/words.txt": (0o644, b"one two\n"),
    "two_ways/left_out.csv": (0o644, b"1\n"),
    "two_ways/tests/__init__.py": (0o644, b""),
    "space/part.py": (0o644, b"NAME = 'part'\n"),
    f"{DATA}/scripts/shout": (0o755, b"#!python\nprint('TWO WAYS')\n"),
    f"{DATA}/data/share/note.txt": (0o644, b"note\n"),
    f"{DATA}/headers/two.h": (0o644, b"int two;\n"),
    "two_ways-1.0.dist-info/entry_points.txt": (0o644, b"[console_scripts]\nspeak = two_ways:main\n"),
    **metadata("two-ways"),
}
KINDS_DATA = "Every.Kind-1.0.data"  # spelled in another way than .dist-info
EVERY_KIND: Tree = {
    "kinds/__init__.py": (0o664, b"first = 1\nsecond = 2\n"),
    "kinds/native.cpython-311-x86_64-linux-gnu.so": (0o755, b"\x7fELF not really\0\xff"),
    'kinds/a file, with "marks".txt': (0o600, b"spaces\n"),
    "kinds/no mode.txt": (0, b"0\n"),
    "kinds/group.txt": (0o674, b"executable for the group alone\n"),
    "kinds/table.csv": (0o644, b"1\n"),
    "kinds/deep/er/file.txt": (0o644, b"left out with its folder\n"),
    "kinds/tests/test_it.py": (0o644, b""),
    "kinds/__pycache__/__init__.cpython-311.pyc": (0o644, b"stale"),
    "kinds/only/__pycache__/x.cpython-311.pyc": (0o644, b"stale"),
    "kinds/sha384.bin": (0o644, bytes(range(256))),
    "kinds/sha512.bin": (0o644, b"512"),
    "kinds/md5.bin": (0o644, b"md5"),
    "kinds/sha3.bin": (0o644, b"sha3"),
    "kinds/empty": (0o644, b""),
    "shared/inner/module.py": (0o644, b""),
    "kinds.pth": (0o644, b"kinds\n"),
    f"{KINDS_DATA}/purelib/pure.py": (0o644, b"PURE = 1\n"),
    f"{KINDS_DATA}/purelib/kinds/more.py": (0o644, b"MORE = 1\n"),
    f"{KINDS_DATA}/platlib/kinds/deeper/plat.py": (0o644, b"PLAT = 1\n"),
    f"{KINDS_DATA}/platlib/plat/__init__.py": (0o644, b"PLAT = 2\n"),
    f"{KINDS_DATA}/scripts/options": (0o644, b"#!pythonw -O -u\nprint('options')\n"),
    f"{KINDS_DATA}/scripts/shell": (0o755, b"#!/bin/sh\necho shell\n"),
    f"{KINDS_DATA}/scripts/binary": (0o755, b"\x7fELF\0\xfe\xff"),
    f"{KINDS_DATA}/headers/sub/kinds.h": (0o644, b"int kinds;\n"),
    f"{KINDS_DATA}/data/share/it's here/note.txt": (0o644, b"note\n"),
    f"{KINDS_DATA}/data/etc/run": (0o755, b"#!python\n"),
    "every_kind-1.0.dist-info/entry_points.txt": (
        0o644,
        b"[console_scripts]\nkinds = kinds:main.run\nk.py=kinds : main [extra]\n\n[gui_scripts]\nwindow = k:m\n[other]\nx = y\n",
    ),
    "every_kind-1.0.dist-info/INSTALLER": (0o644, b"somebody\n"),
    "every_kind-1.0.dist-info/REQUESTED": (0o644, b""),
    "every_kind-1.0.dist-info/direct_url.json": (0o644, b"{}"),
    "every_kind-1.0.dist-info/RECORD.jws": (0o644, b"{}"),
    "every_kind-1.0.dist-info/licenses/LICENSE": (0o644, b"free\n"),
    **metadata("every-kind"),
}
ALGORITHMS = {f"kinds/{name}.bin": name for name in ("sha384", "sha512", "md5")} | {"kinds/sha3.bin": "sha3_256"}
ODD_NAMES: Tree = {
    "odd/__init__.py": (0o644, b""),
    "odd/BUILD": (0o644, b"x\n"),
    "odd/a:b.txt": (0o644, b""),
    **metadata("odd-names"),
}
CHANGES = {"exclude": ["**/*.csv", "site-packages/kinds/d*/**"], "exclude_sources": ["**/tests/**"], "namespaces": True}


class Workspace:
    """The consumer's workspace on a machine."""

    def __init__(self, base: Path, cache: Path) -> None:
        self.machine = Machine(base / "checkout", base / "state", cache / "downloads", umask=0o077)
        self.folder, self.archives = base / "workspace", base / "archives"
        shutil.copytree(SOURCES, self.folder)
        (self.folder / "BUILD.bazel.in").rename(self.folder / "BUILD.bazel")  # not a package of this repository
        self.damaged = damaged()
        archives = {
            "every_kind-1.0-py3-none-any.whl": wheel_of(EVERY_KIND, ALGORITHMS),
            "two_ways-1.0-py3-none-any.whl": wheel_of(TWO_WAYS),
            "two_ways-1.0.tar.gz": sdist_of("two-ways", TWO_WAYS),
            "odd_names-1.0-py3-none-any.whl": wheel_of(ODD_NAMES),
            "patched-1.0-py3-none-any.whl": wheel_of({"patched.py": (0o644, b"one = 1\n"), **metadata("patched")}),
            **{f"{name.replace('-', '_')}-1.0-py3-none-any.whl": data for name, (data, _) in self.damaged.items()},
        }
        index, digests = index_of(base / "simple", archives)
        self.archives.mkdir()
        for filename, data in archives.items():
            (self.archives / filename).write_bytes(data)
        lines = [f"{name}==1.0 " + " ".join(f"--hash=sha256:{digest}" for digest in found) for name, found in digests.items()]
        self.write("requirements.txt", "\n".join(lines) + "\n")
        self.write("build-lock.json", json.dumps(build_lock(archives["two_ways-1.0.tar.gz"]), indent=2, sort_keys=True) + "\n")
        self.write("MODULE.bazel", MODULE.format(checkout=self.machine.checkout, index=index))

    def write(self, name: str, text: str) -> None:
        """Write a file of the workspace."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def bazel(self, command: str, *arguments: str) -> Run:
        """Run Bazel there."""
        return self.machine.bazel(command, "--disk_cache=", *arguments, workspace=self.folder)

    def spoke(self, name: str) -> Path:
        """Return the repository of a package."""
        return next(self.machine.output_root.glob(f"*/external/*deps_{name}_1_0"))


def build_lock(sdist: bytes) -> dict[str, object]:
    """Return a build lock with the one sdist."""
    entry = {
        "build_backend": "backend",
        "build_requirements": [],
        "entry_points": {"console_scripts": {"speak": "two_ways:main"}},
        "filename": "two_ways-1.0.tar.gz",
        "provides_extra": [],
        "requires_dist": [],
        "requires_python": "",
        "sha256": hashlib.sha256(sdist).hexdigest(),
    }
    return {"build_lock_version": 1, "sdists": {"two-ways==1.0": entry}, "wheels": {}}


def files_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return path → mode and content of every file, and of folders without files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() or not any(path.iterdir()):
            mode = stat.S_IMODE(path.lstat().st_mode)
            found[path.relative_to(folder).as_posix()] = (mode, b"folder" if path.is_dir() else path.read_bytes())
    return found


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Workspace]:
    """Yield the workspace on its machine."""
    made = Workspace(tmp_path_factory.mktemp("unpacked"), cache)
    try:
        yield made
    finally:
        made.bazel("shutdown")
        made.machine.remove()


def test_the_files_are_those_of_the_helper(workspace: Workspace, tmp_path: Path) -> None:
    """Paths, bytes and modes are those that `reprowheel install` makes of the same wheel with the same changes."""
    run = workspace.bazel("build", "@deps//every_kind", "@deps//every_kind:extracted_whl_files", "@deps//odd_names")
    assert run.code == 0, run.output
    assert ["odd_names" in spawn.label for spawn in run.of(INSTALL)] == [True], "names that can be no labels are in a tree"
    assert "WARNING every-kind==1.0: kinds.pth is not run: its folder is no site directory" in run.output
    patches = [SOURCES / "installed.patch"]
    install_wheel(
        workspace.archives / "every_kind-1.0-py3-none-any.whl",
        tmp_path / "tree",
        InstallChanges(patches=patches, patch_strip=1, **CHANGES),
    )
    spoke, found = workspace.spoke("every_kind"), {}
    for folder in ("site-packages", "bin", "include", "data"):
        found |= {f"{folder}/{name}": file for name, file in files_of(spoke / folder).items()}
    found |= {f"bin/{name}": file for name, file in files_of(spoke / "scripts").items()}
    expected = files_of(tmp_path / "tree")
    assert found.keys() == expected.keys()
    assert {name: file for name, file in found.items() if file != expected[name]} == {}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (spoke / "site-packages").rglob("*") if path.is_dir()} == {0o755}


def test_damaged_wheels_are_refused(workspace: Workspace) -> None:
    """Each defect is told in one line with the line of the lock; nothing of the wheel is left outside of its repository."""
    labels = [f"@deps//{name.replace('-', '_')}" for name in workspace.damaged]
    run = workspace.bazel("build", "--keep_going", "@deps//patched", *labels)
    assert run.code != 0
    lines = run.output.splitlines()
    for number, (name, (_, message)) in enumerate(workspace.damaged.items(), start=5):
        place = f"requirements.txt:{number}: {name}==1.0: {name.replace('-', '_')}-1.0-py3-none-any.whl: "
        said = [line for line in lines if place in line]
        assert said, (name, run.output)
        assert message in said[0]
        assert said[0].endswith(". To fix: lock another file.")
    assert not list(workspace.machine.output_root.glob("*/external/out.py"))
    (said,) = {line for line in lines if line.startswith("Error in fail: requirements.txt:4: ")}
    assert "patched==1.0: wrong.patch:3: hunk 1 does not fit patched.py at line 1: line 1 is" in said
    assert "To fix: make the patch again for this version of the package; it may hold the change already, or need" in said


def test_nothing_changes_from_wheel_to_sdist(workspace: Workspace) -> None:
    """With `no_binary` the same package is built; imports, metadata, data, programs, copies and genrules stay as they are."""
    run = workspace.bazel("test", "--test_output=errors", "//:uses_test")
    assert run.code == 0, run.output
    assert not run.of(BUILD)
    assert not run.of(INSTALL)
    module = (workspace.folder / "MODULE.bazel").read_text(encoding="utf-8")
    workspace.write("MODULE.bazel", module.replace("    index_url = ", '    no_binary = ["two-ways"],\n    index_url = '))
    try:
        run = workspace.bazel("test", "--test_output=errors", "//:uses_test")
        assert run.code == 0, run.output
        assert run.of(BUILD)
    finally:
        workspace.write("MODULE.bazel", module)
