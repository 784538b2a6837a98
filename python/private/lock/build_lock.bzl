"""The build lock: the exact build requirements of each sdist (JSON, its format is in docs/contracts.md).

Phase: module extension (pure functions).
In: the file's text. Out: its checked content, or an error with file and dotted place.
"""

load("//python/private/spec:names.bzl", "is_name", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

_VERSION = 1

_NO_LOCK = struct(cycles = {}, error = "", sdists = {}, wheels = {})

def _failed(where, place, message):
    return struct(cycles = {}, error = "{}: {}: {}".format(where, place, message), sdists = {}, wheels = {})

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
                "names {}, which is neither in \"wheels\" nor in \"sdists\" of this file. ".format(repr(key)) +
                "To fix: write the build lock again with 'reprowheel lock'."
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
            found = found or _requirements_error(entry, known)
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

def relock_command(context):
    """Gives the command that writes a build lock.

    Args:
      context: (struct) `where`, `build_where` (file names), `lock_options`.

    Returns:
      (str) the command.
    """
    return "bazel run @rules_reprowheel//tools/lock -- {}{} --out {}".format(
        context.where,
        context.lock_options,
        context.build_where or "build-lock.json",
    )

def from_source_error(build_lock, context):
    """Finds a wheel that builds would use, although `from_source` asks for sdists only.

    Args:
      build_lock: (struct) from `parse_build_lock`, without error.
      context: (struct) as `relock_command` has it.

    Returns:
      (str) a message about the first such wheel, or empty.
    """
    for key, wheel in sorted(build_lock.wheels.items()):
        if not wheel.get("seed", False):
            return ("from_source = True, but {}: wheels[\"{}\"] ({}) is no seed; expected an sdist of every build requirement. " +
                    "To fix: {}").format(context.build_where, key, wheel["filename"], relock_command(context))
    return ""

def parse_build_lock(text, where):
    """Parses and checks a build lock.

    Args:
      text: (str) the file's content; None for no build lock.
      where: (str) the file's name for messages.

    Returns:
      (struct) `sdists` and `wheels`: dicts from `name==version` to the entry; `cycles`: dict from name to its
      dependencies inside its cycle; `error`: `file: place: message`, or an empty string.
    """
    if text == None:
        return _NO_LOCK
    content = json.decode(text, None)
    if type(content) != "dict":
        return _failed(where, "(top)", "is not a JSON object; expected a build lock. " +
                                       "To fix: write it again with 'reprowheel lock'.")
    if content.get("build_lock_version") != _VERSION:
        return _failed(where, "build_lock_version", "is {}; expected {}. To fix: write it again with 'reprowheel lock'.".format(
            repr(content.get("build_lock_version")),
            _VERSION,
        ))
    known = dict(content.get("wheels", {}) or {})
    known.update(content.get("sdists", {}) or {})
    for table in ["sdists", "wheels"]:
        found = _table_error(content, table, known)
        if found:
            return _failed(where, found[0], found[1])
    found = _cycles_error(content)
    if found:
        return _failed(where, found[0], found[1])
    error = _cycle_error(content.get("sdists", {}), content.get("wheels", {}))
    if error:
        return _failed(where, "sdists", error)
    return struct(
        cycles = content.get("cycles", {}),
        error = "",
        sdists = content.get("sdists", {}),
        wheels = content.get("wheels", {}),
    )
