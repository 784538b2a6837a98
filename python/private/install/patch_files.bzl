"""Applies patches to files as the helper's `patches/apply.py` does: each hunk fits in exactly one way, or nothing is changed.

Phase: repository (pure functions).
In: parsed patches, and a function that reads a file. Out: the changed files; or an error with patch, line and hunk.

Bazel's own `rctx.patch` takes a hunk where it fits first, and knows no line ends but one. A package would then differ from the
same one that is built.
"""

load(":patch_text.bzl", "parse_patch", "split_lines")

visibility(["//python/...", "//tests/starlark/..."])

_SHOWN = 60

def _stripped(path, strip):
    """Drops leading folders; returns (path, problem)."""
    parts = [part for part in path.split("/")]
    parts = [part for index, part in enumerate(parts) if part or index in [0, len(parts) - 1]]  # `//` is one slash
    kept = [part for part in parts[strip:] if part != "."]
    if not kept or kept == [""]:
        return "", "'{}' has no {} leading folders to drop".format(path, strip)
    if ".." in kept or "" in kept or "\\" in path or "\0" in path:
        return "", "'{}' leads out of the package".format(path)
    return "/".join(kept), ""

def _paths(diff, strip, read):
    """Gives (path to read, path to write, problem)."""
    old, error = _stripped(diff["old"], strip) if diff["old"] != None else (None, "")
    new, other = _stripped(diff["new"], strip) if diff["new"] != None else (None, "")
    if error or other:
        return "", "", error or other
    if diff["renamed"] or diff["copied"]:
        return old, new, ""
    one = new or old
    if diff["deleted"] and old != None:
        one = old
    elif not diff["git"] and not diff["created"] and old != None and read(one) == None:
        one = old  # `--- file` `+++ file.new`
    return one, one, ""

def _named_place(hunk):
    return hunk.start - 1 if hunk.old else hunk.start

def _show(line):
    return repr(line[:_SHOWN])

def _difference(lines, wanted, at):
    """Gives the first difference between the file and the lines that a hunk expects."""
    if not wanted or at < 0 or at > len(lines):
        return "the file has {} lines".format(len(lines))
    for index, line in enumerate(wanted):
        if at + index >= len(lines):
            return "the file ends at line {}".format(len(lines))
        if lines[at + index] != line:
            return "line {} is {}; the patch expects {}".format(at + index + 1, _show(lines[at + index]), _show(line))
    return "a hunk before it takes up these lines"

def _place(hunk, lines, done, moved):
    """Gives (index of the line at which a hunk begins, what is wrong)."""
    wanted, at = hunk.old, _named_place(hunk)
    if not moved and done <= at and at <= len(lines) and lines[at:at + len(wanted)] == wanted:
        return at, ""
    if wanted:
        places = [index for index in range(done, len(lines) - len(wanted) + 1) if lines[index] == wanted[0] and lines[index:index + len(wanted)] == wanted]
        if len(places) == 1:
            return places[0], ""
        if places:
            numbers = ", ".join([str(place + 1) for place in places[:4]])
            return 0, "its lines are not there, and fit at more than one place: {}".format(numbers)
    return 0, _difference(lines, wanted, at)

def _without_cr(lines):
    return [line[:-2] + "\n" if line.endswith("\r\n") else line for line in lines]

def _patched(diff, data, path, patch):
    """Gives (content after all hunks, message)."""
    convert = diff["crlf"] and "\r\n" not in data  # the line ends of the patch were converted, but not those of the file
    lines = split_lines(data)
    result = []
    done, moved = 0, False
    for read in diff["hunks"]:
        hunk = read
        if convert:
            hunk = struct(line = read.line, new = _without_cr(read.new), number = read.number, old = _without_cr(read.old), start = read.start)
        at, problem = _place(hunk, lines, done, moved)
        if problem:
            return "", "{}:{}: hunk {} does not fit {} at line {}: {}".format(patch, hunk.line, hunk.number, path, hunk.start, problem)
        moved = moved or at != _named_place(hunk)
        result += lines[done:at] + hunk.new
        done = at + len(hunk.old)
    result += lines[done:]
    if [line for line in result[:-1] if not line.endswith("\n")]:
        return "", "{}:{}: {}: a line without line end would be followed by another".format(patch, diff["line"], path)
    return "".join(result), ""

def _apply(diff, strip, patch, read, state):
    """Applies the diff of one file; returns a message or empty."""
    place = "{}:{}: ".format(patch, diff["line"])
    source, target, error = _paths(diff, strip, read)
    if error:
        return place + error
    before = read(source)
    for path in [source, target]:
        blocked = state["folder"](path)
        if blocked:
            return place + blocked + "; patches change plain files only"
    creates = diff["created"] and not [hunk for hunk in diff["hunks"] if hunk.old]
    if creates and before != None and (diff["git"] or diff["old"] == None or before.data):
        return place + "{} is there already; the patch creates it".format(target)
    if before == None and not creates:
        return place + "there is no file {}".format(source)
    if source != target and read(target) != None:
        return place + "{} is there already; the patch renames or copies {} to it".format(target, source)
    data, error = _patched(diff, before.data if before else "", target, patch)
    if error:
        return error
    if diff["deleted"] and data and (diff["git"] or diff["new"] == None):
        return place + "the patch deletes {}, which has lines that the patch does not know".format(source)
    deleted = diff["deleted"] and not data
    executable = before.executable if before and diff["executable"] == None else bool(diff["executable"])
    if diff["renamed"] or deleted:
        state["files"][source] = None
    if not deleted:
        state["files"][target] = struct(data = data, executable = executable)
    return ""

def _folder_problem(files, exists, path):
    """Says whether a path cannot be a file: one of its folders is a file, or it is a folder."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        folder = "/".join(parts[:depth])
        if files[folder] if folder in files else exists(folder) == "file":
            return "{} is not a folder".format(folder)
    return "{} is not a file".format(path) if path not in files and exists(path) == "folder" else ""

def patched_files(patches, strip, exists, read):
    """Applies patches in order, in memory.

    Args:
      patches: (list[tuple[str, str]]) file name and text of each.
      strip: (int) leading folders to drop from the paths in them.
      exists: (function) path → `file`, `folder` or empty.
      read: (function) path of a file → struct(`data`, `executable`).

    Returns:
      (tuple[dict, str]) path → struct(data, executable), or None for a file that is removed; message or empty.
    """
    files = {}
    state = {"files": files, "folder": lambda path: _folder_problem(files, exists, path)}
    current = lambda path: files[path] if path in files else (read(path) if exists(path) == "file" else None)
    for name, text in patches:
        diffs, error = parse_patch(text, name)
        for diff in diffs:
            error = error or _apply(diff, strip, name, current, state)
        if error:
            return {}, error
    return files, ""
