"""A hub for several Pythons and platforms, cycles, replaced packages, and how little of a big lock is touched."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.choices import EXACT, OWN_PLATFORM, PLATFORMS, UNIFIED, WRONG_TAGS
from e2e.dep_groups import FLAG as GROUP
from e2e.dep_groups import write_grouped
from e2e.machines import REPOSITORY, Machine, Run
from support.local_index import make_wheel, sha256, write_simple

from reprowheel.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
CP = HERE.replace(".", "")
BIG = 1000
FLAG = "--@rules_python//python/config_settings:python_version=3.9.10"

MODULE = """\
module(name = "consumer")

bazel_dep(name = "platforms", version = "1.0.0")
bazel_dep(name = "rules_python", version = "1.7.0")
bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")

pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
pip.default(index_url = "{index}")
pip.parse(hub_name = "ring", requirements_lock = "//:ring.txt")
pip.parse(hub_name = "bare", build_requirements_lock = "//:bare.json", requirements_lock = "//:bare.txt")
pip.parse(hub_name = "loop", requirements_lock = "//:loop.txt")
pip.override(hub_name = "ring", name = "mine", target = "//:mine")
pip.override(file = "tail-1.0-py3-none-any.whl", patch_strip = 1, patches = ["//:tail.patch"])
pip.parse(hub_name = "multi", python_version = "3.9", requirements_lock = "//:old.txt")
pip.parse(hub_name = "multi", python_version = "{here}", requirements_lock = "//:new.txt")
pip.parse(hub_name = "plat", requirements_lock = "//:plat.txt", target_platforms = {platforms})
pip.parse(hub_name = "big", requirements_lock = "//:big.txt")
use_repo(pip, "bare", "big", "loop", "multi", "plat", "ring")
{more}
"""

BUILD_FILE = """\
load("@ring//:requirements.bzl", "requirement")
load("@rules_python//python:py_library.bzl", "py_library")
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load("@rules_python//python:py_test.bzl", "py_test")

py_library(
    name = "mine",
    srcs = ["mine.py"],
    imports = ["."],
    visibility = ["//visibility:public"],
)

py_test(
    name = "ring_test",
    srcs = ["ring_test.py"],
    deps = [requirement("ring.ONE")],
)

py_test(
    name = "bare_test",
    srcs = ["bare_test.py"],
    deps = ["@bare//ring_two"],
)

[
    platform(
        name = name,
        constraint_values = ["@platforms//cpu:" + cpu, "@platforms//os:" + os],
    )
    for name, os, cpu in [("arm", "linux", "aarch64"), ("mac", "osx", "aarch64"), ("windows", "windows", "x86_64")]
]

config_setting(
    name = "cuda",
    define_values = {"cuda": "12.9"},
    visibility = ["//visibility:public"],
)

# An interpreter whose version rules_python 0.22 cannot know: its flag says it.
py_runtime(
    name = "runtime",
    interpreter = "interpreter.sh",
    python_version = "PY3",
)

py_runtime_pair(
    name = "runtimes",
    py3_runtime = ":runtime",
)

toolchain(
    name = "declared",
    toolchain = ":runtimes",
    toolchain_type = "@rules_python//python:toolchain_type",
)
"""


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A workspace on a machine, and the text of its MODULE.bazel with a place for more."""

    machine: Machine
    workspace: Path
    index: str

    def write_module(self, more: str = "") -> None:
        """Write MODULE.bazel with more tags at its end."""
        text = MODULE.format(
            checkout=self.machine.checkout, here=HERE, index=self.index, more=more, platforms=list(PLATFORMS)
        ).replace("'", '"')
        (self.workspace / "MODULE.bazel").write_text(text, encoding="utf-8")

    def bazel(self, command: str, *arguments: str) -> Run:
        """Run Bazel in the workspace."""
        return self.machine.bazel(command, *arguments, workspace=self.workspace)

    def files(self, target: str, *options: str) -> list[str]:
        """Return the names of a target's files in a configuration."""
        run = self.bazel("cquery", "--output=files", *options, target)
        assert run.code == 0, run.output
        return [line.rpartition("/")[2] for line in run.output.splitlines() if line.startswith("external/")]

    def fetched(self, hub: str) -> set[str]:
        """Return the repositories of a hub's distributions that Bazel has made."""
        base = self.bazel("info", "output_base").output.strip().splitlines()[-1]
        names = [path.name.rpartition("~")[2] for path in Path(base, "external").iterdir() if not path.name.endswith(".marker")]
        return {name for name in names if name.startswith(hub + "_")}


def locked(wheels: Sequence[Path], *, extras: str = "", marker: str = "", via: Sequence[str] = ()) -> str:
    """Write one distribution as pip-compile does."""
    name, version = wheels[0].name.split("-")[:2]
    hashes = " ".join(f"--hash=sha256:{sha256(wheel)}" for wheel in wheels)
    comments = "".join(f"    # via {parent}\n" for parent in via)
    return f"{name.replace('_', '-')}{extras}=={version}{' ; ' + marker if marker else ''} {hashes}\n{comments}"


def write_locks(workspace: Path, dist: Path) -> list[Path]:
    """Write the wheels and the locks of all hubs; return the wheels."""
    one = make_wheel(dist, "ring-one", "1.0", files={"ring_one.py": "N = 1\n"}, requires=["ring-two[more]", "mine[any]"])
    two = make_wheel(dist, "ring-two", "1.0", files={"ring_two.py": "N = 2\n"}, requires=["ring-one", "tail; extra == 'more'"])
    tail = make_wheel(dist, "tail", "1.0", files={"tail.py": "N = 3\n"})
    mine = make_wheel(dist, "mine", "1.0", files={"mine.py": "raise AssertionError\n"})
    newer = make_wheel(dist, "tail", "2.0", files={"tail.py": "N = 4\n"})
    native = [make_wheel(dist, "native-one", "1.0", tag=f"cp{CP}-cp{CP}-{tag}", files={"n.py": ""}) for tag in PLATFORMS.values()]
    winonly = make_wheel(dist, "winonly", "1.0", files={"winonly.py": ""})
    locks = {
        "ring": locked([one], via=["ring-two"])
        + locked([two], extras="[more]", via=["ring-one"])
        + locked([tail])
        + locked([mine]),
        "bare": locked([one]) + locked([two]) + locked([tail]),
        "loop": locked([one]) + locked([two], extras="[more]") + locked([tail]),
        "old": locked([tail]) + locked([winonly]),
        "new": locked([newer]),
        "plat": locked(native) + locked([winonly], marker="sys_platform == 'win32'"),
        "big": locked([tail])
        + locked([winonly])
        + "".join(f"pkg-{n}==1.{n} --hash=sha256:{n:064x}\n    # via pkg-{n + 1}\n" for n in range(BIG - 2)),
    }
    for name, text in locks.items():
        (workspace / f"{name}.txt").write_text(text, encoding="utf-8")
    return [one, two, tail, mine, newer, *native, winonly]


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Consumer]:
    """Yield a workspace with four hubs."""
    base = tmp_path_factory.mktemp("hub")
    machine = Machine(base / "checkout", base / "state", cache / "downloads")
    workspace, dist = base / "workspace", base / "dist"
    workspace.mkdir()
    dist.mkdir()
    index = write_simple(base / "simple", write_locks(workspace, dist))
    bare = ["lock", str(workspace / "bare.txt"), "--out", str(workspace / "bare.json"), "--index-url", index]
    assert main(bare) == 0
    made = Consumer(machine=machine, workspace=workspace, index=index)
    made.write_module()
    (workspace / "BUILD.bazel").write_text(BUILD_FILE, encoding="utf-8")
    (workspace / "interpreter.sh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (workspace / "interpreter.sh").chmod(0o755)
    (workspace / "tail.patch").write_text("--- a/tail.py\n+++ b/tail.py\n@@ -1 +1 @@\n-N = 3\n+N = 33\n", encoding="utf-8")
    (workspace / "mine.py").write_text("N = 5\n", encoding="utf-8")
    program = "import mine, ring_one, ring_two, tail\nassert [mine.N, ring_one.N, ring_two.N, tail.N] == [5, 1, 2, 33]\n"
    (workspace / "ring_test.py").write_text(program, encoding="utf-8")
    program = "import ring_one, ring_two, tail\nassert [ring_one.N, ring_two.N, tail.N] == [1, 2, 33]\n"
    (workspace / "bare_test.py").write_text(program, encoding="utf-8")
    try:
        yield made
    finally:
        machine.bazel("shutdown", workspace=workspace)
        machine.remove()


def test_cycle_extra_replaced_and_patched_package_work_in_a_test(consumer: Consumer) -> None:
    """Packages that need each other, an extra between them, one that a target replaces, and one whose wheel is patched.

    Where the lock says nothing of who needs whom, the build lock does; without that, Bazel meets the cycle.
    """
    run = consumer.bazel("test", "//:bare_test", "//:ring_test")
    assert run.code == 0, run.output
    loop = consumer.bazel("cquery", "@loop//ring_two")
    assert loop.code != 0
    assert "cycle in dependency graph" in loop.output, loop.output
    assert "ring_mine_1_0" not in consumer.fetched("ring")
    refused = consumer.bazel("build", "@ring//mine:whl")
    assert refused.code != 0
    assert "pip.override replaces mine by @@//:mine, which has no such thing; expected :pkg." in refused.output


def test_python_selects_the_lock(consumer: Consumer) -> None:
    """The toolchain's version selects; where it says none, rules_python's flag does."""
    assert consumer.files("@multi//tail:whl") == ["tail-2.0-py3-none-any.whl"]
    other = ["--extra_toolchains=//:declared", FLAG]
    assert consumer.files("@multi//tail:whl", *other) == ["tail-1.0-py3-none-any.whl"]
    assert consumer.files("@multi//winonly:whl", *other) == ["winonly-1.0-py3-none-any.whl"]
    missing = consumer.bazel("cquery", "@multi//winonly")
    assert missing.code != 0
    assert (
        "@multi//winonly: no variant of winonly fits this configuration; it has one for Python 3.9. "
        'To fix: python_version or target_platforms of pip.parse(hub_name = "multi").'
    ) in missing.output


def test_platform_selects_the_wheel(consumer: Consumer) -> None:
    """Each target platform gets its own wheel, and packages only where their marker holds."""
    stem = f"native_one-1.0-cp{CP}-cp{CP}-"
    musl = "--@rules_reprowheel//python/config_settings:libc=musl"
    for options, platform in [
        ([], "linux_x86_64"),
        ([musl], "linux_x86_64_musl"),
        (["--platforms=//:arm"], "linux_aarch64"),
        (["--platforms=//:windows"], "windows_x86_64"),
    ]:
        assert consumer.files("@plat//native_one:whl", *options) == [f"{stem}{PLATFORMS[platform]}.whl"]
    assert consumer.files("@plat//winonly:whl", "--platforms=//:windows") == ["winonly-1.0-py3-none-any.whl"]
    for options, target in [(["--platforms=//:mac"], "@plat//native_one"), ([], "@plat//winonly")]:
        run = consumer.bazel("cquery", *options, target)
        assert run.code != 0
        assert "fits this configuration; it has one for the host's Python on " in run.output


def test_platform_of_the_user_selects_the_wheel(consumer: Consumer) -> None:
    """Its setting selects it, its patterns choose the wheel, its variables answer markers; a marker that fails hides one."""
    consumer.write_module(OWN_PLATFORM.replace("HERE", HERE))
    try:
        stem = f"native_one-1.0-cp{CP}-cp{CP}-"
        assert consumer.files("@own//native_one:whl") == [f"{stem}{PLATFORMS['linux_x86_64']}.whl"]
        assert consumer.files("@own//native_one:whl", "--define=cuda=12.9") == [f"{stem}{PLATFORMS['linux_x86_64_musl']}.whl"]
        assert consumer.files("@own//winonly:whl", "--define=cuda=12.9") == ["winonly-1.0-py3-none-any.whl"]
        refused = consumer.bazel("cquery", "@own//winonly:whl")
        assert f"it has one for Python {HERE} on linux_x86_64_cuda12.9." in refused.output
    finally:
        consumer.write_module()


def test_hub_of_all_hubs(consumer: Consumer) -> None:
    """The flag chooses the hub, the default is the named one; what a hub lacks can be analysed and not built."""
    (consumer.workspace / "pyproject.toml").write_text(f'[project]\nrequires-python = "=={HERE}.1"\n', encoding="utf-8")
    try:
        for tags in [EXACT, UNIFIED]:
            consumer.write_module(tags)
            run = consumer.bazel("query", "@pypi//tail:pkg")
            assert (run.code, "incorrect imports" in run.output) == (0, False), run.output
        venv = "--@rules_reprowheel//python/config_settings:venv="
        assert consumer.files("@pypi//tail:whl") == ["tail-1.0-py3-none-any.whl"]
        assert consumer.files("@pypi//tail:whl", venv + "multi") == ["tail-2.0-py3-none-any.whl"]
        for target, package, hub in [("winonly", "winonly", "ring"), ("only_declared:more", "only_declared:more", "ring")]:
            assert consumer.bazel("cquery", f"@pypi//{target}").code == 0
            run = consumer.bazel("build", f"@pypi//{target}")
            assert run.code != 0
            assert f'ERROR: PyPI package "{package}" is not available when building under PyPI hub "{hub}".' in run.output
        consumer.write_module(EXACT)
        assert consumer.bazel("query", "@exact//tail:pkg").code == 0
        base = consumer.bazel("info", "output_base").output.strip().splitlines()[-1]
        (config,) = Path(base, "external").glob("*~exact/config.bzl")
        assert f'"python_full_version": "{HERE}.1"' in config.read_text(encoding="utf-8")
    finally:
        consumer.write_module()


def test_big_lock_fetches_only_what_is_built(consumer: Consumer) -> None:
    """Of a thousand distributions, one is fetched for one, two for two."""
    assert consumer.bazel("query", "@big//...").output.count(":whl\n") == BIG
    assert consumer.fetched("big") == set()
    assert consumer.bazel("build", "@big//tail").code == 0
    assert consumer.fetched("big") == {"big_tail_1_0"}
    assert consumer.bazel("build", "@big//tail", "@big//winonly:whl").code == 0
    assert consumer.fetched("big") == {"big_tail_1_0", "big_winonly_1_0"}


@pytest.mark.parametrize(("tags", "message"), WRONG_TAGS)
def test_wrong_tags_say_what_is_wrong(consumer: Consumer, tags: str, message: str) -> None:
    """The extension stops with one line; nothing is fetched for it."""
    consumer.write_module(tags)
    try:
        run = consumer.bazel("query", "@multi//tail:pkg")
        assert run.code != 0
        assert message in run.output
    finally:
        consumer.write_module()


def test_three_formats_of_a_lock_give_the_same_labels(consumer: Consumer) -> None:
    """Locks that uv wrote of one project make the same packages and groups; a pylock.toml of uv's has no edges to group by."""
    locks = {"requirements_lock": "requirements.txt", "pylock_toml": "pylock.toml", "uv_lock": "uv.lock"}
    more = 'PLATFORMS = ["linux_x86_64", "osx_aarch64"]\n'
    for attribute, file in locks.items():
        shutil.copyfile(REPOSITORY / "tests/starlark/locks" / file, consumer.workspace / file)
        more += (
            f'pip.parse(hub_name = "{attribute}", {attribute} = "//:{file}", python_version = "3.12", '
            f'target_platforms = PLATFORMS)\nuse_repo(pip, "{attribute}")\n'
        )
    more += 'pip.parse(hub_name = "wanted", uv_lock = "//:uv.lock", python_version = "3.12", target_platforms = PLATFORMS, '
    more += 'lock_extras = ["cli"], lock_groups = ["dev"])\nuse_repo(pip, "wanted")\n'
    consumer.write_module(more)
    try:
        labels = {}
        for hub in [*locks, "wanted"]:
            run = consumer.bazel("query", f"@{hub}//...")
            assert run.code == 0, run.output
            labels[hub] = {line.partition("//")[2] for line in run.output.splitlines() if line.startswith(f"@{hub}//")}
        assert "distributed:pkg" in labels["uv_lock"]
        alike = {label for label in labels["uv_lock"] if not label.startswith(("_", "dep_group:"))}
        more_packages = {label.partition(":")[0] for label in alike - labels["requirements_lock"]}
        assert {"iniconfig", "rich"} <= more_packages  # of the extra and the group, which the flag dep_group chooses
        assert alike == {label for label in labels["wanted"] if not label.startswith(("_", "dep_group:"))}
        assert "_groups:cp312_osx_aarch64_dask" in labels["uv_lock"]
        formats = [{label for label in labels[hub] if not label.startswith("_")} for hub in ("requirements_lock", "pylock_toml")]
        assert formats[0] == formats[1] == {label for label in alike if label.partition(":")[0] not in more_packages}
        assert {name for hub in locks for name in consumer.fetched(hub)} == set()
    finally:
        consumer.write_module()


def test_rules_python_tags_are_taken_as_they_are(consumer: Consumer) -> None:
    """What 0.22 and newer ones write in a pip.parse, and the repository that whl_mods makes."""
    consumer.write_module(
        """
pip.whl_mods(hub_name = "mods", whl_name = "tail", data_exclude_glob = ["**/*.txt"])
pip.parse(
    name = "old",
    enable_implicit_namespace_pkgs = True,
    environment = {"A": "b"},
    extra_hub_aliases = {"tail": ["srcs"]},
    extra_pip_args = ["--no-cache-dir", "--index-url=INDEX"],
    isolated = False,
    python_interpreter = "python3",
    quiet = False,
    requirements_lock = "//:new.txt",
    timeout = 1200,
    whl_modifications = {"@mods//:tail.json": "tail"},
)
use_repo(pip, "mods", "old")
""".replace("INDEX", consumer.index)
    )
    try:
        run = consumer.bazel("build", "@old//:tail_pkg", "@old//tail:srcs")
        assert run.code == 0, run.output
        assert consumer.bazel("build", "@old//:tail_whl", "@mods//:tail.json").code == 0
    finally:
        consumer.write_module()


def test_flag_chooses_the_dependency_group(consumer: Consumer, tmp_path: Path) -> None:
    """One uv.lock serves groups that exclude each other: for a build, for one target, and under rules_py's name of the flag."""
    consumer.write_module(write_grouped(consumer.workspace, tmp_path / "grouped"))
    new, old = ([f"tail-{number}-py3-none-any.whl", "user-1.0-py3-none-any.whl"] for number in ("2.0", "1.0"))
    try:
        for flag, expected in [("", new), (f"{GROUP}new", new), (f"{GROUP}old", old), ("--@grouped//dep_group=OLD", old)]:
            assert sorted(consumer.files("//grouped:wheels", *filter(None, [flag]))) == expected, flag
        assert sorted(consumer.files("//grouped:both")) == sorted([*new, *old])
        assert consumer.files("@grouped//later:whl", f"{GROUP}slim") == ["later-1.0-py3-none-any.whl"]
        assert {"grouped_user_1_0", "grouped_dep_group_old_user_1_0"} <= consumer.fetched("grouped")
        assert "grouped_dep_group_new_user_1_0" not in consumer.fetched("grouped")
        for flag, message in [
            (f"{GROUP}nope", "dep_group 'nope' is in no uv.lock of @grouped; expected one of the groups of its lock: "),
            (f"{GROUP}old", "@grouped//later: later is not locked for what this configuration asks for; it is for "),
        ]:
            refused = consumer.bazel("cquery", "@grouped//later", flag)
            assert refused.code != 0
            assert message in refused.output, refused.output
    finally:
        consumer.write_module()
