"""The expanded formats: one `SpawnExec` of Bazel's spawn.proto per spawn, as JSON or as length-delimited messages."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

from execlog.compact import digest, pair, signed
from execlog.errors import LogError, WireError
from execlog.model import Log, Spawn, Store, digest_text
from execlog.wire import Value, data, delimited, fields, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["read_binary", "read_json"]

_CHUNK = 1 << 20
_CUT_OFF = 16  # a literal or an escape at the end of what was read may go on behind it
_SIGNS = ("mnemonic", "commandArgs", "listedOutputs")


def read_json(stream: BinaryIO, log: Log, store: Store) -> None:
    """Add all of a JSON log to a `Log`."""
    for offset, entry in _objects(stream, log.path):
        try:
            log.spawns.append(_from_json(entry, store))
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as e:
            raise LogError(log.path, offset, "this JSON is not what --execution_log_json_file writes") from e


def _objects(stream: BinaryIO, path: str) -> Iterator[tuple[int, Any]]:
    """Yield offset and value of JSON objects that follow one another, with or without white space between."""
    decoder, decode = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
    buffer, position, base, more = "", 0, 0, True
    while True:
        while position < len(buffer) and buffer[position] in " \t\r\n":
            position += 1
        try:
            entry, end = decoder.raw_decode(buffer, position)
        except json.JSONDecodeError as e:
            cut_off = e.msg.startswith("Unterminated string") or e.pos >= len(buffer) - _CUT_OFF
            if position == len(buffer) and not more:
                return
            if not more or not cut_off:
                what = f"not JSON: {e.msg}" if not cut_off else "the JSON is cut off: did Bazel end?"
                raise LogError(path, base + _size(buffer[: e.pos]), what) from e
            base += _size(buffer[:position])
            chunk = stream.read(max(_CHUNK, len(buffer)))
            buffer, position, more = buffer[position:] + decode(chunk, final=not chunk), 0, bool(chunk)
            continue
        except RecursionError as e:
            raise LogError(path, base + _size(buffer[:position]), "not an execution log: this JSON is nested too deeply") from e
        yield base + _size(buffer[:position]) if position < _CHUNK else base, entry
        position = end


def _size(buffer: str) -> int:
    return len(buffer.encode("utf-8", "surrogateescape"))


def _from_json(entry: Any, store: Store) -> Spawn:  # noqa: ANN401 - JSON
    if not any(sign in entry for sign in _SIGNS):
        raise KeyError(_SIGNS[0])
    inputs, tools = [], []
    for given in entry.get("inputs", ()):
        atom = store.atom(*_json_file(given))
        inputs.append(atom)
        if given.get("isTool"):
            tools.append(atom)
    action = entry.get("digest", {})
    return Spawn(
        label=store.keep(_string(entry.get("targetLabel", ""))),
        mnemonic=store.keep(_string(entry.get("mnemonic", ""))),
        args=store.keep_all(map(_string, entry.get("commandArgs", ()))),
        env=store.keep(_json_pairs(entry.get("environmentVariables", ()))),
        platform=store.keep(_json_pairs(entry.get("platform", {}).get("properties", ()))),
        inputs=store.node(inputs),
        tools=store.node(tools),
        outputs=tuple(sorted(store.atom(*_json_file(given)) for given in entry.get("actualOutputs", ()))),
        listed=store.keep_all(sorted(map(_string, entry.get("listedOutputs", ())))),
        runner=store.keep(_string(entry.get("runner", ""))),
        cache_hit=bool(entry.get("cacheHit")),
        cacheable=bool(entry.get("cacheable")),
        status=store.keep(_string(entry.get("status", ""))),
        exit_code=int(entry.get("exitCode", 0)),
        timeout=int(entry.get("timeoutMillis", 0)),
        digest=digest_text(action.get("hash", ""), int(action.get("sizeBytes", 0))),
    )


def _string(value: object) -> str:
    """Return a value that has to be a string."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _json_file(given: dict[str, Any]) -> tuple[str, str]:
    path = _string(given["path"])
    if given.get("symlinkTargetPath"):
        return path, f"-> {given['symlinkTargetPath']}"
    content = given.get("digest") or {}
    return path, digest_text(content.get("hash", ""), int(content.get("sizeBytes", 0)))


def _json_pairs(given: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((_string(item["name"]), _string(item.get("value", ""))) for item in given))


def read_binary(stream: BinaryIO, log: Log, store: Store) -> None:
    """Add all of a binary log to a `Log`; `WireError` has the offset in the stream."""
    for offset, message in delimited(stream):
        try:
            spawn = _from_wire(message, store)
        except WireError as e:
            raise WireError(offset + e.offset, str(e)) from e
        if not (spawn.mnemonic or spawn.args or spawn.listed):
            raise WireError(offset, "this message is no spawn")
        log.spawns.append(spawn)


def _from_wire(message: bytes, store: Store) -> Spawn:
    """SpawnExec: command_args = 1, environment_variables = 2, platform = 3, inputs = 4, listed_outputs = 5, ….

    File: path = 1, digest = 2, is_tool = 3, symlink_target_path = 4.
    """
    args, env, platform, listed = [], [], [], []
    inputs: list[int] = []
    tools: list[int] = []
    outputs: list[int] = []
    found: dict[int, Value] = {}
    for key, value in fields(message):
        if key == 1:
            args.append(text(value))
        elif key == 2:
            env.append(pair(data(value)))
        elif key == 3:
            platform += [pair(data(v)) for k, v in fields(data(value)) if k == 1]
        elif key in (4, 11):
            given = dict(fields(data(value)))
            content = f"-> {text(given[4])}" if given.get(4) else digest(data(given.get(2, b"")))
            atom = store.atom(text(given.get(1, b"")), content)
            (inputs if key == 4 else outputs).append(atom)
            if key == 4 and given.get(3):
                tools.append(atom)
        elif key == 5:
            listed.append(text(value))
        else:
            found[key] = value
    return Spawn(
        label=store.keep(text(found.get(18, b""))),
        mnemonic=store.keep(text(found.get(10, b""))),
        args=store.keep_all(args),
        env=store.keep(tuple(sorted(env))),
        platform=store.keep(tuple(sorted(platform))),
        inputs=store.node(inputs),
        tools=store.node(tools),
        outputs=tuple(sorted(outputs)),
        listed=store.keep_all(sorted(listed)),
        runner=store.keep(text(found.get(12, b""))),
        cache_hit=bool(found.get(13)),
        cacheable=bool(found.get(7)),
        status=store.keep(text(found.get(14, b""))),
        exit_code=signed(number(found.get(15, 0))),
        timeout=number(found.get(8, 0)),
        digest=digest(data(found.get(19, b""))),
    )
