"""Core metadata: the header fields of METADATA, PKG-INFO and WHEEL files.

Phase: repository (pure functions).
In: such a file's text. Out: its fields, and the dependencies that are certain.
"""

load(":names.bzl", "is_name", "normalize_name")
load(":versions.bzl", "parse_version")

visibility(["//python/...", "//tests/starlark/..."])

# What controls a terminal, in UTF-8: C0 without tab and line feed, DEL, C1, marks and overrides of the direction of text.
_CONTROLS = (
    [c for c in "\000\001\002\003\004\005\006\007\010\013\014\015\016\017\020\021\022\023\024\025\026\027\030\031\032\033\034\035\036\037\177".elems()] +
    ["\302" + c for c in "\200\201\202\203\204\205\206\207\210\211\212\213\214\215\216\217\220\221\222\223\224\225\226\227\230\231\232\233\234\235\236\237".elems()] +
    ["\342\200" + c for c in "\213\214\215\216\217\250\251\252\253\254\255\256".elems()] +
    ["\342\201" + c for c in "\246\247\250\251".elems()] +
    ["\330\234"]
)

def harmless(text):
    """Replaces controls by question marks. Text from outside is told in messages, which may not have any.

    Args:
      text: (str) of an archive.

    Returns:
      (str) one line that is safe to print.
    """
    for control in _CONTROLS:
        text = text.replace(control, "?")
    return text

def parse_fields(text):
    """Reads the header fields. The body is dropped, and the indentation of continued lines.

    Args:
      text: (str) the file's content.

    Returns:
      (dict[str, list[str]]) lower-case field name to its values, in the file's order.
    """
    fields = {}
    last = None
    header = text.replace("\r\n", "\n").partition("\n\n")[0]
    for line in harmless(header).split("\n"):
        if not line:
            break
        if line[0] in " \t":
            if last:
                last[-1] += " " + line.strip()
            continue
        name, _, value = line.partition(":")
        last = fields.setdefault(name.strip().lower(), [])
        last.append(value.strip())
    return fields

def parse_entry_points(text):
    """Reads the scripts out of an `entry_points.txt` (its format: PyPA's specification of entry points).

    Args:
      text: (str) the file's content.

    Returns:
      (dict[str, dict[str, str]]) `console_scripts` and `gui_scripts`, where there are any, to name to `module:object`.
    """
    found = {}
    group = ""
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif line and line[0] not in "#;" and group in ["console_scripts", "gui_scripts"]:
            name, equals, target = line.partition("=")
            if equals:
                # Extras after the object (`a:b [x]`) are deprecated. They mean nothing if everything is locked.
                found.setdefault(group, {})[name.strip()] = target.partition("[")[0].strip()
    return found

def first(fields, name):
    """Gives a field's first value.

    Args:
      fields: (dict) from `parse_fields`.
      name: (str) lower-case field name.

    Returns:
      (str) the value, empty if the field is missing.
    """
    return fields.get(name, [""])[0]

def has_certain_dependencies(fields):
    """Says whether an sdist's PKG-INFO names the dependencies that its wheel will have (PEP 643).

    Args:
      fields: (dict) from `parse_fields`.

    Returns:
      (bool) True from metadata version 2.2 on, where Requires-Dist is not dynamic.
    """
    version = parse_version(first(fields, "metadata-version") or "0")
    dynamic = [value.lower() for value in fields.get("dynamic", [])]
    return version != None and version.release >= [2, 2] and "requires-dist" not in dynamic

def extras_of(requires_dist):
    """Finds the extras that occur in the markers of dependencies.

    Args:
      requires_dist: (list[str]) dependencies, some with `; extra == 'x'` in their markers.

    Returns:
      (list[str]) the extras, sorted, as they are written.
    """
    found = {}
    for text in requires_dist:
        pieces = text.replace("\"", "'").partition(";")[2].replace(" ", "").split("extra=='")
        found.update({piece.partition("'")[0]: None for piece in pieces[1:]})
    return sorted(found)

def parse_requirement(text):
    """Splits a dependency (a Requires-Dist value).

    Args:
      text: (str) for example `Foo[bar] >=1 ; extra == 'x'`.

    Returns:
      (struct) `name` (normalized), `extras` (list), `marker` (str); None if it is not a requirement.
    """
    head, _, marker = text.partition(";")
    if " @ " in head:
        # A URL may contain a `;`. The marker begins after ` ;`, with a space before it (PEP 508).
        head, _, marker = text.partition(" ;")
        head = head.partition("@")[0]
    name = ""
    for char in head.strip().elems():
        if not (char.isalnum() or char in "-_."):
            break
        name += char
    rest = head.strip()[len(name):].strip()
    extras = []
    if rest.startswith("["):
        inner, _, _ = rest[1:].partition("]")
        extras = [normalize_name(extra.strip()) for extra in inner.split(",") if extra.strip()]
    if not is_name(name):
        return None
    return struct(extras = sorted(extras), marker = marker.strip(), name = normalize_name(name))
