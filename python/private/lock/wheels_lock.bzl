"""The wheels lock: digests of built wheels (JSON, its format is in docs/contracts.md), split by package.

Phase: module extension (pure functions).
In: the file's text. Out: for each package a lock with its own pins. So an edit of one package's pins changes no other package.
"""

visibility(["//python/...", "//tests/starlark/..."])

_VERSION = 1

_FIX = "To fix: restore the file, or empty it and record all wheels again."

def _failed(where, place, message):
    return struct(error = "{}: {}: {} {}".format(where, place, message, _FIX), pins = {})

def _table_error(content, table, kind):
    entries = content.get(table, {})
    if type(entries) != "dict":
        return table, "is a {}; expected an object.".format(type(entries))
    for name, entry in entries.items():
        if type(entry) != kind:
            return "{}.{}".format(table, name), "is a {}; expected {}.".format(type(entry), {"dict": "an object", "list": "a list"}[kind])
    return None

def _part(content, name):
    """Gives the lock of one package: its pins, and the toolchains that these name."""
    pins = content.get("wheels", {}).get(name, [])
    toolchains = content.get("toolchains", {})
    used = {str(pin.get("toolchain")): None for pin in pins if type(pin) == "dict"}
    part = {
        "toolchains": {key: toolchains[key] for key in sorted(toolchains) if key in used},
        "wheels": {name: pins} if pins else {},
        "wheels_lock_version": _VERSION,
    }
    return json.encode_indent(part | ({"update": content["update"]} if "update" in content else {}), indent = "  ") + "\n"

def parse_wheels_lock(text, where, names):
    """Splits a wheels lock by package. The helper checks the rest when it reads the parts.

    Args:
      text: (str) the file's content; an empty file has no pins.
      where: (str) the file's name for messages.
      names: (iterable[str]) normalized names of the packages.

    Returns:
      (struct) `pins`: dict from name to the text of its own lock; `error`: `file: place: message`, or empty.
    """
    content = json.decode(text, None) if text.strip() else {"wheels_lock_version": _VERSION}
    if type(content) != "dict":
        return _failed(where, "(top)", "is not a JSON object; expected a wheels lock.")
    if content.get("wheels_lock_version") != _VERSION:
        return _failed(where, "wheels_lock_version", "is {}; expected {}.".format(repr(content.get("wheels_lock_version")), _VERSION))
    found = _table_error(content, "wheels", "list") or _table_error(content, "toolchains", "dict")
    if found:
        return _failed(where, found[0], found[1])
    return struct(error = "", pins = {name: _part(content, name) for name in names})

def read_pins(context, tags, names, lock_label):
    """Reads the wheels lock that the tags of one hub name.

    Args:
      context: the module context or the repository context.
      tags: (list[struct]) its `pip.parse` tags, with their `place`.
      names: (iterable[str]) normalized names of its packages.
      lock_label: (function) writes a label for messages.

    Returns:
      (struct) `name`: the file, empty for none; `pins`: see `parse_wheels_lock`; `error`: message or empty.
    """
    labels = {str(tag.wheels_lock): tag.wheels_lock for tag in tags if tag.wheels_lock}
    if not labels:
        return struct(error = "", name = "", pins = {})
    shown = [lock_label(label) for label in labels.values()]
    if len(shown) > 1:
        return struct(name = "", pins = {}, error = (
            "{}: wheels_lock is {}; expected one file for the hub, which holds the pins of all its " +
            "Pythons and platforms. To fix: name the same file."
        ).format(tags[0].place, " and ".join(shown)))
    path = context.path(labels.values()[0])
    if not path.exists or path.is_dir:
        if hasattr(context, "watch"):
            context.watch(path)  # read again when somebody makes it
        return struct(name = "", pins = {}, error = "{}: wheels_lock: {} {}; expected a file, which may be empty. To fix: : > {}".format(
            tags[0].place,
            shown[0],
            "is a directory" if path.exists else "is not there",
            shown[0],
        ))
    parsed = parse_wheels_lock(context.read(labels.values()[0]), shown[0], names)
    return struct(error = parsed.error, name = shown[0], pins = parsed.pins)
