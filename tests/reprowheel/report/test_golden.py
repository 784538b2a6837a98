"""Reports that an earlier helper wrote, with what it made of them: the key, the SBOM and the attestation stay what they were.

`golden/everything.json` is of a build with every setting, `golden/plain.json` of one with none. A pin of `wheels.lock` holds as
long as these keys do. There is no command that writes them anew: a difference means that pins of users are lost.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from support.reports import read_by_all, request_of, told_by

from reprowheel.report.key import environment_inputs, key_of
from reprowheel.settings import build_settings

GOLDEN = Path(__file__).parent / "golden"
MEASURED = ("epoch", "host_headers", "host_libraries", "native", "patches")


NEWER = {"allow_uncontained", "host_tools"}
"""Settings that came later; the old reports have their defaults, so that the keys stay."""


def golden(name: str) -> dict[str, Any]:
    """Return the report, and what was made of it."""
    data: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("name", ["everything", "plain"])
def test_key(name: str) -> None:
    """The key of an old report, and its readable inputs, are what they were when it was written."""
    data = golden(name)
    assert environment_inputs(data["report"]) == data["inputs"]
    assert asdict(key_of(data["report"])) == data["key"]


@pytest.mark.parametrize("name", ["everything", "plain"])
def test_readers(tmp_path: Path, name: str) -> None:
    """So are the attestation and the bill of materials: the serial number is a digest of all of it."""
    data = golden(name)
    told = read_by_all(data["report"], tmp_path)
    assert told.predicate == data["attestation"]
    assert told.bill["formulation"] == data["formulation"]
    assert told.bill["serialNumber"] == data["serialNumber"]


@pytest.mark.parametrize("name", ["everything", "plain"])
def test_writer(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command line gives the same settings in the report, in the same form."""
    data = golden(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "native.json").write_text('{"headers": {}, "libraries": []}', encoding="utf-8")
    found = {setting: data["report"][setting] for setting in MEASURED}
    report = told_by(request_of(data["arguments"]), tmp_path, found)
    assert {key: report[key] for key in build_settings() if key in report} == {
        key: data["report"][key] for key in build_settings() if key in data["report"]
    }
    assert report.keys() == data["report"].keys()


def test_old_report_has_every_setting() -> None:
    """The golden build used each setting that was there then, so nothing of the forms above is untried (control)."""
    report = golden("everything")["report"]
    plain = golden("plain")["report"]
    told = {name for name, setting in build_settings().items() if setting.form and name in report} - NEWER
    assert {name for name in told if report[name] != plain[name]} == told >= {*MEASURED, "config_settings", "deep", "env"}
