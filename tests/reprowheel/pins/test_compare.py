"""Pins of built wheels: what is recorded, what is kept, and how each kind of difference is explained."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import Conditions, build, make_sdist
from support.pins import built

from reprowheel.errors import PinError, UsageError
from reprowheel.pins.compare import PinVerdict, check_wheel, read_built, record
from reprowheel.pins.wheels_lock import WheelsLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

COMMAND = "bazel run //:wheels.update"
ELF = {"tiny/native.so": "\x7fELF one", "tiny/__init__.py": "", "tiny/data.txt": "x"}


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., PinVerdict]:
    """Return a function that records one build and compares another, each told by its changes and files."""

    def run(
        old: Mapping[str, object] | None,
        new: Mapping[str, object],
        *,
        old_files: Mapping[str, str] | None = None,
        new_files: Mapping[str, str] | None = None,
    ) -> PinVerdict:
        lock = WheelsLock(update=COMMAND)
        if old is not None:
            lock = record(lock, [read_built(*built(tmp_path / "old", old, old_files))])
        return check_wheel(lock, read_built(*built(tmp_path / "new", new, new_files or old_files)), "wheels.lock")

    return run


def test_recorded_wheel_is_the_pinned_one(check: Callable[..., PinVerdict]) -> None:
    """Equal inputs and bytes: nothing to say."""
    verdict = check({}, {})
    assert (verdict.result, verdict.message, verdict.tip) == ("pinned", "", "")
    assert verdict.expected == verdict.sha256 != ""


def test_no_pin_at_all(check: Callable[..., PinVerdict]) -> None:
    """The message says so, and which command records it."""
    verdict = check(None, {})
    assert verdict.result == "unpinned"
    assert verdict.message == "tiny==1.0: wheels.lock has no pin of tiny"
    assert verdict.tip == f"To record it: {COMMAND}"


def test_without_a_recorded_command(tmp_path: Path) -> None:
    """A lock that no rule has written names both ways."""
    verdict = check_wheel(WheelsLock(), read_built(*built(tmp_path)), "wheels.lock")
    assert verdict.tip == (
        "To record it: bazel run the target NAME.update of your wheels_lock rule,"
        " or reprowheel pin --lock FILE --built REPORT WHEEL"
    )


def test_same_key_other_bytes(check: Callable[..., PinVerdict]) -> None:
    """All inputs are equal: the build itself is at fault, and that is what has to be looked into."""
    verdict = check({}, {}, old_files=ELF, new_files=ELF | {"tiny/native.so": "\x7fELF two", "tiny/data.txt": "y"})
    assert verdict.result == "different"
    assert verdict.message == (
        f"tiny==1.0: is not the wheel that wheels.lock records: sha256 {verdict.sha256[:12]}…, expected {verdict.expected[:12]}…;"
        " it differs in tiny/native.so (ELF), other files; the whole key is equal, so the build is not reproducible"
    )
    assert verdict.tip == (
        "To find the cause: reprowheel verify SDIST, or a reproducibility_test of it (both with"
        " --@rules_reprowheel//python/config_settings:wheels_lock=warn in Bazel)."
        f" To record this wheel all the same: {COMMAND}"
    )


def test_same_key_other_surroundings(check: Callable[..., PinVerdict]) -> None:
    """What is no part of the key is suspected where it moved."""
    verdict = check({}, {"interpreter.version": "3.14.3", "helper.sha256": "e" * 64}, new_files={"tiny.py": "x = 2\n"})
    assert verdict.result == "different"
    assert verdict.message.endswith(
        "; it differs in Python sources; the whole key is equal; changed outside of the key:"
        " Python 3.14.2 → 3.14.3; reprowheel itself cccccccccccc → eeeeeeeeeeee"
    )
    assert check({}, {"interpreter.version": "3.14.3"}).result == "pinned", "equal bytes need no explanation"


SETUPTOOLS = {"name": "setuptools", "version": "80.9.0", "sha256": "b" * 64}
KEYS: dict[str, tuple[dict[str, object], dict[str, object], str]] = {
    "source": (
        {},
        {"sdist.sha256": "0" * 64, "version": "1.1"},
        "sdist: 1.0 → 1.1, sha256 aaaaaaaaaaaa… → 000000000000…",
    ),
    "source of one version": ({}, {"sdist.sha256": "0" * 64}, "sdist: sha256 aaaaaaaaaaaa… → 000000000000…"),
    "python": ({}, {"interpreter.soabi": "cpython-314t-x86_64-linux-gnu"}, "Python: cp314-cp314 → cp314-cp314t"),
    "platform": ({}, {"interpreter.platform": "linux-aarch64"}, "platform: linux_x86_64 → linux_aarch64"),
    "compiler": ({}, {"toolchain.version": "gcc 17.1.0"}, "toolchain: compiler gcc 16.2.0 → gcc 17.1.0"),
    "flags": (
        {},
        {"toolchain.c_flags": ["-O3", "-g"]},
        "toolchain: C flags without -O2 and with -O3, -g",
    ),
    "order of flags": (
        {"toolchain.c_flags": ["-a", "-b"]},
        {"toolchain.c_flags": ["-b", "-a"]},
        "toolchain: C flags in another order or number",
    ),
    "toolchain variable": ({}, {"toolchain.env": {"A": "1"}}, "toolchain: variables: A none → 1"),
    "newer build requirement": (
        {},
        {"build_requirements": [SETUPTOOLS | {"version": "81.0.0", "sha256": "1" * 64}]},
        "build environment: build requirement setuptools: 80.9.0 → 81.0.0",
    ),
    "other bytes of a build requirement": (
        {},
        {"build_requirements": [SETUPTOOLS | {"sha256": "1" * 64}]},
        "build environment: build requirement setuptools==80.9.0: sha256 bbbbbbbbbbbb… → 111111111111…",
    ),
    "further build requirement": (
        {},
        {"build_requirements": [SETUPTOOLS, {"name": "wheel", "version": "0.45", "sha256": "1" * 64}]},
        "build environment: build requirement wheel: none → 0.45",
    ),
    "variable": ({"env": {"A": "1"}}, {"env": {"A": "2"}}, "build environment: variables: A 1 → 2"),
    "config setting": ({}, {"config_settings": {"k": ["v"]}}, "build environment: config settings: k with v"),
    "patch": (
        {},
        {"patches": [{"filename": "fix.patch", "sha256": "1" * 64, "files": []}]},
        "build environment: patches with fix.patch sha256:111111111111…",
    ),
    "epoch": ({}, {"epoch": 1_600_000_001}, "build environment: epoch 1600000000 → 1600000001"),
    "cpu": ({}, {"cpu_baseline": "x86-64-v3"}, "build environment: CPU baseline none → x86-64-v3"),
    "deep": ({}, {"deep": True}, "build environment: deep mode none → True"),
    "option": ({}, {"global_options": ["--with"]}, "build environment: global options with --with"),
    "two parts": (
        {},
        {"toolchain.target": "arm", "epoch": 1_600_000_001},
        "toolchain: compiler's target x86_64-linux-gnu → arm; build environment: epoch 1600000000 → 1600000001",
    ),
}


@pytest.mark.parametrize("case", KEYS)
def test_moved_key(check: Callable[..., PinVerdict], case: str) -> None:
    """A build of another key has no pin; the message names every part that moved, and whether the bytes did."""
    old, new, text = KEYS[case]
    version = str(new.get("version", "1.0"))
    verdict = check(old, new)
    assert verdict.result == "unpinned"
    same = "it differs in .dist-info" if version != "1.0" else "the bytes are still those of that pin"
    assert verdict.message == (
        f"tiny=={version}: wheels.lock has no pin for this build; changed since the nearest pin: {text}; {same}"
    )
    assert verdict.tip == f"If that is meant, record it: {COMMAND}"
    assert "; ".join(verdict.moved) == text


def test_nearest_pin_is_the_one_with_most_in_common(tmp_path: Path) -> None:
    """Of several pins the one that explains with fewest parts is taken, in whatever order they were recorded."""
    near: dict[str, object] = {"toolchain.version": "gcc 15"}
    far: dict[str, object] = {"interpreter.platform": "linux-aarch64", "sdist.sha256": "9" * 64, "version": "0.9"}
    pins = [read_built(*built(tmp_path / str(number), changes)) for number, changes in enumerate((far, near, far | near))]
    for order in (pins, pins[::-1]):
        verdict = check_wheel(record(WheelsLock(), order), read_built(*built(tmp_path / "new")), "wheels.lock")
        assert verdict.moved == ("toolchain: compiler gcc 15 → gcc 16.2.0",)


def test_archive_alone_differs(tmp_path: Path) -> None:
    """Equal members in another order are another wheel, and the message says that it is only that."""
    report, wheel = built(tmp_path / "old", files={"a.py": "", "b.py": ""})
    lock = record(WheelsLock(), [read_built(report, wheel)])
    other_report, other = built(tmp_path / "new", files={"b.py": "", "a.py": ""})
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(other) as two:
        assert sorted(one.namelist()) == sorted(two.namelist())
    verdict = check_wheel(lock, read_built(other_report, other), "wheels.lock")
    assert "it differs in nothing but the archive itself: the order of its members, their headers, or RECORD" in verdict.message


def test_update_replaces_what_was_for_the_same_place(tmp_path: Path) -> None:
    """A new source takes the old one's place; other platforms, toolchains and distributions stay, and go with `prune`."""
    changes: dict[str, dict[str, object]] = {
        "old": {"sdist.sha256": "1" * 64, "version": "0.9"},
        "arm": {"interpreter.platform": "linux-aarch64"},
        "clang": {"toolchain.compiler": "clang"},
        "other": {"name": "other"},
    }
    lock = record(WheelsLock(update=COMMAND), [read_built(*built(tmp_path / name, c)) for name, c in changes.items()])
    new = read_built(*built(tmp_path / "new"))
    kept = record(lock, [new])
    assert sorted((pin.version, pin.key.platform, pin.key.toolchain == new.pin.key.toolchain) for pin in kept.wheels["tiny"]) == [
        ("1.0", "linux_aarch64", True),
        ("1.0", "linux_x86_64", False),
        ("1.0", "linux_x86_64", True),
    ]
    assert (set(kept.wheels), kept.update) == ({"tiny", "other"}, COMMAND)
    pruned = record(lock, [new], prune=True)
    assert dict(pruned.wheels) == {"tiny": (new.pin,)}
    assert list(json.loads(pruned.to_json())["toolchains"]) == [new.pin.key.toolchain]
    assert len(json.loads(kept.to_json())["toolchains"]) == 2


def test_two_versions_at_once(tmp_path: Path) -> None:
    """Two hubs may have two versions of one package; recorded together, neither takes the other's place."""
    wheels = [
        read_built(*built(tmp_path / version, {"version": version, "sdist.sha256": digest * 64}))
        for version, digest in (("2.0", "2"), ("1.0", "1"))
    ]
    lock = record(WheelsLock(), wheels)
    assert [pin.version for pin in lock.wheels["tiny"]] == ["1.0", "2.0"]
    assert record(lock, wheels).to_json() == lock.to_json()
    assert {check_wheel(lock, wheel, "wheels.lock").result for wheel in wheels} == {"pinned"}


def test_two_wheels_of_one_key(tmp_path: Path) -> None:
    """They cannot both be pinned; the same one twice can."""
    one, two = read_built(*built(tmp_path / "1")), read_built(*built(tmp_path / "2", files={"tiny.py": "x = 2\n"}))
    assert len(record(WheelsLock(), [one, one]).wheels["tiny"]) == 1
    with pytest.raises(PinError) as caught:
        record(WheelsLock(), [one, two])
    assert caught.value.message == "tiny==1.0: two wheels were built from the same inputs and differ in Python sources"
    assert caught.value.tip == "The build is not reproducible: see reprowheel verify SDIST."


def test_report_of_another_wheel(tmp_path: Path) -> None:
    """A pin is never made of two builds."""
    report, _ = built(tmp_path / "1")
    _, wheel = built(tmp_path / "2", files={"tiny.py": "x = 2\n"})
    with pytest.raises(
        UsageError, match=r"report\.json: is the report of a wheel with sha256 [0-9a-f]{12}…; tiny-1\.0-.*\.whl has "
    ) as caught:
        read_built(report, wheel)
    assert caught.value.tip == "Give each report with the wheel that its build made."


@pytest.mark.parametrize("text", ["{}", "[", "[]", '{"wheel": {"sha256": "x"}, "name": "a", "version": "1"}'])
def test_file_that_is_no_report(tmp_path: Path, text: str) -> None:
    """It is named, with what to do."""
    _, wheel = built(tmp_path)
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"other\.json.*; expected a report of a build") as caught:
        read_built(tmp_path / "other.json", wheel)
    assert caught.value.tip.startswith("`reprowheel build … --report FILE` writes one")


def test_older_report(tmp_path: Path) -> None:
    """A report that lacks a part of the key is not taken for one that has it empty."""
    report, wheel = built(tmp_path)
    data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    del data["epoch"]
    report.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(UsageError, match=r"report\.json: not a report of a build by this version of reprowheel"):
        read_built(report, wheel)


def test_real_builds(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """A clean sdist built twice is the pinned wheel; one that asks the real clock is not, and the build is to blame."""
    clock = "import subprocess; text = subprocess.check_output(['date', '+%s%N'], text=True)\n"
    setup = "open('tiny.py', 'w').write(f'# {text}')\nfrom setuptools import setup\n"
    setup += "setup(name='tiny', version='1.0', py_modules=['tiny'])\n"
    for name, code in (("clean", "text = ''\n"), ("leaky", clock)):
        sdist = make_sdist(tmp_path / name, {"setup.py": code + setup})
        lock, verdicts = WheelsLock(), []
        for number in ("1", "2"):
            out = tmp_path / name / number
            made = build(sdist, [build_wheel("setuptools")], out, Conditions(cwd=tmp_path))
            wheel = read_built(out.with_name(f"{number}.json"), made.wheel)
            verdicts.append(check_wheel(lock, wheel, "wheels.lock"))
            lock = record(lock, [wheel])
        assert verdicts[0].message == "tiny==1.0: wheels.lock has no pin of tiny"
        assert verdicts[1].result == ("pinned" if name == "clean" else "different")
        expected = "" if name == "clean" else "Python sources; the whole key is equal, so the build is not reproducible"
        assert verdicts[1].message.endswith(expected)
