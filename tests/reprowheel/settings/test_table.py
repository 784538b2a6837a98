"""The table of settings: each field of a request reaches report and key, or says why not; a new one arrives everywhere."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import ROOT
from support.pins import built
from support.reports import read_by_all, request_of, told_by

from reprowheel.pins.compare import read_built
from reprowheel.pins.explain import explain_key
from reprowheel.report.key import environment_inputs, key_of
from reprowheel.request import BuildRequest, requirement_template
from reprowheel.settings import BuildSettings, Setting, build_settings
from reprowheel.settings.forms import Files, Form, Native, text

if TYPE_CHECKING:
    from reprowheel.settings.forms import Option

NO_SETTINGS = {
    "build_wheels": "the report has them as build_requirements",
    "bytecode_cache": "the wheel does not depend on it",
    "cargo_locks": "the report and the key have them as `rust`",
    "compiler_cache": "the wheel does not depend on it",
    "crates": "the report has them as `rust`; the sdist and cargo_locks say which they are",
    "debug_dir": "an output",
    "exclusive": "a check of where the outputs go",
    "expected": "a check",
    "hub": "only messages have it",
    "keep_log": "of a build that fails",
    "locking": "only messages have it",
    "log": "a copy of what the back end printed",
    "name": "a check; the report has the name that the sdist has",
    "out": "an output",
    "perturb_preload": "only verify sets it, to see that it changes nothing",
    "python": "the report has what it is, not where it lies",
    "report": "an output",
    "rust_toolchain": "the report has what it is, not where it lies",
    "sdist": "the report has its digest",
    "toolchain": "the report has what it is, not where it lies",
    "version": "a check; the report has the version that the sdist has",
    "wheel_file": "an output",
    "work_root": "the wheel must not depend on it",
}
LIMITS = {"max_disk_mb", "max_files", "max_memory_mb", "max_processes", "max_seconds"}
CONTAINMENT = {"allow_uncontained", *LIMITS}
"""Settings that the builds of build requirements have, too: they say what this machine can do."""
NOT_REPORTED = {"jobs", "patch_strip", *LIMITS}
NOT_IN_KEY = NOT_REPORTED | {"host_libraries"}


def sample(option: Option, folder: Path) -> str:
    """Return an option with a value that is not its default."""
    if option.arguments.get("action") == "store_true":
        return option.name
    if option.arguments.get("type") is int:
        return f"{option.name}=7"
    if option.arguments.get("type") is Path:
        file = folder / option.name.lstrip("-")
        if option.name.endswith("-include"):
            file.mkdir(exist_ok=True)
        else:
            file.write_text("{}", encoding="utf-8")
        return f"{option.name}={file}"
    return f"{option.name}=files" if option.name == "--allow-uncontained" else f"{option.name}=k=v"


def found(setting: Setting) -> object:
    """Return what a build may find of a setting."""
    if isinstance(setting.form, Native):
        return {"headers": [{"path": "a.h", "sha256": "1" * 64}], "libraries": [], "defines": ["A"], "link_flags": []}
    if isinstance(setting.form, Files):
        return [{setting.form.label: "x", "sha256": "1" * 64}]
    return 7 if setting.form == Form(int) else ["x"]


def two_reports(name: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the reports of two builds that differ in one setting."""
    setting = build_settings()[name]
    measured = {name: found(setting)} if setting.measured else {}
    request = request_of([sample(option, folder) for option in setting.options])
    assert getattr(request, name) != getattr(request_of([]), name)
    return told_by(request_of([]), folder), told_by(request, folder, measured)


def silent(request: type, folder: Path) -> dict[str, set[str]]:
    """Return the fields of a request that do not reach the report, and those that do not reach the key."""
    missing: dict[str, set[str]] = {"report": set(), "key": set()}
    for f in fields(request):
        if f.name in NO_SETTINGS:
            continue
        if f.name not in build_settings():
            missing = {place: names | {f.name} for place, names in missing.items()}
            continue
        one, two = two_reports(f.name, folder)
        missing["report"] |= {f.name} if one == two else set()
        missing["key"] |= {f.name} if key_of(one).moved(key_of(two)) != ("environment",) else set()
    return missing


def test_every_field_reaches_report_and_key(tmp_path: Path) -> None:
    """A field of a request that is told nowhere is in one of the lists above, which say why."""
    assert silent(BuildRequest, tmp_path) == {"report": NOT_REPORTED, "key": NOT_IN_KEY}
    assert {name for name, setting in build_settings().items() if setting.apart} == NOT_IN_KEY
    assert NO_SETTINGS.keys() == {f.name for f in fields(BuildRequest)} - build_settings().keys()


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain(BuildRequest):
    """A request with a field that says nothing of itself."""

    wheel_colour: str = ""


COLOUR = Setting(options=(text("--wheel-colour", "NAME", "colour"),), form=Form(str), words="colour of the wheel")


@dataclass(frozen=True, kw_only=True, slots=True)
class Coloured(BuildRequest):
    """A request with one setting more. This is all that a setting needs, besides the place that uses it."""

    wheel_colour: str = field(default="", metadata={"setting": COLOUR})


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden(BuildRequest):
    """A request with one setting more, which is told nowhere."""

    wheel_colour: str = field(default="", metadata={"setting": replace(COLOUR, form=None)})


def test_bazel_asks_with_these_options() -> None:
    """A flag that an action or the repository phase gives is an option of a setting; options without a flag are known."""
    tree = ast.parse((ROOT / "python/private/wheel/settings.bzl").read_text(encoding="utf-8"))
    tables = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    flags = set(ast.literal_eval(tables["BUILD_FLAGS"]).values())
    options = {option.name for setting in build_settings().values() for option in setting.options}
    assert flags <= options
    assert options - flags == {"--native", "--native-include", "--native-library"}, "the rules make a file of native_deps"


def use(request: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the helper have another table of settings."""
    monkeypatch.setattr("reprowheel.settings.table.BuildSettings", request)
    monkeypatch.setattr("reprowheel.cli.arguments.BuildRequest", request)


@pytest.mark.parametrize("request_class", [Plain, Hidden])
def test_a_silent_field_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_class: type) -> None:
    """The walk above finds a field that nothing tells (control)."""
    use(request_class, monkeypatch)
    missing = silent(request_class, tmp_path)
    assert missing == {"report": NOT_REPORTED | {"wheel_colour"}, "key": NOT_IN_KEY | {"wheel_colour"}}


def test_a_new_setting_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One field more: command line, report, key, words, SBOM and attestation have it, and builds without it keep their key."""
    before = told_by(request_of([]), tmp_path)
    use(Coloured, monkeypatch)
    request = request_of(["--wheel-colour=red"])
    assert isinstance(request, Coloured)
    assert request.wheel_colour == "red"
    plain, red = told_by(request_of([]), tmp_path), told_by(request, tmp_path)
    assert (plain["wheel_colour"], red["wheel_colour"]) == ("", "red")
    assert environment_inputs(red) == environment_inputs(plain) | {"wheel_colour": "red"}
    assert key_of(plain).moved(key_of(red)) == ("environment",)
    told = read_by_all(red, tmp_path)
    assert told.record.settings["wheel_colour"] == "red"
    assert told.properties["wheel_colour"] == "red"
    assert told.predicate["buildDefinition"]["externalParameters"]["wheelColour"] == "red"
    monkeypatch.undo()
    assert key_of(before) == key_of(plain)


def test_a_new_setting_has_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message about a pin calls a new setting what its field says."""
    use(Coloured, monkeypatch)
    pins = [read_built(*built(tmp_path / value, {"wheel_colour": value})).pin for value in ("red", "blue")]
    assert explain_key(*pins, {}, {}) == ["build environment: colour of the wheel red → blue"]


def test_a_measured_setting_must_be_measured(tmp_path: Path) -> None:
    """A build stage that forgets to say what it found of a setting does not write a report that denies it."""
    with pytest.raises(KeyError, match="host_headers"):
        told_by(request_of(["--host-header=a.h"]), tmp_path)


def test_requirements_are_built_without_settings(tmp_path: Path) -> None:
    """A build requirement is built with what its package is built with, as contained, and with no other of its settings."""
    everything = [sample(option, tmp_path) for setting in build_settings().values() for option in setting.options]
    request = request_of([*everything, "--name=tiny", f"--work-root={tmp_path}", "--python=python3"])
    request = replace(request, bytecode_cache=tmp_path / "bytecode")
    template = requirement_template(request)
    defaults = {f.name: getattr(BuildSettings(), f.name) for f in fields(BuildSettings)}
    contained = {name: getattr(request, name) for name in CONTAINMENT}
    assert {name: getattr(template, name) for name in defaults} == defaults | contained
    assert all(getattr(request, name) != value for name, value in defaults.items()), "every setting was given (control)"
    assert (template.name, template.work_root, template.python) == ("", tmp_path, "python3")
    assert template.bytecode_cache == tmp_path / "bytecode"
