"""The wrapper of rustc: the arguments that it gives to the compiler, for calls as cargo makes them."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from reprowheel.rust import wrapper

if TYPE_CHECKING:
    from pathlib import Path

CALL = [
    *("--crate-name", "some", "--edition=2021", "src/lib.rs", "--crate-type", "lib", "--emit=dep-info,metadata,link"),
    *("-C", "opt-level=3", "-C", "metadata=1234", "-C", "extra-filename=-1234", "--out-dir", "target"),
]


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """The configuration of a wrapper whose compiler writes down its arguments and variables."""
    rustc = tmp_path / "rustc"
    rustc.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/arguments\nenv >{tmp_path}/variables\n', encoding="utf-8")
    rustc.chmod(0o755)
    return {
        "rustc": str(rustc),
        "version": "rustc 1.95.0",
        "maps": [["/sysroot", "/reprowheel/rust"], ["/w", "/reprowheel"]],
        "root": "/w",
        "linker": "/w/tools/cc",
        "debug": "line-tables-only",
        "cpu": "",
        "preload": {},
        "script": {},
    }


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cargo says of the crate."""
    monkeypatch.setenv("CARGO_PKG_NAME", "some")
    monkeypatch.setenv("CARGO_PKG_VERSION", "1.0.0")
    monkeypatch.setenv("CARGO_MANIFEST_DIR", "/w/src")


def called(config: dict[str, Any], *given: str) -> list[str]:
    """Run the wrapper in a process of its own; return the compiler's arguments."""
    child = os.fork()
    if not child:
        os._exit(wrapper.main(["rustc", *given], config) or 0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with open(f"{os.path.dirname(config['rustc'])}/arguments", encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


def metadata(arguments: list[str]) -> str:
    """Return the hash that the wrapper chose."""
    (found,) = (argument for argument in arguments if argument.startswith("-Cmetadata="))
    return found


def test_what_is_added(config: dict[str, Any]) -> None:
    """Paths are mapped, the most specific last; one code generation unit, line tables, our linker."""
    found = called(config, *CALL)
    maps = [argument for argument in found if argument.startswith("--remap")]
    assert maps == ["--remap-path-prefix=/sysroot=/reprowheel/rust", "--remap-path-prefix=/w=/reprowheel"]
    assert {"-Ccodegen-units=1", "-Cdebuginfo=line-tables-only", "-Clinker=/w/tools/cc"} <= set(found)
    assert "extra-filename=-1234" in found
    assert "metadata=1234" not in found


@pytest.mark.parametrize(
    "option",
    ["incremental=/x", "strip=symbols", "codegen-units=16", "linker=/usr/bin/cc", "codegen_units=4", "target-cpu=native"],
)
@pytest.mark.parametrize("form", ["-C {}", "-C{}", "--codegen {}", "--codegen={}"])
def test_what_is_left_out(config: dict[str, Any], option: str, form: str) -> None:
    """What depends on the machine, or takes debug information away, does not reach the compiler, in no form."""
    found = called(config, *CALL, *form.format(option).split(" "))
    assert not [argument for argument in found if argument.endswith(option)]
    assert "--codegen" not in found
    assert [found[i + 1] for i, argument in enumerate(found) if argument == "-C"] == ["opt-level=3", "extra-filename=-1234"]


def test_crates_for_the_build_alone(config: dict[str, Any]) -> None:
    """What is compiled without optimization and without debug information enters no wheel: it is compiled fast."""
    found = called(config, *(word for word in CALL if word != "opt-level=3"))
    assert not [argument for argument in found if "codegen-units" in argument or "debuginfo" in argument]


def test_own_debug_information_stays(config: dict[str, Any]) -> None:
    """A profile that asks for debug information gets what it asks for."""
    found = called(config, *CALL, "-C", "debuginfo=2")
    assert "debuginfo=2" in found
    assert "-Cdebuginfo=line-tables-only" not in found


@pytest.mark.parametrize(
    ("changed", "given"),
    [
        ({"CARGO_PKG_VERSION": "1.0.1"}, ()),
        ({"CARGO_MANIFEST_DIR": "/w/other"}, ()),
        ({}, ("--cfg", 'feature="more"')),
        ({}, ("-C", "panic=abort")),
        ({}, ("--crate-type", "cdylib")),
    ],
)
def test_metadata_tells_crates_apart(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], given: tuple[str, ...]
) -> None:
    """Another version, place, feature or profile of a crate has another hash."""
    first = metadata(called(config, *CALL))
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    assert metadata(called(config, *CALL, *given)) != first


def test_metadata_does_not_depend_on_the_place(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In another workspace, with another hash of cargo's, the hash is the same."""
    first = metadata(called(config, *CALL))
    monkeypatch.setenv("CARGO_MANIFEST_DIR", "/another/src")
    assert metadata(called(config | {"root": "/another"}, *(word.replace("1234", "77") for word in CALL))) == first


def test_arguments_in_a_file(config: dict[str, Any], tmp_path: Path) -> None:
    """Many arguments come in a file, one in a line."""
    file = tmp_path / "args"
    file.write_text("\n".join(CALL), encoding="utf-8")
    assert called(config, f"@{file}") == called(config, *CALL)


@pytest.mark.parametrize("given", [["-vV"], ["--print", "cfg"], ["-", "--crate-name", "___", "--print=file-names"]])
def test_questions_pass(config: dict[str, Any], given: list[str]) -> None:
    """What asks the compiler something is not changed."""
    assert called(config, *given) == given


def test_profiles_of_a_run_are_refused(config: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    """What a run measured differs from run to run: one line says so."""
    assert wrapper.main(["rustc", *CALL, "-C", "profile-use=/x"], config) == 1
    assert capfd.readouterr().err.count("\n") == 1


def test_cpu_baseline(config: dict[str, Any]) -> None:
    """A chosen CPU takes the place of `native`, and of none; another one that the crate chooses stays."""
    config["cpu"] = "x86-64-v3"
    assert "-Ctarget-cpu=x86-64-v3" in called(config, *CALL)
    assert "-Ctarget-cpu=x86-64-v3" not in called(config, *CALL, "-C", "target-cpu=haswell")


def test_build_script_gets_the_variables(config: dict[str, Any], tmp_path: Path) -> None:
    """A script stands in place of a build script's program, and runs it with the variables."""
    program = tmp_path / "build_script_build-1234"
    program.write_text("#!/bin/sh\necho $REPROWHEEL_DEEP $1\n", encoding="utf-8")
    program.chmod(0o755)
    call = [*CALL[:1], "build_script_build", *CALL[2:]]
    call[call.index("lib")] = "bin"
    call[-1] = str(tmp_path)
    called(config | {"script": {"REPROWHEEL_DEEP": "seen"}}, *call)
    run = subprocess.run([program, "argument"], check=True, capture_output=True, text=True)
    assert run.stdout == "seen argument\n"


def test_folder_of_a_build_script_has_a_stable_name(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OUT_DIR is a link whose name has no hash of cargo's; if the crate is built again, it leads to the new folder."""
    links = []
    for name in ("some-1234", "some-5678"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv("OUT_DIR", str(tmp_path / name))
        called(config | {"root": str(tmp_path)}, *CALL)
        (link,) = re.findall(r"(?m)^OUT_DIR=(.*)$", (tmp_path / "variables").read_text(encoding="utf-8"))
        assert os.path.realpath(link) == str(tmp_path / name)
        links.append(link)
    assert links[0] == links[1]
    assert "1234" not in links[0]
    assert os.listdir(os.path.dirname(links[0])) == [os.path.basename(links[0])]


def test_metadata_without_cargo(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two crates of one name, as Meson compiles them, stay apart by what it gives; what cargo gives does not count."""
    given = [[word.replace("1234", number) for word in CALL] for number in ("5", "6")]
    assert metadata(called(config, *given[0])) == metadata(called(config, *given[1]))
    for name in ("CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_MANIFEST_DIR"):
        monkeypatch.delenv(name)
    assert metadata(called(config, *given[0])) != metadata(called(config, *given[1]))
