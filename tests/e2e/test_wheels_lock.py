"""`wheels.lock`: recorded with one command, enforced for whatever uses a wheel, explained, and in no build's key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from e2e.fetching import Workspace, build_lock, hub, requirements, workspace
from e2e.machines import BUILD, Run
from support.local_index import BACK_END, make_sdist, write_simple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIN = "ReprowheelPin"
MODE = "--@rules_reprowheel//python/config_settings:wheels_lock"
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[tool.toy]
name = "{name}"
version = "1.0"
module = "x = {number}"
"""
# Asks a program that is not Python, so that the build's own clock does not answer.
CLOCK = BACK_END.replace("def _config():", "import subprocess\ndef _config():").replace(
    'c.get("module", "")', 'c.get("module", "") + "\\ny = " + subprocess.check_output(["date", "+%s%N"], text=True)'
)
NAMES = ("tiny-clock", "tiny-one", "tiny-two")
BUILD_FILE = """\
load("@fetches//:requirements.bzl", fetched = "all_whl_file_requirements")
load("@pypi//:requirements.bzl", "all_whl_file_requirements", "all_whl_requirements")
load("@rules_python//python:py_test.bzl", "py_test")
load("@rules_reprowheel//python:defs.bzl", "wheels_lock")

wheels_lock(name = "wheels", wheels = all_whl_file_requirements)

wheels_lock(name = "fetched", lock = "fetched.lock", wheels = fetched)

wheels_lock(name = "wrong", lock = "none.lock", tags = ["manual"], wheels = all_whl_requirements)

py_test(name = "app_test", srcs = ["app_test.py"], deps = ["@pypi//tiny_one", "@pypi//tiny_two"])

filegroup(name = "app", data = ["@pypi//tiny_clock", "@pypi//tiny_one"])

genrule(name = "wheel", srcs = ["@pypi//tiny_two:whl"], outs = ["wheel.txt"], cmd = "touch $@")
"""


# With rules_cc among the module's own dependencies both phases see one C/C++ toolchain: that of rules_cc, not of Bazel.
_DEPS = 'bazel_dep(name = "rules_cc", version = "0.2.17")\nbazel_dep(name = "rules_python", version = "1.7.0")\n'


class Pinned(Workspace):
    """A workspace whose hubs have wheels locks."""

    def put(self, base: Path, *, number: int) -> None:
        """Write the sdists, one with this number in its source, and all that locks them."""
        folder = base / f"sdists-{number}"
        folder.mkdir()
        self.sdists = {
            name: make_sdist(
                folder,
                name,
                "1.0",
                {
                    "pyproject.toml": PYPROJECT.format(name=name, number=number if name == "tiny-one" else 0),
                    "backend.py": CLOCK if name == "tiny-clock" else BACK_END,
                },
            )
            if name == "tiny-one" or not number
            else self.sdists[name]
            for name in NAMES
        }
        index = write_simple(base / f"simple-{number}", list(self.sdists.values()))
        common = {"requirements_lock": "//:requirements.txt", "build_requirements_lock": "//:lock.json", "index_url": index}
        hubs = _DEPS + hub("pypi", **common, wheels_lock="//:wheels.lock")
        hubs += hub("fetches", **common, wheels_lock="//:fetched.lock", build_phase="fetch")
        files = {
            "BUILD.bazel": BUILD_FILE,
            "app_test.py": "import tiny_one, tiny_two\n",
            "lock.json": build_lock({sdist: [] for sdist in self.sdists.values()}),
            "requirements.txt": requirements(list(self.sdists.values())),
        }
        self.write(hubs, files)

    def bazel(self, command: str, *arguments: str) -> Run:
        """Run a Bazel command without a disk cache."""
        return self.machine.bazel(command, "--disk_cache=", *arguments, workspace=self.folder)

    def lock(self, name: str = "wheels.lock") -> Any:
        """Return a lock's content."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[tuple[Pinned, Path]]:
    """Yield the workspace, and a folder for further sdists; the tests go through one story, in order."""
    base = tmp_path_factory.mktemp("pinned")
    with workspace(base, cache / "downloads", kind=Pinned) as space:
        assert isinstance(space, Pinned)
        space.put(base, number=0)
        for name in ("wheels.lock", "fetched.lock"):
            (space.folder / name).touch()
        yield space, base


def names(run: Run, mnemonic: str) -> list[str]:
    """Return the packages for which an action ran."""
    return sorted(re.sub(r".*(tiny_\w+?)_1_0//.*", r"\1", spawn.label) for spawn in run.of(mnemonic))


def test_unrecorded_wheel_fails_what_uses_it(pinned: tuple[Pinned, Path]) -> None:
    """An empty lock has no pins: a program and a file made of wheels fail, and the message tells what to do."""
    space, _ = pinned
    run = space.bazel("build", "--keep_going", "//:app", "//:wheel")
    assert run.code == 1, run.output
    for name in NAMES:
        assert f"ERROR {name}==1.0: wheels.lock has no pin of {name}\n" in run.output
    assert "TIP   To record it: bazel run the target NAME.update of your wheels_lock rule, or reprowheel pin" in run.output
    run = space.bazel("build", "//:wrong")
    assert "is already compared with its pin, so a wrong pin would stop its own update" in run.output
    assert "To fix: wheels = all_whl_file_requirements, or whl_file for whl in the label." in run.output


def test_one_command_records_all(pinned: tuple[Pinned, Path]) -> None:
    """After it the test and the program pass, and no wheel is built again; pins were looked at."""
    space, _ = pinned
    run = space.bazel("run", "//:wheels.update")
    assert run.code == 0, run.output
    assert "wheels.lock written" in run.output
    assert run.of(BUILD) == []
    lock = space.lock()
    assert (sorted(lock["wheels"]), lock["update"]) == (list(NAMES), "bazel run //:wheels.update")
    run = space.bazel("test", "//:wheels_test", "//:app_test", "//:app", "//:wheel")
    assert run.code == 0, run.output
    assert (run.of(BUILD), names(run, PIN)) == ([], ["tiny_clock", "tiny_one", "tiny_two"])


def test_pins_are_each_packages_own(pinned: tuple[Pinned, Path]) -> None:
    """One package's pin is edited: its comparison alone runs, and fails; nothing is built; a test that uses the wheel fails."""
    space, _ = pinned
    path = space.folder / "wheels.lock"
    good = path.read_text(encoding="utf-8")
    lock = space.lock()
    (pin,) = lock["wheels"]["tiny-two"]
    path.write_text(good.replace(pin["sha256"], "0" * 64), encoding="utf-8")
    run = space.bazel("test", "--keep_going", "--test_output=errors", "//:app_test", "//:app", "//:wheel", "//:wheels_test")
    assert run.code == 1, run.output
    assert (run.of(BUILD), names(run, PIN)) == ([], ["tiny_two"])
    assert re.search(r"^//:app_test +FAILED TO BUILD|^//:app_test +NO STATUS", run.output, re.MULTILINE), run.output
    assert re.search(r"^//:wheels_test +FAILED", run.output, re.MULTILINE), run.output
    assert f'-        "sha256": "{"0" * 64}",' in run.output
    expected = f"ERROR tiny-two==1.0: is not the wheel that wheels.lock records: sha256 {pin['sha256'][:12]}…, expected 0000"
    assert expected in run.output
    run = space.bazel("build", f"{MODE}=warn", "//:app", "//:wheel")
    assert run.code == 0, run.output
    assert expected.replace("ERROR", "WARNING") in run.output
    assert run.of(BUILD) == []
    run = space.bazel("build", f"{MODE}=off", "//:app", "//:wheel")
    assert (run.code, run.of(BUILD), run.of(PIN)) == (0, [], []), run.output
    assert "WARNING tiny-two" not in run.output
    path.write_text(good, encoding="utf-8")


def test_edited_source_is_named(pinned: tuple[Pinned, Path]) -> None:
    """Another sdist of the same version: the message says that the sdist moved, from what to what."""
    space, base = pinned
    (old,) = space.lock()["wheels"]["tiny-one"]
    space.put(base, number=1)
    run = space.bazel("build", "//:app")
    assert run.code == 1, run.output
    assert names(run, BUILD) == ["tiny_one"]
    found = re.search(r"ERROR (tiny-one.*)\nTIP   (.*)", run.output)
    assert found, run.output
    assert re.fullmatch(
        r"tiny-one==1\.0: wheels\.lock has no pin for this build; changed since the nearest pin:"
        rf" sdist: sha256 {old['sdist'][:12]}… → \w{{12}}…; it differs in Python sources",
        found[1],
    )
    assert found[2] == "If that is meant, record it: bazel run //:wheels.update"
    run = space.bazel("run", "//:wheels.update")
    assert run.code == 0, run.output
    (new,) = space.lock()["wheels"]["tiny-one"]
    assert new["sdist"] != old["sdist"]


def test_build_that_is_not_reproducible_is_blamed(pinned: tuple[Pinned, Path]) -> None:
    """Built again, two wheels are the recorded ones; the third reads the clock, and the build is told to be at fault."""
    space, _ = pinned
    space.machine.bazel("clean", workspace=space.folder)
    run = space.bazel("build", "--keep_going", "//:app", "//:wheel")
    assert run.code == 1, run.output
    assert names(run, BUILD) == ["tiny_clock", "tiny_one", "tiny_two"]
    assert re.findall(r"ERROR (tiny.*?):", run.output) == ["tiny-clock==1.0"]
    assert "it differs in Python sources; the whole key is equal, so the build is not reproducible\n" in run.output
    assert "TIP   To find the cause: reprowheel verify SDIST, or a reproducibility_test of it" in run.output


def test_repository_phase(pinned: tuple[Pinned, Path]) -> None:
    """Wheels that the repository phase builds are recorded and compared too: under the same keys, with the same digests."""
    space, _ = pinned
    run = space.bazel("run", "//:fetched.update")
    assert run.code == 0, run.output
    of_actions, of_fetch = space.lock()["wheels"], space.lock("fetched.lock")["wheels"]
    moved = {}
    for name in NAMES:
        (one,), (other,) = of_actions[name], of_fetch[name]
        moved[name] = {key: (one[key], other[key]) for key in one if one[key] != other[key]}
    assert set(moved.pop("tiny-clock")) == {"sha256", "contents"}
    assert moved == {"tiny-one": {}, "tiny-two": {}}
    path = space.folder / "fetched.lock"
    path.write_text(path.read_text(encoding="utf-8").replace(of_fetch["tiny-one"][0]["sha256"], "0" * 64), encoding="utf-8")
    run = space.bazel("build", "--keep_going", *(f"@fetches//{name.replace('-', '_')}" for name in NAMES))
    assert (run.code, len(run.of(PIN)), run.of(BUILD)) == (1, 3, []), run.output
    assert re.findall(r"ERROR (tiny.*? records)", run.output) == ["tiny-one==1.0: is not the wheel that fetched.lock records"]
