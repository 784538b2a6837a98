"""What the tables of pylock.toml and uv.lock have in common: typed fields, files, addresses.

Phase: any (pure functions).
In: values read from TOML. Out: checked values, or the dotted place and what is wrong there.
"""

load("//python/private/spec:archive_names.bzl", "url_filename")
load(":requirements_text.bzl", "join_path")

visibility(["//python/...", "//tests/starlark/..."])

_HEX = "0123456789abcdef"
_NAMES = {"bool": "true or false", "dict": "a table", "list": "an array", "string": "a text"}

def field_error(table, fields, place):
    """Checks the types of a table's fields.

    Args:
      table: (dict) the table.
      fields: (dict[str, str]) field to the Starlark name of its type; fields that are missing are right.
      place: (str) dotted place of the table.

    Returns:
      (str) `place.field: message`, or empty.
    """
    if type(table) != "dict":
        return "{}: is {}; expected a table.".format(place, repr(table))
    for field, kind in fields.items():
        value = table.get(field)
        if value != None and type(value) != kind:
            return "{}.{}: is {}; expected {}.".format(place, field, repr(value), _NAMES[kind])
    return ""

def tables_error(table, field, place):
    """Checks that a field is an array of tables.

    Args:
      table: (dict) the table that has it.
      field: (str) its name.
      place: (str) dotted place of the table.

    Returns:
      (str) `place.field: message`, or empty.
    """
    value = table.get(field, [])
    if type(value) != "list":
        return "{}.{}: is {}; expected an array of tables.".format(place, field, repr(value))
    for index, item in enumerate(value):
        if type(item) != "dict":
            return "{}.{}[{}]: is {}; expected a table.".format(place, field, index, repr(item))
    return ""

def sha256_error(digest, others, place):
    """Checks a digest.

    Args:
      digest: (str) the sha256, or None.
      others: (list[str]) other algorithms that the lock has instead.
      place: (str) dotted place of the file.

    Returns:
      (str) `place: message`, or empty.
    """
    if digest == None:
        return "{}: has {}; expected a sha256. To fix: lock again with an index that gives sha256 hashes.".format(
            place,
            "only a hash of " + ", ".join(sorted(others)) if others else "no hash",
        )
    if type(digest) != "string" or len(digest) != 64 or digest.strip(_HEX):
        return "{}: has the sha256 {}; expected 64 lower-case hexadecimal digits.".format(place, repr(digest))
    return ""

def resolve_place(where, folder, table):
    """Gives the address of a file.

    Args:
      where: (str) the lock; paths are relative to its folder.
      folder: (str) folder or `file:` address that paths are in, empty for the lock's.
      table: (dict) with `url`, `path`, or neither.

    Returns:
      (tuple) address (empty for a path outside of the workspace, or none), file name.
    """
    url = table.get("url") or ""
    path = table.get("path") or ""
    if url or not path:
        return url, url_filename(url)
    path = folder.rstrip("/") + "/" + path if folder and not path.startswith("/") else path
    name = path.split("/")[-1]
    if path.startswith("file:"):
        return path, name
    if path.startswith("/"):
        return "file://" + path, name
    return join_path(where, path) or "", name

def most_common(values):
    """Gives the value that is most often in a list.

    Args:
      values: (list[str]) texts, empty ones do not count.

    Returns:
      (str) the value, the first of several; empty where there is none.
    """
    counts = {}
    for value in values:
        if value and type(value) == "string":
            counts[value] = counts.get(value, 0) + 1
    best = ""
    for value, count in counts.items():
        if not best or count > counts[best]:
            best = value
    return best
