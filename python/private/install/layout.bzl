"""Where the files of a wheel are installed: `site-packages`, `bin`, `include`, `data`.

Phase: repository (pure functions).
In: the wheel's files. Out: the place of each, and the shell commands that put them there.
Spec: the binary distribution format, packaging.python.org.
"""

load(":members.bzl", "folders_of")

visibility(["//python/...", "//tests/starlark/..."])

SITE = "site-packages"

# Folder in `.data` → folder of the installed files.
_SCHEMES = {
    "data": "data",
    "headers": "include",
    "platlib": SITE,
    "purelib": SITE,
    "scripts": "bin",
}

# Files of `.dist-info` that an installer writes itself, or that are about the archive alone.
_NOT_INSTALLED = ["INSTALLER", "RECORD.jws", "RECORD.p7s", "REQUESTED", "direct_url.json"]

_REGULAR = 0x8000
_EXECUTABLE = 73  # 0o111
_NAMES_AT_ONCE = 200

def plan_layout(files, dist_info, data):
    """Says where each file goes.

    Args:
      files: (dict[str, struct]) of `checked_members`.
      dist_info: (str) name of the folder with metadata.
      data: (str) name of the folder `.data`; empty if there is none.

    Returns:
      (struct) `places`: dict from name to place; `left_out`: dict from the places that are not installed to None; `executable`:
      list of places; `error`: message without the wheel's name, or empty.
    """
    places = {}
    taken = {}
    left_out = {}
    executable = []
    for name, member in files.items():
        place = SITE + "/" + name
        scripts = False
        if data and name.startswith(data + "/"):
            scheme, slash, rest = name[len(data) + 1:].partition("/")
            if scheme not in _SCHEMES or not slash:
                return _layout_error("{} is not contained in a valid .data subdirectory.".format(name))
            place = "{}/{}".format(_SCHEMES[scheme], rest)
            scripts = scheme == "scripts"
        if place in taken:
            return _layout_error("{} would be installed twice".format(place))
        places[name] = place
        taken[place] = None
        if "/__pycache__/" in "/" + name or name in ["{}/{}".format(dist_info, other) for other in _NOT_INSTALLED]:
            left_out[place] = None
        elif scripts or (member.mode & _REGULAR and member.mode & _EXECUTABLE):
            executable.append(place)
    folders = {}
    for place in taken:
        if place.rpartition("/")[0] not in folders:
            folders.update({folder: None for folder in folders_of(place)})
    clash = sorted([place for place in taken if place in folders])
    if clash:
        return _layout_error("{} is both a file and a folder".format(clash[0]))
    return struct(error = "", executable = executable, left_out = left_out, places = places)

def _layout_error(error):
    return struct(error = error, executable = [], left_out = {}, places = {})

def quoted(text):
    """Writes a word of a shell script.

    Args:
      text: (str) the word.

    Returns:
      (str) the same, quoted.
    """
    return "'{}'".format(text.replace("'", "'\\''"))

def _with_names(command, names, last = ""):
    return [
        "{} {}{}".format(command, " ".join([quoted(name) for name in names[at:at + _NAMES_AT_ONCE]]), last)
        for at in range(0, len(names), _NAMES_AT_ONCE)
    ]

def _known(paths):
    found = {path: False for path in paths}
    for path in paths:
        found.update({folder: True for folder in folders_of(path)})
    return found

def _merge(tree, source, target, names):
    """Gives the commands that move the files `names` of the folder `source` to `target`; `tree` says what is there."""
    commands = []
    pending = [(source, target, names)]
    for _ in range(1 << 20):
        if not pending:
            break
        source, target, names = pending.pop()
        if target not in tree:
            commands.append("mv {} {}".format(quoted(source), quoted(target)))
            tree[target] = True
            tree.update(_known(["{}/{}".format(target, name) for name in names]))
            continue
        children = {}
        for name in names:
            first, _, rest = name.partition("/")
            children.setdefault(first, []).append(rest)
        moved = []
        for child, rests in children.items():
            place = "{}/{}".format(target, child)
            if place in tree:
                pending.append(("{}/{}".format(source, child), place, rests))  # a folder, since no two files have one place
            else:
                moved.append("{}/{}".format(source, child))
                tree[place] = rests != [""]
                tree.update(_known(["{}/{}".format(place, rest) for rest in rests if rest]))
        commands.extend(_with_names("mv", moved, " {}/".format(quoted(target))))
    return commands

def layout_commands(files, data, executable):
    """Writes the shell commands that put the unpacked files in place and give them their modes.

    Args:
      files: (dict[str, struct]) of `checked_members`; they are in `site-packages`.
      data: (str) of `find_data`.
      executable: (list[str]) of `plan_layout`.

    Returns:
      (list[str]) commands.
    """
    commands = []
    tree = _known(["{}/{}".format(SITE, name) for name in files if not (data and name.startswith(data + "/"))])
    for scheme, folder in _SCHEMES.items():
        prefix = "{}/{}/".format(data, scheme)
        names = [name[len(prefix):] for name in files if name.startswith(prefix)] if data else []
        if names:
            commands += _merge(tree, "{}/{}/{}".format(SITE, data, scheme), folder, names)
    if data:
        commands.append("rm -rf {}/{}".format(SITE, quoted(data)))
    commands += [
        "for folder in {}; do".format(" ".join(_folders())),
        "  [ ! -d $folder ] || find $folder -type d -exec chmod 0755 {} +",
        "  [ ! -d $folder ] || find $folder -type f -exec chmod 0644 {} +",
        "done",
    ]
    return commands + _with_names("chmod 0755", executable)

def _folders():
    return [SITE, "bin", "include", "data"]

INSTALLED_FOLDERS = _folders()
