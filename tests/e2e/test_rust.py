"""Sdists that use Rust, with crates from a registry on the loopback: what Bazel fetches, builds, shares and says."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from e2e.fetching import Workspace, build_lock, hub, requirements, workspace
from e2e.machines import BUILD
from e2e.rust_sdists import (
    CRATES,
    SDISTS,
    back_end,
    cargo_config,
    crates_of_lock,
    keys_of,
    make_held,
    sdist_with_crates,
    serve_at,
    write_registry,
)
from e2e.test_failures import OFFLINE
from support.local_index import write_simple
from support.rust import rust
from support.serving import serving_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SYSTEM = "/usr/local/bin:/usr/bin:/bin"
_TEST = """\
import rusty_one, rusty_two
assert (rusty_one.number(), rusty_two.number()) == (301, 4320)
"""
_BUILD = """\
load("@rules_python//python:py_test.bzl", "py_test")

py_test(
    name = "numbers",
    srcs = ["numbers_test.py"],
    main = "numbers_test.py",
    deps = ["@pypi//rusty_one", "@pypi//rusty_two"],
)
"""
_TARGETS = ("//:numbers", "@pypi//rusty_one:whl", "@pypi//rusty_two:whl")
# Debian's packages of rule sets, for a WORKSPACE file.
_PACKAGED = {
    "bazel_skylib": "tools/skylib",
    "platforms": "tools/platforms",
    "rules_cc": "rules/cc",
    "rules_python": "rules/python",
}
_WORKSPACE = """\
workspace(name = "consumer")

local_repository(name = "rules_reprowheel", path = "{checkout}")

{rule_sets}
load("@rules_reprowheel//python:pip.bzl", "pip_parse")

[pip_parse(
    name = name,
    build_requirements_lock = "//:lock.json",
    crate_index = "{index}",
    index_url = "{pages}",
    requirements_lock = "//:requirements.txt",
) for name in ["pypi", "more"]]

load("@pypi//:requirements.bzl", "install_deps")

install_deps()

load("@more//:requirements.bzl", more = "install_deps")

more()
"""
_RULES_PYTHON = 'bazel_dep(name = "rules_python", version = "1.7.0")\n'

# A toolchain of a type of its own, with the fields that rules_rust's has, and files of another repository.
_TYPE_BZL = """\
def _impl(ctx):
    return [platform_common.ToolchainInfo(
        all_files = depset(ctx.files.files),
        cargo = ctx.file.cargo,
        env = {},
        rustc = ctx.file.rustc,
    )]

own_rust = rule(
    implementation = _impl,
    attrs = {
        "cargo": attr.label(allow_single_file = True),
        "files": attr.label_list(allow_files = True),
        "rustc": attr.label(allow_single_file = True),
    },
)
"""
_TYPE_BUILD = """\
load(":own.bzl", "own_rust")

exports_files(["cargo", "rustc"])

toolchain_type(name = "type", visibility = ["//visibility:public"])

own_rust(
    name = "own",
    cargo = "cargo",
    files = ["rustc", "cargo"],
    rustc = "rustc",
)

toolchain(
    name = "toolchain",
    toolchain = ":own",
    toolchain_type = ":type",
)
"""
_TOOLCHAINS = 'toolchains = use_extension("@rules_reprowheel//python:extensions.bzl", "toolchains")\n'
_OF_TYPE = f'register_toolchains("//rust:toolchain")\n{_TOOLCHAINS}toolchains.rust(toolchain_type = "//rust:type")\n'
_OF_FILES = f'{_TOOLCHAINS}toolchains.rust(rustc = "//rust:rustc", cargo = "//rust:cargo")\n'


@dataclass(frozen=True, kw_only=True)
class Made:
    """A workspace with a hub of two sdists.

    :param hubs: what MODULE.bazel has of it.
    :param files: its files, without cargo's configuration.
    :param index: the registry, as cargo's `index` has it.
    :param lock: the build lock.
    """

    space: Workspace
    hubs: str
    files: dict[str, str]
    index: str
    lock: dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Made]:
    """Yield the workspace, while its registry is served."""
    base = tmp_path_factory.mktemp("rust")
    registry, tool = base / "registry", back_end(base)
    write_registry(registry)
    with serving_folder(registry) as address:
        index, commit = serve_at(registry, address), make_held(base)
        sdists = [sdist_with_crates(base, name, index, commit) for name in SDISTS]
        lock = json.loads(build_lock({sdist: [tool] for sdist in sdists}))
        lock["crates"] = crates_of_lock(base, commit)
        for name in SDISTS:
            lock["sdists"][f"{name}==1.0"]["rust"] = {"crates": keys_of(name, lock["crates"])}
        shared = {
            "build_requirements_lock": "//:lock.json",
            "index_url": write_simple(base / "simple", [tool, *sdists]),
            "requirements_lock": "//:requirements.txt",
        }
        hubs = _RULES_PYTHON + hub("pypi", **shared) + hub("fetched", build_phase="fetch", **shared)
        files = {
            "BUILD.bazel": _BUILD,
            "lock.json": json.dumps(lock),
            "numbers_test.py": _TEST,
            "requirements.txt": requirements(sdists),
        }
        path = f"{rust()}/bin:{_SYSTEM}"
        with workspace(base, cache / "downloads", PATH=path, USER="alice") as space:
            space.write(hubs, files | {".cargo/config.toml": cargo_config(index)})
            yield Made(space=space, hubs=hubs, files=files, index=index, lock=lock)


@pytest.fixture(scope="module")
def digests(made: Made, cache: Path) -> dict[str, str]:
    """Return file name → digest of the wheels that actions of the first machine have built, into a disk cache."""
    run = made.space.machine.bazel("test", f"--disk_cache={cache / 'disk-rust'}", *_TARGETS, workspace=made.space.folder)
    assert run.code == 0, run.output
    assert [spawn.runner for spawn in run.of(BUILD)] == ["linux-sandbox"] * 2
    return made.space.action_wheels("pypi")


def write_with_tools(made: Made, tag: str) -> None:
    """Write the workspace with a tag of `toolchains`, and what it names."""
    tools = {f"rust/{name}": (rust() / "bin" / name).read_text(encoding="utf-8") for name in ("rustc", "cargo")}
    files = {"rust/own.bzl": _TYPE_BZL, "rust/BUILD.bazel": _TYPE_BUILD} | tools
    made.space.write(made.hubs + tag, made.files | files | {".cargo/config.toml": cargo_config(made.index)})
    for name in tools:
        (made.space.folder / name).chmod(0o755)


def test_built_in_a_sandbox(made: Made, digests: dict[str, str]) -> None:
    """Each crate is one repository for both sdists; cargo's configuration says where it is; a test imports the wheels."""
    assert len(digests) == 2
    folders = [path for path in made.space.machine.output_root.glob("*/external/*reprowheel_crate_*") if path.is_dir()]
    found = sorted(file.name for folder in folders for file in folder.glob("*.crate"))
    assert found == [f"{name}-1.0.0.crate" for name in CRATES]
    assert len(folders) == len(CRATES) + 1, "the commit has one, too"


def test_repository_phase(made: Made, digests: dict[str, str]) -> None:
    """Another hub takes the same crates, and builds the same bytes in the repository phase."""
    code, output, _ = made.space.build("@fetched//rusty_one:whl", "@fetched//rusty_two:whl")
    assert code == 0, output
    assert made.space.fetched_wheels("fetched") == digests


def test_second_machine_without_a_network(made: Made, digests: dict[str, str], tmp_path: Path, cache: Path) -> None:
    """Another output base, home and path run no build action; with no route, the crates come from the repository cache."""
    with workspace(tmp_path, cache / "downloads", PATH=made.space.machine.environment["PATH"], USER="bob") as other:
        other.write(made.hubs, made.files | {".cargo/config.toml": cargo_config(made.index)})
        run = other.machine.bazel(
            "test", f"--disk_cache={cache / 'disk-rust'}", *_TARGETS, prefix=OFFLINE, workspace=other.folder
        )
        assert run.code == 0, run.output
        assert [spawn.cached for spawn in run.of(BUILD)] == [True, True]
        assert other.action_wheels("pypi") == digests


def test_toolchain_of_a_type(made: Made, digests: dict[str, str]) -> None:
    """A toolchain of the user's own type is an input of the action, and makes the same bytes; the repository phase refuses it."""
    write_with_tools(made, _OF_TYPE)
    code, output, built = made.space.build("@pypi//rusty_one:whl")
    assert code == 0, output
    assert built
    assert built.items() <= digests.items()
    code, output, _ = made.space.build("@fetched//rusty_one:whl")
    assert code != 0
    assert 'requirements.txt:1: rusty-one==1.0: it is built with Rust by toolchains.rust(toolchain_type = "' in output
    assert 'rust:type"), and no toolchain is resolved in build_phase "fetch"; expected build_phase "action". To fix: ' in output


def test_toolchain_by_files(made: Made, digests: dict[str, str]) -> None:
    """The same files, named one by one, are the same inputs: nothing is built again. The repository phase takes them, too."""
    write_with_tools(made, _OF_FILES)
    code, output, built = made.space.build("@pypi//rusty_one:whl", "@fetched//rusty_one:whl")
    assert code == 0, output
    assert not built
    assert made.space.fetched_wheels("fetched").items() >= {name: digests[name] for name in digests if "one" in name}.items()


def test_verified(made: Made, digests: dict[str, str]) -> None:
    """A test builds the same again, perturbed, with toolchain and crates of the action, whose paths are relative."""
    assert digests
    write_with_tools(made, _OF_FILES + 'use_repo(pip, "pypi_rusty_one_1_0")\n')
    text = 'load("@rules_reprowheel//python:defs.bzl", "reproducibility_test")\n\n'
    text += 'reproducibility_test(name = "same", sdist_wheel = "@pypi_rusty_one_1_0//:whl_file")\n'
    (made.space.folder / "BUILD.bazel").write_text(text, encoding="utf-8")
    run = made.space.machine.bazel("test", "--disk_cache=", "//:same", workspace=made.space.folder)
    assert run.code == 0, run.output


def test_lock_update(made: Made) -> None:
    """The command of the hub writes the crates of both sdists, those of git, too, as they were written by hand."""
    made.space.write(made.hubs, made.files | {".cargo/config.toml": cargo_config(made.index)})
    (made.space.folder / "lock.json").unlink()
    run = made.space.machine.bazel("run", "@pypi//:lock.update", workspace=made.space.folder)
    assert run.code == 0, run.output
    lock = json.loads((made.space.folder / "lock.json").read_text(encoding="utf-8"))
    assert lock["crates"] == made.lock["crates"]
    expected = {key: sdist["rust"]["crates"] for key, sdist in made.lock["sdists"].items()}
    assert {key: sdist["rust"]["crates"] for key, sdist in lock["sdists"].items()} == expected


def test_workspace_file(made: Made, digests: dict[str, str]) -> None:
    """Two hubs of a WORKSPACE file share the crates, and build the same bytes."""
    rule_sets = "".join(f'local_repository(name = "{n}", path = "/usr/share/bazel/{path}")\n' for n, path in _PACKAGED.items())
    text = _WORKSPACE.format(
        checkout=made.space.machine.checkout,
        index=made.index,
        pages=made.hubs.partition('index_url = "')[2].partition('"')[0],
        rule_sets=rule_sets,
    )
    made.space.write(made.hubs, made.files | {"WORKSPACE": text})
    targets = [f"@{hub_name}_rusty_{n}_1_0//:whl_file" for hub_name in ("pypi", "more") for n in ("one", "two")]
    code, output, built = made.space.build("--noenable_bzlmod", "--enable_workspace", *targets)
    (made.space.folder / "WORKSPACE").unlink()
    assert code == 0, output
    assert built == digests


def test_host_without_rust(made: Made) -> None:
    """Where there is no Rust, a package that needs it says so, with what to do."""
    if shutil.which("rustc", path=_SYSTEM):
        pytest.skip("the system has a rustc")
    made.space.write(made.hubs, made.files)
    known = made.space.machine.environment
    made.space.machine.environment = known | {"PATH": _SYSTEM}
    try:
        code, output, _ = made.space.build("@pypi//rusty_one:whl")
    finally:
        made.space.machine.environment = known
    assert code != 0
    (line,) = {line.partition("Error in fail: ")[2] for line in output.splitlines() if "Error in fail: " in line}
    assert ": rusty-one==1.0: it is built with Rust, and this host has no rustc and cargo; expected both in one of " in line
    assert "To fix: install them (Debian, Ubuntu: apt install rustc cargo; " in line


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("checksum", "http://127.0.0.1:{port}/crates/shared-1.0.0.crate has sha256 {found}; expected {wanted}. To fix: "),
        ("missing", "no registry has the crate (http://127.0.0.1:{port}/crates/shared-9.9.9.crate says 404 "),
        ("down", "no registry has the crate (http://127.0.0.1:9/index/config.json: "),
    ],
)
def test_errors_are_one_line(made: Made, change: str, expected: str) -> None:
    """A changed checksum, a crate that the registry lacks, a registry that is down: each is told with its place in the lock."""
    lock = json.loads(json.dumps(made.lock))
    version, wanted = ("9.9.9" if change == "missing" else "1.0.0"), "f" * 64
    found = lock["crates"]["shared==1.0.0"]["sha256"]
    lock["crates"][f"shared=={version}"] = {"sha256": wanted}
    lock["sdists"]["rusty-one==1.0"]["rust"]["crates"] = [f"shared=={version}"]
    index = "sparse+http://127.0.0.1:9/index/" if change == "down" else made.index
    hubs = made.hubs.replace('hub_name = "pypi",', f'hub_name = "pypi",\n    crate_index = "{index}",')
    made.space.write(hubs, made.files | {"lock.json": json.dumps(lock)})
    code, output, _ = made.space.build("@pypi//rusty_one:whl")
    assert code != 0
    (line,) = {line.partition("Error in fail: ")[2] for line in output.splitlines() if "Error in fail: " in line}
    port = made.index.partition("127.0.0.1:")[2].partition("/")[0]
    place = f'lock.json: crates["shared=={version}"]: shared=={version}: '
    assert line.startswith(place + expected.format(port=port, found=found, wanted=wanted)), line
    assert "To fix: " in line
