"""The compact format (`--execution_log_compact_file`): zstd, length-delimited `ExecLogEntry` of Bazel's spawn.proto.

The numbers are those of the fields there, as Bazel 7.7, 8 and 9 have them. Bazel 7.1 had three fields for the kinds of inputs
and outputs that are one now; they are still read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from execlog.errors import WireError
from execlog.model import Log, Runfiles, Spawn, Store, digest_text
from execlog.wire import Value, data, delimited, fields, number, numbers, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

__all__ = ["digest", "pair", "read_compact", "signed"]

T = TypeVar("T")
Links = tuple[tuple[str, bool, int], ...]

def read_compact(stream: BinaryIO, log: Log, store: Store) -> None:
    """Add all of a decompressed log to a `Log`; `WireError` has the offset in the stream."""
    reader = _Reader(log, store)
    for offset, message in delimited(stream):
        try:
            reader.entry(message)
        except WireError as e:
            raise WireError(offset + e.offset, str(e)) from e


class _Reader:
    """What entries have said so far, by their numbers in this log."""

    def __init__(self, log: Log, store: Store) -> None:
        self.log, self.store = log, store
        self.main = "_main"
        self.atoms: dict[int, int] = {}
        self.directories: dict[int, tuple[str, int, tuple[int, ...]]] = {}
        self.nodes: dict[int, int] = {0: 0}
        self.links: dict[int, Links] = {0: ()}
        self.readers: dict[int, Callable[[int, bytes], None]] = {
            2: self._invocation,
            3: self._file,
            4: self._directory,
            5: self._symlink,
            6: self._input_set,
            7: self._spawn,
            8: self._symlink_action,
            9: self._link_set,
            10: self._runfiles,
        }

    def _file(self, identifier: int, message: bytes) -> None:
        self.atoms[identifier] = self.store.atom(*_file(message))

    def entry(self, message: bytes) -> None:
        """ExecLogEntry: id = 1, and the one field that it is about; one of an unknown kind is left aside."""
        identifier = 0
        for key, value in fields(message):
            if key == 1:
                identifier = number(value)
            elif key in self.readers:
                self.readers[key](identifier, data(value))

    def _invocation(self, _identifier: int, message: bytes) -> None:
        """Invocation: workspace_runfiles_directory = 2."""
        self.main = next((text(v) for k, v in fields(message) if k == 2), self.main)

    def _symlink(self, identifier: int, message: bytes) -> None:
        """UnresolvedSymlink: path = 1, target_path = 2."""
        path, target = pair(message)
        self.atoms[identifier] = self.store.atom(path, f"-> {target}")

    def _symlink_action(self, _identifier: int, message: bytes) -> None:
        """SymlinkAction: input_path = 1, output_path = 2."""
        target, path = pair(message)
        self.log.symlinks[self.store.keep(path)] = self.store.keep(target)

    def _directory(self, identifier: int, message: bytes) -> None:
        """Directory: path = 1, files = 2, with paths relative to it."""
        path, files = "", []
        for key, value in fields(message):
            if key == 1:
                path = text(value)
            elif key == 2:
                files.append(_file(data(value)))
        atoms = tuple(sorted(self.store.atom(f"{path}/{name}", content) for name, content in files))
        self.directories[identifier] = (path, self.store.node(atoms), atoms)

    def _input_set(self, identifier: int, message: bytes) -> None:
        """InputSet: transitive_set_ids = 4, input_ids = 5; Bazel 7.1: files 1, directories 2, symlinks 3."""
        atoms, nodes = [], []
        for key, value in fields(message):
            if key == 4:
                nodes += [_known(self.nodes, part, "a set") for part in numbers(value)]
            elif key in (1, 2, 3, 5):
                for part in numbers(value):
                    if part in self.atoms:
                        atoms.append(self.atoms[part])
                    else:
                        nodes.append(_known(self.directories, part, "an input")[1])
        self.nodes[identifier] = self.store.node(atoms, nodes)

    def _link_set(self, identifier: int, message: bytes) -> None:
        """SymlinkEntrySet: direct_entries = 1, a map; transitive_set_ids = 2, which come first."""
        direct: list[tuple[str, bool, int]] = []
        before: list[tuple[str, bool, int]] = []
        for key, value in fields(message):
            if key == 2:
                for part in numbers(value):
                    before.extend(_known(self.links, part, "a set of links"))
            elif key == 1:
                where, target = "", 0
                for k, v in fields(data(value)):
                    where, target = (text(v), target) if k == 1 else (where, number(v))
                if target in self.atoms:
                    direct.append((where, False, self.atoms[target]))
                else:
                    direct.append((where, True, _known(self.directories, target, "a link's target")[1]))
        self.links[identifier] = tuple(dict.fromkeys([*before, *sorted(direct)]))

    def _runfiles(self, identifier: int, message: bytes) -> None:
        """RunfilesTree: path = 1, input_set_id = 2, links 3 (main repository) and 4 (root), empty_files = 5, …."""
        path, inputs, mapping, legacy = "", 0, "-", False
        links: list[tuple[str, bool, int]] = []
        empty = []
        for key, value in fields(message):
            if key == 1:
                path = text(value)
            elif key == 2:
                inputs = _known(self.nodes, number(value), "a set")
            elif key in (3, 4):
                found = _known(self.links, number(value), "a set of links")
                links += [(f"/{where}" if key == 4 else where, *rest) for where, *rest in found]  # type: ignore[misc]
            elif key == 5:
                empty.append(self.store.keep(text(value)))
            elif key == 6:
                mapping = _file(data(value))[1]
            elif key == 7:
                legacy = bool(number(value))
        tree = Runfiles(path, inputs, tuple(links), tuple(empty), mapping, self.main, legacy)
        self.directories[identifier] = (path, self.store.runfiles(tree), ())

    def _spawn(self, _identifier: int, message: bytes) -> None:
        """Spawn: args = 1, env_vars = 2, platform = 3, sets 4 and 5, outputs = 6, then as in `SpawnExec`."""
        args: list[str] = []
        env: list[tuple[str, str]] = []
        platform: list[tuple[str, str]] = []
        outputs: list[int] = []
        listed: list[str] = []
        found: dict[int, Value] = {}
        for key, value in fields(message):
            if key == 1:
                args.append(text(value))
            elif key == 2:
                env.append(pair(data(value)))
            elif key == 3:
                platform += [pair(data(v)) for k, v in fields(data(value)) if k == 1]
            elif key == 6:
                self._output(data(value), outputs, listed)
            else:
                found[key] = value
        store = self.store
        spawn = Spawn(
            label=store.keep(text(found.get(7, b""))),
            mnemonic=store.keep(text(found.get(8, b""))),
            args=store.keep_all(args),
            env=store.keep(tuple(sorted(env))),
            platform=store.keep(tuple(sorted(platform))),
            inputs=_known(self.nodes, number(found.get(4, 0)), "a set"),
            tools=_known(self.nodes, number(found.get(5, 0)), "a set"),
            outputs=tuple(sorted(outputs)),
            listed=store.keep_all(sorted(listed)),
            runner=store.keep(text(found.get(11, b""))),
            cache_hit=bool(found.get(12)),
            cacheable=bool(found.get(14)),
            status=store.keep(text(found.get(10, b""))),
            exit_code=signed(number(found.get(9, 0))),
            timeout=number(found.get(17, 0)),
            digest=digest(data(found.get(16, b""))),
        )
        self.log.spawns.append(spawn)

    def _output(self, message: bytes, outputs: list[int], listed: list[str]) -> None:
        """Output: invalid_output_path = 4, output_id = 5; Bazel 7.1: file 1, directory 2, symlink 3."""
        for key, value in fields(message):
            if key == 4:
                listed.append(text(value))
            elif key in (1, 2, 3, 5):
                identifier = number(value)
                if identifier in self.atoms:
                    outputs.append(self.atoms[identifier])
                    listed.append(self.store.atoms[self.atoms[identifier]][0])
                else:
                    path, _, atoms = _known(self.directories, identifier, "an output")
                    outputs += atoms
                    listed.append(path)


def _known(table: Mapping[int, T], identifier: int, what: str) -> T:
    """Return what an earlier entry has said."""
    if identifier not in table:
        raise WireError(0, f"{what} is entry {identifier}, which does not come before")
    return table[identifier]


def signed(value: int) -> int:
    """Return a number of 64 bits with its sign."""
    return value - (1 << 64) if value >> 63 else value


def _file(message: bytes) -> tuple[str, str]:
    """ExecLogEntry.File: path = 1, digest = 2."""
    path, content = "", ""
    for key, value in fields(message):
        if key == 1:
            path = text(value)
        elif key == 2:
            content = digest(data(value))
    return path, content


def digest(message: bytes) -> str:
    """Digest: hash = 1, size_bytes = 2."""
    found = dict(fields(message))
    return digest_text(text(found.get(1, b"")), number(found.get(2, 0)))


def pair(message: bytes) -> tuple[str, str]:
    """EnvironmentVariable and Platform.Property: name = 1, value = 2."""
    found = dict(fields(message))
    return text(found.get(1, b"")), text(found.get(2, b""))
