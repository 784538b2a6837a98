"""The build lock: the exact build requirements of each sdist (JSON, its format is in docs/contracts.md).

Phase: module extension (pure functions).
In: the file's text. Out: its checked content, or an error with file and dotted place.
"""

load("//python/private/spec:names.bzl", "is_name", "normalize_name")
load(":crate_entries.bzl", "crates_error", "rust_error")

visibility(["//python/...", "//tests/starlark/..."])

_VERSION = 1

# What a build lock that is not written yet has.
NO_BUILD_LOCK = struct(crates = {}, cycles = {}, error = "", missing = True, sdists = {}, wheels = {})

def _failed(where, place, message):
    return struct(
        crates = {},
        cycles = {},
        error = "{}: {}: {}".format(where, place, message),
        missing = False,
        sdists = {},
        wheels = {},
    )

def _file_error(entry):
    """Checks the fields that sdists and wheels share. Returns (field, message) or None."""
    if type(entry) != "dict":
        return "", "is a {}; expected an object.".format(type(entry))
    digest = entry.get("sha256")
    if type(digest) != "string" or len(digest) != 64 or digest.strip("0123456789abcdef"):
        return ".sha256", "is {}; expected 64 lower-case hexadecimal digits.".format(repr(digest))
    name = entry.get("filename")
    if type(name) != "string" or not name or "/" in name:
        return ".filename", "is {}; expected a file name without a folder.".format(repr(name))
    return None

def _key_error(key):
    name, found, version = key.partition("==")
    if not found or not version or normalize_name(name) != name:
        return "is not a key; expected normalized-name==version."
    return ""

def _strings_error(entry, field):
    value = entry.get(field, [])
    if type(value) != "list" or [item for item in value if type(item) != "string"]:
        return ".{}".format(field), "is {}; expected a list of strings.".format(repr(value))
    return None

def _requirements_error(entry, known):
    """Checks that the lock has an entry for each build requirement."""
    for index, key in enumerate(entry.get("build_requirements", [])):
        if key not in known:
            return ".build_requirements[{}]".format(index), (
                "names {}, which is neither in \"wheels\" nor in \"sdists\" of this file.".format(repr(key))
            )
    return None

def _table_error(content, table, known):
    """Checks one of the tables `sdists` and `wheels`. Returns (place, message) or None."""
    entries = content.get(table, {})
    if type(entries) != "dict":
        return table, "is a {}; expected an object.".format(type(entries))
    for key, entry in entries.items():
        place = "{}[\"{}\"]".format(table, key)
        message = _key_error(key)
        if message:
            return place, message
        found = _file_error(entry)
        if not found and table == "sdists":
            for field in ["build_requirements", "requires_dist", "provides_extra", "top_level", "host_tools"]:
                found = found or _strings_error(entry, field)
            found = found or _requirements_error(entry, known) or rust_error(entry, content.get("crates", {}))
        if not found and table == "wheels" and type(entry.get("seed", False)) != "bool":
            found = ".seed", "is {}; expected true or false.".format(repr(entry["seed"]))
        if not found and table == "wheels" and not entry["filename"].endswith(".whl"):
            found = ".filename", "is {}; expected a name that ends in .whl.".format(repr(entry["filename"]))
        if found:
            return place + found[0], found[1]
    return None

def _cycles_error(content):
    """Checks the table `cycles`. Returns (place, message) or None."""
    table = content.get("cycles", {})
    if type(table) != "dict":
        return "cycles", "is a {}; expected an object.".format(type(table))
    for name in table:
        if not is_name(name) or normalize_name(name) != name:
            return "cycles[\"{}\"]".format(name), "is not a key; expected a normalized name."
        found = _strings_error(table, name)
        if found:
            return "cycles" + found[0], found[1]
    return None

def _cycle_error(sdists, wheels):
    """Finds sdists that need each other to be built. Returns a message or an empty string."""
    waiting = {
        key: [other for other in entry.get("build_requirements", []) if other in sdists and other not in wheels]
        for key, entry in sdists.items()
    }
    for _ in range(len(sdists) + 1):
        ready = {key: None for key, others in waiting.items() if not others}
        if not ready:
            break
        waiting = {
            key: [other for other in others if other not in ready]
            for key, others in waiting.items()
            if key not in ready
        }
    if waiting:
        return "{} need each other to be built; expected no cycle. To fix: lock a wheel of one of them, as 'reprowheel lock --from-source' does.".format(
            ", ".join(sorted(waiting)),
        )
    return ""

def from_source_error(build_lock, where):
    """Finds a wheel that builds would use, although `from_source` asks for sdists only.

    Args:
      build_lock: (struct) from `parse_build_lock`, without error.
      where: (str) the file's name for messages.

    Returns:
      (str) a message about the first such wheel, or empty.
    """
    for key, wheel in sorted(build_lock.wheels.items()):
        if not wheel.get("seed", False):
            return "from_source = True, but {}: wheels[\"{}\"] ({}) is no seed; expected an sdist of every build requirement".format(
                where,
                key,
                wheel["filename"],
            )
    return ""

def unlocked_text(build_lock, where):
    """Says what a build lock has for a distribution that it does not have.

    Args:
      build_lock: (struct) from `parse_build_lock`.
      where: (str) the file's name for messages; empty if none is named.

    Returns:
      (str) part of a sentence.
    """
    if not where:
        return "no build lock says with which build requirements"
    return where + (" does not exist" if build_lock.missing else " has no entry for it")

def parse_build_lock(text, where, fix = "write it again with 'reprowheel lock'"):
    """Parses and checks a build lock.

    Args:
      text: (str) the file's content; None for no build lock.
      where: (str) the file's name for messages.
      fix: (str) what helps against a file that cannot be read: a command.

    Returns:
      (struct) `sdists` and `wheels`: dicts from `name==version` to the entry; `crates`: the same of Rust; `cycles`: dict from name to its
      dependencies inside its cycle; `missing`: whether there is no build lock; `error`: `file: place: message`, or an empty string.
    """
    if text == None:
        return NO_BUILD_LOCK
    content = json.decode(text, None)
    if type(content) != "dict":
        return _failed(where, "(top)", "is not a JSON object; expected a build lock. To fix: " + fix)
    if content.get("build_lock_version") != _VERSION:
        return _failed(where, "build_lock_version", "is {}; expected {}. To fix: {}".format(
            repr(content.get("build_lock_version")),
            _VERSION,
            fix,
        ))
    known = dict(content.get("wheels", {}) or {})
    known.update(content.get("sdists", {}) or {})
    for table in ["sdists", "wheels"]:
        found = _table_error(content, table, known)
        if found:
            return _failed(where, found[0], "{} To fix: {}".format(found[1], fix))
    found = crates_error(content) or _cycles_error(content)
    if found:
        return _failed(where, found[0], "{} To fix: {}".format(found[1], fix))
    error = _cycle_error(content.get("sdists", {}), content.get("wheels", {}))
    if error:
        return _failed(where, "sdists", error)
    return struct(
        crates = content.get("crates", {}),
        cycles = content.get("cycles", {}),
        error = "",
        missing = False,
        sdists = content.get("sdists", {}),
        wheels = content.get("wheels", {}),
    )
