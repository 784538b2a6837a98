"""The part of the host fingerprint that one action depends on.

Phase: analysis.
In: paths of tools. Out: what identifies those that are no inputs of the action. It becomes part of the cache key.
"""

visibility(["//python/...", "//tests/starlark/..."])

# What a shortened fingerprint keeps of an answer.
_DIGITS = 16
_LONGEST = 400
_MOST_LINES = 40

def _is_absolute(path):
    return path.startswith("/") or path[1:3] in [":/", ":\\"]

def _cxx_sibling(path):
    """Gives the C++ driver beside a C driver. A toolchain may name the C driver for both languages."""
    folder, _, name = path.rpartition("/")
    for c, cxx in [("gcc", "g++"), ("clang", "clang++"), ("cc", "c++")]:
        if name.startswith(c):
            return "{}/{}{}".format(folder, cxx, name[len(c):])
    return ""

def present_tools(tools, fingerprint, folders):
    """Drops the tools that a toolchain only guesses and that this host does not have.

    Args:
      tools: (dict[str, str]) name to path.
      fingerprint: (dict[str, list]) all entries that the host repository has.
      folders: (list[str]) folders in which the host repository has looked for every tool.

    Returns:
      (dict[str, str]) the others; compilers always stay.
    """
    return {
        name: path
        for name, path in tools.items()
        if name in ["cc", "cxx"] or path in fingerprint or path.rpartition("/")[0] not in folders
    }

def select_fingerprint(paths, fingerprint, implied):
    """Takes the entries of the tools that are used.

    Args:
      paths: (list[str]) tools. Relative paths are inputs of the action and need no entry.
      fingerprint: (dict[str, list]) all entries that the host repository has.
      implied: (list[str]) tools that go with any host tool.

    Returns:
      (struct) `entries`: dict; `error`: message or empty.
    """
    entries = {}
    for path in paths:
        if not _is_absolute(path):
            continue
        if path not in fingerprint:
            return struct(entries = {}, error = ("the tool {} is a path on this host, and nothing identifies it; " +
                                                 "expected a fingerprint of it. To fix: put it on PATH, or set " +
                                                 "--repo_env=REPROWHEEL_HOST_TOOLS={}.").format(path, path))
        for used in [path, _cxx_sibling(path)]:
            if used in fingerprint:
                entries[used] = fingerprint[used]
    if entries:
        for path in implied:
            entries[path] = fingerprint[path]
    return struct(entries = entries, error = "")

def add_host_files(entries, keys, fingerprints):
    """Adds what identifies the host libraries and headers that a wheel may be built with.

    Args:
      entries: (dict[str, list]) fingerprint of the tools.
      keys: (list[str]) sonames, and keys of headers from `header_key`.
      fingerprints: (dict[str, str]) key to a fingerprint of the same form, as JSON.

    Returns:
      (dict[str, list]) both together.
    """
    result = entries
    for key in keys:
        result = add_entries(result, json.decode(fingerprints.get(key, "{}")))
    return result

def add_entries(entries, more):
    """Joins two fingerprints.

    Args:
      entries: (dict[str, list]) tool to commands.
      more: (dict[str, list]) the same.

    Returns:
      (dict[str, list]) both together.
    """
    return entries | {tool: entries.get(tool, []) + commands for tool, commands in more.items()}

def _short_text(text):
    """Shortens one answer: digests of files keep their lines, others the first one; a number stands for all of it."""
    lines = text.strip().split("\n")
    if "  /" in lines[0] and len(lines) <= _MOST_LINES:
        return "\n".join(["{}  {}".format(line.partition("  ")[0][:_DIGITS], line.partition("  ")[2]) for line in lines])
    return "{} #{}".format(lines[0][:_LONGEST], hash(text))

def short_entries(entries):
    """Shortens a fingerprint for command lines: what it is for there is to be compared with another one.

    Args:
      entries: (dict[str, list]) a fingerprint.

    Returns:
      (dict[str, list]) of the same form.
    """
    return {
        tool: [
            {"argv": [word[:_LONGEST] for word in command["argv"]], "stdout": _short_text(command["stdout"])}
            for command in commands
        ]
        for tool, commands in entries.items()
    }
