"""Reports of builds, and wheels that go with them, for the tests of pins: one input of a build is changed at a time."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import TYPE_CHECKING, Any

from support.builds import make_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REPORT: dict[str, Any] = {
    "report_version": 1,
    "name": "tiny",
    "version": "1.0",
    "sdist": {"filename": "tiny-1.0.tar.gz", "sha256": "a" * 64},
    "epoch": 1_600_000_000,
    "deep": False,
    "cpu_baseline": "",
    "config_settings": {},
    "global_options": [],
    "build_options": [],
    "env": {},
    "patches": [],
    "native": None,
    "host_headers": [],
    "host_tools": [],
    "allow_uncontained": [],
    "build_requirements": [{"name": "setuptools", "version": "80.9.0", "sha256": "b" * 64}],
    "helper": {"sha256": "c" * 64},
    "interpreter": {
        "implementation": "cpython",
        "version": "3.14.2",
        "soabi": "cpython-314-x86_64-linux-gnu",
        "platform": "linux-x86_64",
    },
    "toolchain": {"compiler": "gcc", "version": "gcc 16.2.0", "target": "x86_64-linux-gnu", "c_flags": ["-O2"], "env": {}},
    "wheel": {"filename": "tiny-1.0-py3-none-any.whl", "sha256": "d" * 64},
}


def changed(changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the report with other values at dotted places."""
    report = copy.deepcopy(REPORT)
    for place, value in changes.items():
        *folders, last = place.split(".")
        inner = report
        for folder in folders:
            inner = inner[folder]
        inner[last] = value
    return report


def built(folder: Path, changes: Mapping[str, object] | None = None, files: Mapping[str, str] | None = None) -> tuple[Path, Path]:
    """Write a wheel with `files` and the report that tells of it; return both paths."""
    report = changed(changes or {})
    folder.mkdir(parents=True, exist_ok=True)
    wheel = make_wheel(folder, report["name"], report["version"], files or {"tiny.py": "x = 1\n"})
    report["wheel"] = {"filename": wheel.name, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    path = folder / "report.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    return path, wheel
