"""The directory of a zip archive: which members it has, before Bazel unpacks it.

Phase: repository.
In: an archive in the repository. Out: its members; or what is wrong with the archive.

Bazel's `extract` says nothing of what it unpacks. Two members of one name, links and modes can only be seen here.
"""

load(":limits.bzl", "MAX_DIRECTORY", "MAX_MEMBERS")

visibility(["//python/...", "//tests/starlark/..."])

# Bytes of the archive's end that are read at first. That is the directory of 30,000 members and more.
_TAIL = 4 << 20

_TAIL_FILE = "_archive.tail"
_END = "PK\005\006"
_END_SIZE = 22
_END_64 = "PK\006\006"
_END_64_SIZE = 56
_LOCATOR = "PK\006\007"
_LOCATOR_SIZE = 20
_ENTRY = "PK\001\002"
_ENTRY_SIZE = 46
_UNKNOWN = 0xffffffff  # the number is in the extra field

_NO_ZIP = "File is not a zip file"

def _number(data, at, size):
    """Reads an unsigned number, lowest byte first. Bazel has no `ord`; `hash` of one character is its code."""
    value = 0
    for index in range(size):
        value += hash(data[at + index]) << (8 * index)
    return value

def _extra_numbers(extra):
    """Gives the numbers of the extra field for large files (zip64)."""
    at = 0
    for _ in range(len(extra)):
        if at + 4 > len(extra):
            break
        size = _number(extra, at + 2, 2)
        if _number(extra, at, 2) == 1:
            return [_number(extra, place, 8) for place in range(at + 4, min(at + 4 + size, len(extra)) - 7, 8)]
        at += 4 + size
    return []

def _end(data):
    """Finds the end record. Returns struct(count, size, offset, before) or None; `before`: where the directory ends in `data`."""
    at = len(data) - _END_SIZE
    if at < 0:
        return None
    if data[at:at + 4] != _END or not data.endswith("\0\0"):
        at = data[:len(data) - _END_SIZE + 4].rfind(_END)
    if at < 0:
        return None
    place = at - _LOCATOR_SIZE - _END_64_SIZE
    if place >= 0 and data[at - _LOCATOR_SIZE:at - _LOCATOR_SIZE + 4] == _LOCATOR and data[place:place + 4] == _END_64:
        return struct(
            before = place,
            count = _number(data, place + 32, 8),
            offset = _number(data, place + 48, 8),
            size = _number(data, place + 40, 8),
        )
    return struct(
        before = at,
        count = _number(data, at + 10, 2),
        offset = _number(data, at + 16, 4),
        size = _number(data, at + 12, 4),
    )

def _members(data, count):
    """Reads the entries of a directory; None if it is damaged."""
    members = []
    at = 0
    for _ in range(count):
        if data[at:at + 4] != _ENTRY or at + _ENTRY_SIZE > len(data):
            return None
        name_end = at + _ENTRY_SIZE + _number(data, at + 28, 2)
        extra_end = name_end + _number(data, at + 30, 2)
        packed, size = _number(data, at + 20, 4), _number(data, at + 24, 4)
        if _UNKNOWN in [packed, size]:
            numbers = _extra_numbers(data[name_end:extra_end])
            if size == _UNKNOWN and numbers:
                size = numbers.pop(0)
            if packed == _UNKNOWN and numbers:
                packed = numbers.pop(0)
        members.append(struct(
            flags = _number(data, at + 8, 2),
            method = _number(data, at + 10, 2),
            mode = _number(data, at + 40, 2),
            name = data[at + _ENTRY_SIZE:name_end],
            packed = packed,
            size = size,
        ))
        at = extra_end + _number(data, at + 32, 2)
    return members if at == len(data) else None

def parse_directory(data, archive_size):
    """Reads the members from the end of an archive.

    Args:
      data: (str) the archive's last bytes, one character each.
      archive_size: (int) bytes of the whole archive.

    Returns:
      (struct) `members` (list of struct: `name`, `size`, `packed`, `mode` (of Unix, 0 if none), `flags`, `method`), `error` (what is
      wrong, or empty), `missing` (how many bytes of the archive's end are needed, if `data` is too short; else 0).
    """
    end = _end(data)
    if not end:
        return struct(error = _NO_ZIP, members = [], missing = 0)
    if end.count > MAX_MEMBERS:
        return struct(error = "has {} members; the limit is {}".format(end.count, MAX_MEMBERS), members = [], missing = 0)
    if end.size > MAX_DIRECTORY:
        return struct(error = "has a directory of more than {} bytes, which is the limit".format(MAX_DIRECTORY), members = [], missing = 0)
    behind = len(data) - end.before
    if end.offset + end.size + behind != archive_size:
        return struct(error = "Bad offset for central directory", members = [], missing = 0)
    if end.size > end.before:
        return struct(error = "", members = [], missing = end.size + behind)
    members = _members(data[end.before - end.size:end.before], end.count)
    if members == None:
        return struct(error = "Bad magic number for central directory", members = [], missing = 0)
    return struct(error = "", members = members, missing = 0)

def _read_end(rctx, file, size):
    """Gives the last bytes of a file, and how many it has."""
    run = rctx.execute(["sh", "-c", "tail -c \"$1\" \"$2\" > \"$3\" && wc -c < \"$2\"", "sh", str(size), file, _TAIL_FILE])
    if run.return_code != 0:
        fail("{}: cannot be read: {}".format(file, run.stderr.strip()))
    data = rctx.read(_TAIL_FILE, watch = "no")
    rctx.delete(_TAIL_FILE)
    return data, int(run.stdout.strip())

def read_directory(rctx, file):
    """Reads which members a zip archive has.

    Args:
      rctx: the repository context.
      file: (str) path of the archive in the repository.

    Returns:
      (struct) `members` and `error` as of `parse_directory`; `size`: bytes of the archive.
    """
    data, size = _read_end(rctx, file, _TAIL)
    found = parse_directory(data, size)
    if found.missing:
        found = parse_directory(_read_end(rctx, file, found.missing)[0], size)
    return struct(error = found.error, members = found.members, size = size)
