"""Execution logs made by hand, in the three formats that Bazel writes, from one description.

Written from Bazel's spawn.proto, apart from the reader that is tested with them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compression import zstd

BIN = "bazel-out/k8-fastbuild/bin/"


@dataclass
class Made:
    """One spawn; of files, path → content."""

    label: str
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    mnemonic: str = "Genrule"
    args: list[str] = field(default_factory=lambda: ["/bin/bash", "-c", "x"])
    env: dict[str, str] = field(default_factory=lambda: {"PATH": "/bin"})
    platform: dict[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    runner: str = "linux-sandbox"
    cache_hit: bool = False
    exit_code: int = 0
    status: str = ""
    action: str = ""


def digest(content: str) -> dict[str, Any]:
    """Return a digest as JSON logs have it."""
    data = content.encode()
    return {"hash": hashlib.sha256(data).hexdigest(), "sizeBytes": str(len(data)), "hashFunctionName": "SHA-256"}


def varint(number: int) -> bytes:
    """Encode a number; negative ones as 64 bits."""
    number &= (1 << 64) - 1
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def tagged(number: int, value: str | bytes | int) -> bytes:
    """Encode a field; proto3 leaves out what is zero or empty, but not messages."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def framed(message: bytes) -> bytes:
    """Put a message's length before it."""
    return varint(len(message)) + message


def wire_digest(content: str) -> bytes:
    """Encode a digest without the name of the function, as compact logs have it."""
    data = content.encode()
    return tagged(1, hashlib.sha256(data).hexdigest()) + tagged(2, len(data))


def json_log(spawns: list[Made]) -> bytes:
    """Return what `--execution_log_json_file` writes."""

    def files(given: dict[str, str], tools: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        return [{"path": p, "digest": digest(c), "isTool": p in tools, "symlinkTargetPath": ""} for p, c in sorted(given.items())]

    def pairs(given: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in given.items()]

    entries = [
        {
            "commandArgs": s.args,
            "environmentVariables": pairs(s.env),
            "platform": {"properties": pairs(s.platform)},
            "inputs": files(s.inputs, s.tools),
            "listedOutputs": sorted(s.outputs),
            "cacheable": True,
            "timeoutMillis": "0",
            "mnemonic": s.mnemonic,
            "actualOutputs": files(s.outputs),
            "runner": s.runner,
            "cacheHit": s.cache_hit,
            "status": s.status,
            "exitCode": s.exit_code,
            "targetLabel": s.label,
            **({"digest": digest(s.action)} if s.action else {}),
        }
        for s in spawns
    ]
    return "".join(json.dumps(entry, indent=2) for entry in entries).encode()


def _common(spawn: Made) -> bytes:
    """Encode what both binary formats have under the same numbers."""
    args = b"".join(tagged(1, a) for a in spawn.args)
    env = b"".join(tagged(2, tagged(1, k) + tagged(2, v)) for k, v in spawn.env.items())
    properties = b"".join(tagged(1, tagged(1, k) + tagged(2, v)) for k, v in spawn.platform.items())
    return args + env + tagged(3, properties)


def binary_log(spawns: list[Made]) -> bytes:
    """Return what `--execution_log_binary_file` writes: SpawnExec messages."""
    log = b""
    for s in spawns:
        message = _common(s)
        for path, content in sorted(s.inputs.items()):
            message += tagged(4, tagged(1, path) + tagged(2, wire_digest(content)) + tagged(3, int(path in s.tools)))
        message += b"".join(tagged(5, path) for path in sorted(s.outputs)) + tagged(7, 1) + tagged(10, s.mnemonic)
        for path, content in sorted(s.outputs.items()):
            message += tagged(11, tagged(1, path) + tagged(2, wire_digest(content)))
        message += tagged(12, s.runner) + tagged(13, int(s.cache_hit)) + tagged(14, s.status) + tagged(15, s.exit_code)
        message += tagged(18, s.label) + (tagged(19, wire_digest(s.action)) if s.action else b"")
        log += framed(message)
    return log


class Compact:
    """Entries of a compact log, one after another."""

    def __init__(self) -> None:
        """Begin with the invocation."""
        self.count = 0
        self.data = bytearray(framed(tagged(2, tagged(1, "SHA-256") + tagged(2, "_main") + tagged(4, "some-id"))))
        self.files: dict[tuple[str, str], int] = {}

    def add(self, number: int, message: bytes) -> int:
        """Add an entry that others may refer to, and return its number."""
        self.count += 1
        self.data += framed(tagged(1, self.count) + tagged(number, message))
        return self.count

    def file(self, path: str, content: str) -> int:
        """Return the number of a file."""
        key = (path, content)
        if key not in self.files:
            self.files[key] = self.add(3, tagged(1, path) + tagged(2, wire_digest(content)))
        return self.files[key]

    def input_set(self, inputs: list[int], sets: list[int] | None = None) -> int:
        """Return the number of a set."""
        packed = [b"".join(map(varint, numbers)) for numbers in (sets or [], inputs)]
        return self.add(6, b"".join(tagged(n, p) for n, p in zip((4, 5), packed, strict=True) if p))

    def spawn(self, spawn: Made, inputs: int = 0, *, tools: int = 0) -> None:
        """Add a spawn; its inputs are those named, unless the number of a set is given."""
        if not inputs and spawn.inputs:
            inputs = self.input_set([self.file(p, c) for p, c in spawn.inputs.items()])
        if not tools and spawn.tools:
            tools = self.input_set([self.file(p, spawn.inputs[p]) for p in spawn.tools])
        message = _common(spawn) + tagged(4, inputs) + tagged(5, tools)
        for path, content in spawn.outputs.items():
            message += tagged(6, tagged(5, self.file(path, content)))
        message += tagged(7, spawn.label) + tagged(8, spawn.mnemonic) + tagged(9, spawn.exit_code) + tagged(10, spawn.status)
        message += tagged(11, spawn.runner) + tagged(12, int(spawn.cache_hit)) + tagged(14, 1)
        message += tagged(16, wire_digest(spawn.action)) if spawn.action else b""
        self.data += framed(tagged(7, message))


def compact_log(spawns: list[Made]) -> bytes:
    """Return what `--execution_log_compact_file` writes."""
    log = Compact()
    for spawn in spawns:
        log.spawn(spawn)
    return zstd.compress(bytes(log.data))


FORMATS = {"compact": compact_log, "json": json_log, "binary": binary_log}


def write_log(path: Path, spawns: list[Made], form: str = "json") -> str:
    """Write a log and return its path."""
    path.write_bytes(FORMATS[form](spawns))
    return str(path)
