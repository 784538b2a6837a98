"""An execution log of any format, told by how it begins."""

from __future__ import annotations

from execlog.compact import read_compact
from execlog.decompress import MAGIC, open_zstd
from execlog.errors import LogError, WireError
from execlog.expanded import read_binary, read_json
from execlog.model import Log, Store

__all__ = ["COMPACT", "form_of", "read_log"]

COMPACT = "compact"
_EMPTY = "the file is empty: no action ran in that build (start from `bazel clean`), or Bazel came to a bad end"


def form_of(path: str) -> str:
    """Return the format of a log: compact, json or binary."""
    try:
        with open(path, "rb") as stream:
            begin = stream.read(64)
    except OSError as e:
        raise LogError(path, -1, f"cannot be read: {e.strerror}") from e
    if not begin:
        raise LogError(path, -1, _EMPTY)
    if begin.startswith(MAGIC):
        return COMPACT
    return "json" if begin.lstrip()[:1] in (b"{", b"") else "binary"


def read_log(path: str, store: Store) -> Log:
    """Read a log; what is wrong with the file is a `LogError`."""
    log = Log(path, form_of(path))
    try:
        if log.form == COMPACT:
            with open_zstd(path) as stream:
                try:
                    read_compact(stream, log, store)
                except WireError as e:
                    raise LogError(path, e.offset, str(e), place="decompressed byte") from e
        else:
            with open(path, "rb") as stream:
                (read_json if log.form == "json" else read_binary)(stream, log, store)
    except WireError as e:
        raise LogError(path, e.offset, f"neither a compact nor a JSON nor a binary execution log: {e}") from e
    except OSError as e:
        raise LogError(path, -1, f"cannot be read: {e.strerror}") from e
    if not log.spawns:
        raise LogError(path, -1, "no spawn in it: no action ran in that build (start from `bazel clean`)")
    return log
