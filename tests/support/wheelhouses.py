"""What tests of wheelhouses share: reports, and judges that are not ours (CycloneDX's schema, in-toto's messages, pip)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import resource_descriptor_pb2, statement_pb2
from in_toto_attestation.v1.statement import Statement

INTERPRETER = {
    "implementation": "cpython",
    "version": "3.14.0",
    "soabi": "cpython-314-x86_64-linux-gnu",
    "platform": "linux-x86_64",
}
TOOLCHAIN = {
    "compiler": "gcc",
    "version": "gcc (Distribution 15.2) 15.2.0",
    "target": "x86_64-linux-gnu",
    "c_flags": ["-O2", "-g"],
}


def sha256(text: str | bytes) -> str:
    """Return a digest in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def report_of(wheel: Path, **changes: object) -> dict[str, Any]:
    """Return a report of a build that made `wheel`, with `changes`; a test compares its fields with a real one's."""
    name, version, *_ = wheel.name.split("-")
    return {
        "report_version": 1,
        "name": name.replace("_", "-"),
        "version": version,
        "sdist": {"filename": f"{name}-{version}.tar.gz", "sha256": sha256(f"{name} sdist")},
        "epoch": 1_600_000_000,
        "deep": False,
        "cpu_baseline": "",
        "config_settings": {},
        "global_options": [],
        "build_options": [],
        "env": {},
        "patches": [],
        "native": None,
        "build_requirements": [{"name": "setuptools", "version": "80.9.0", "sha256": sha256("setuptools")}],
        "helper": {"sha256": sha256("helper")},
        "interpreter": INTERPRETER,
        "toolchain": TOOLCHAIN,
        "files": [],
        "leaks_rewritten": [],
        "host_libraries": [],
        "host_headers": [],
        "host_tools": [],
        "allow_uncontained": [],
        "wheel": {"filename": wheel.name, "sha256": sha256(wheel.read_bytes())},
    } | changes


def write_report(path: Path, report: object) -> Path:
    """Write a report as JSON."""
    path.write_text(json.dumps(report), encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def schema_error(document: str) -> str:
    """Return what CycloneDX 1.6's schema, strictly, has against a document; empty for nothing."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)
    return f"{list(error.data.absolute_path)}: {error.data.message}" if error else ""


def dangling_references(bom: dict[str, Any]) -> set[str]:
    """Return references that nothing in the document has, and those that two things have; a schema cannot see them."""
    defined: list[str] = []
    used: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            defined.extend(v for k, v in value.items() if k == "bom-ref")
            used.update(v for k, v in value.items() if k == "ref")
            used.update(v for k, values in value.items() if k == "dependsOn" for v in values)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(bom)
    return (used - set(defined)) | {ref for ref in defined if defined.count(ref) > 1}


def read_statement(text: str) -> tuple[Any, Any]:
    """Read a statement and its provenance as in-toto's own messages; a field that they do not have is an error."""
    message = json_format.Parse(text, statement_pb2.Statement())
    Statement.copy_from_pb(message).validate()
    predicate = json_format.MessageToDict(message.predicate)
    provenance = json_format.ParseDict(predicate, provenance_pb2.Provenance())
    for descriptor in provenance.build_definition.resolved_dependencies:
        assert isinstance(descriptor, resource_descriptor_pb2.ResourceDescriptor)
        assert descriptor.uri or descriptor.digest or descriptor.content, descriptor
    return message, provenance


def clean_environment(folder: Path) -> Path:
    """Make a virtual environment without anything in it and return its interpreter."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    return folder / "bin" / "python"


def pip(python: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the tests' pip for another interpreter, with no configuration and no variable of ours."""
    command = [sys.executable, "-I", "-m", "pip", "--isolated", "--disable-pip-version-check", "--no-cache-dir"]
    return subprocess.run(
        [*command, "--python", str(python), *map(str, arguments)],
        env={"PATH": os.defpath, "HOME": "/nonexistent"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def install_command(wheelhouse: Path) -> list[object]:
    """Return pip's arguments, as docs/wheelhouse.md and requirements.txt say them."""
    given = ["--no-index", "--find-links", wheelhouse, "--require-hashes", "-r", wheelhouse / "requirements.txt"]
    return ["install", *given]
