"""Checks the members of a wheel before anything is unpacked: the rules and the texts of the helper's `archives/wheel.py`.

Phase: repository (pure functions).
In: the members that the archive's directory names. Out: the files among them; or what is wrong.
"""

load("//python/private/spec:names.bzl", "normalize_name")
load(
    ":limits.bzl",
    "MAX_DEPTH",
    "MAX_MEMBERS",
    "MAX_NAME",
    "MAX_PART",
    "MAX_RATIO",
    "MAX_WHEEL",
    "RATIO_FREE",
)

visibility(["//python/...", "//tests/starlark/..."])

_ENCRYPTED = 1
_UTF8 = 0x800
_KIND = 0xf000
_FOLDER = 0x4000
_REGULAR = 0x8000
_METHODS = [0, 8]  # stored, deflated: what Bazel unpacks
_ASCII_END = "\177"

def is_folder(name):
    """Says whether a member is a folder.

    Args:
      name: (str) its name.

    Returns:
      (bool) whether it ends in `/`.
    """
    return name.endswith("/")

def _path_error(name):
    parts = name.split("/")
    if len(name) > MAX_NAME:
        return "has a member whose path has {} bytes ('{}…'); the limit is {}".format(len(name), name[:60], MAX_NAME)
    if len(parts) > MAX_DEPTH + 1:
        return "has a member in {} folders ('{}…'); the limit is {}".format(len(parts) - 1, name[:60], MAX_DEPTH)
    if max([len(part) for part in parts]) > MAX_PART:
        return "has a member with a name of more than {} bytes in its path ('{}…')".format(MAX_PART, name[:60])
    return ""

def _problem(member):
    name = member.name
    if not name:
        return "has no name"
    if "\\" in name or "\0" in name or "\n" in name or "\r" in name:
        return "backslash, line break or NUL in the name"
    parts = name.removesuffix("/").split("/")
    if "" in parts or "." in parts or ".." in parts or ":" in parts[0]:
        return "name does not stay inside the wheel"
    if member.flags & _ENCRYPTED:
        return "is encrypted"
    if not member.flags & _UTF8 and max(name.elems()) >= _ASCII_END:
        return "name has letters outside of ASCII, and is not marked as UTF-8"
    kind = member.mode & _KIND
    if kind not in [0, _FOLDER if is_folder(name) else _REGULAR]:
        return "is a link or another special file"
    if member.method not in _METHODS and not is_folder(name):
        return "is packed by method {}; expected deflate".format(member.method)
    return ""

def _sizes_error(members, archive_size):
    packed, total = 0, 0
    for member in members:
        packed += member.packed
        total += member.size
    if packed > archive_size:
        return "members overlap: together they are larger than the archive"
    if total > MAX_WHEEL:
        return "unpacks to more than {} bytes, which is the limit".format(MAX_WHEEL)
    if total > RATIO_FREE and total > MAX_RATIO * archive_size:
        return "unpacks to {} bytes or more, over {} times its own {}; the limit is {} times".format(total, MAX_RATIO, archive_size, MAX_RATIO)
    return ""

def folders_of(path):
    """Gives the folders that a path leads through.

    Args:
      path: (str) of a file or folder, without a slash at its end.

    Returns:
      (list[str]) the innermost first.
    """
    found = []
    for _ in range(path.count("/")):
        path = path.rpartition("/")[0]
        found.append(path)
    return found

def checked_members(directory, filename):
    """Checks all members of a wheel.

    Args:
      directory: (struct) of `read_directory`.
      filename: (str) the wheel's, for messages.

    Returns:
      (struct) `files`: dict from name to member, without folders, in the archive's order; `folders`: dict from each folder to None;
      `error`: message or empty.
    """
    error = directory.error or _sizes_error(directory.members, directory.size)
    if error:
        return struct(error = "{}: {}".format(filename, error), files = {}, folders = {})
    files = {}
    folders = {}
    for member in directory.members:
        error = _path_error(member.name)
        problem = _problem(member)
        problem = ": " + problem if problem else ""
        name = member.name.removesuffix("/")
        if not is_folder(member.name):
            if not problem and name in files:
                problem = " occurs twice"
            files[name] = member
        elif name not in folders:
            folders[name] = None
        if error or problem:
            text = error if error else "member '{}'{}".format(member.name[:200], problem)
            return struct(error = "{}: {}".format(filename, text), files = {}, folders = {})
        folder = name.rpartition("/")[0]
        if folder and folder not in folders:
            folders.update({path: None for path in folders_of(name)})
        if len(folders) > MAX_MEMBERS:
            return struct(error = "{}: has more than {} folders, which is the limit".format(filename, MAX_MEMBERS), files = {}, folders = {})
    clash = sorted([name for name in files if name in folders])
    if clash:
        return struct(error = "{}: member '{}' is both a file and a folder".format(filename, clash[0]), files = {}, folders = {})
    return struct(error = "", files = files, folders = folders)

def find_dist_info(files, filename, project):
    """Finds the wheel's folder with metadata.

    Args:
      files: (dict) of `checked_members`.
      filename: (str) the wheel's, for messages.
      project: (str) normalized name of the distribution.

    Returns:
      (tuple[str, str]) name of the folder; message or empty.
    """
    found = sorted({name.partition("/")[0]: None for name in files if name.partition("/")[0].endswith(".dist-info") and "/" in name})
    if len(found) != 1:
        return "", "{}: expected one .dist-info folder, found {}".format(filename, ", ".join(found) or "none")
    if normalize_name(_project(found[0])) != project:
        return "", "{}: {} belongs to another project".format(filename, found[0])
    for required in ["METADATA", "WHEEL", "RECORD"]:
        if "{}/{}".format(found[0], required) not in files:
            return "", "{}: {}/{} is missing".format(filename, found[0], required)
    return found[0], ""

def _project(folder):
    return folder.rpartition(".")[0].rpartition("-")[0]

def find_data(files, dist_info):
    """Finds the wheel's folder with files that are not for site-packages. Its spelling may differ from that of the metadata's folder.

    Args:
      files: (dict) of `checked_members`.
      dist_info: (str) of `find_dist_info`.

    Returns:
      (str) name of the folder; empty if there is none.
    """
    tops = {name.partition("/")[0]: None for name in files if ".data/" in name}
    own = dist_info.removesuffix(".dist-info") + ".data"
    if own in tops:
        return own
    project = normalize_name(_project(dist_info))
    for top in sorted(tops):
        if top.endswith(".data") and normalize_name(_project(top)) == project:
            return top
    return ""
