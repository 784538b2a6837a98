"""The requirements lock: a requirements.txt in which every line is pinned and hashed.

Phase: module extension (pure functions).
In: the file's text. Out: one entry per locked distribution, or the error with file and line.
"""

load(":locked.bzl", "locked_distribution", "parsed_lock")
load(":markers.bzl", "marker_error")
load(":names.bzl", "is_name", "normalize_name")
load(":versions.bzl", "parse_version")

visibility(["//python/...", "//tests/starlark/..."])

_INDEX_REASON = "indexes are configuration, see pip.parse(index_url = ...)"

# Options of a whole file that change nothing here, and why.
_IGNORED_OPTIONS = {
    "--extra-index-url": _INDEX_REASON,
    "--find-links": _INDEX_REASON,
    "--index-url": _INDEX_REASON,
    "--no-index": _INDEX_REASON,
    "--pre": "every version is pinned",
    "--prefer-binary": "every version is pinned",
    "--require-hashes": "hashes are always required",
    "--trusted-host": "every file is checked by its hash",
    "-f": _INDEX_REASON,
    "-i": _INDEX_REASON,
}

# Options that would change what is locked, and what to do about them.
_REFUSED_OPTIONS = {
    "--constraint": "put the constraints into the command that writes this file",
    "--editable": "depend on the sources as a Bazel target",
    "--only-binary": "remove the sdist's hashes of the packages meant",
    "--requirement": "write the included file's lines into this file",
    "-c": "put the constraints into the command that writes this file",
    "-e": "depend on the sources as a Bazel target",
    "-r": "write the included file's lines into this file",
}

_PIN_HINT = "To fix: write it as name==version, for example with 'pip-compile --generate-hashes' or " + \
            "'uv pip compile --generate-hashes'."

def _logical_lines(text):
    """Joins continued lines and drops comments, as pip does; returns a list of (line number, text)."""
    result = []
    pending = ""
    first = 0
    for index, raw in enumerate(text.replace("\r\n", "\n").split("\n")):
        line = raw
        comment = line.strip().startswith("#")
        if comment:
            line = ""
        else:
            for mark in [" #", "\t#"]:
                line = line.split(mark)[0]
        if not pending:
            first = index + 1
        if line.rstrip().endswith("\\"):
            pending += line.rstrip()[:-1] + " "
            continue
        whole = (pending + line).strip()
        pending = ""
        if whole:
            result.append((first, whole))
    if pending.strip():
        result.append((first, pending.strip()))
    return result

def _words(text):
    return [word for word in text.replace("\t", " ").split(" ") if word]

def _file_option(line):
    """Handles a line that is an option; returns (names of `--no-binary`, error)."""
    words = _words(line.replace("=", " ", 1))
    option = words[0]
    if option in _IGNORED_OPTIONS:
        return [], ""
    if option == "--no-binary":
        return [name for word in words[1:] for name in word.split(",") if name and name != ":none:"], ""
    for short in ["-r", "-c", "-e", "-i", "-f"]:
        if option.startswith(short):
            option = short
    if option in _IGNORED_OPTIONS:
        return [], ""
    if option in _REFUSED_OPTIONS:
        return [], "the option '{}' is not supported in a lock. To fix: {}.".format(option, _REFUSED_OPTIONS[option])
    return [], "unknown option '{}'; expected a pinned requirement. To fix: remove it.".format(option)

def _hashes(words):
    """Reads `--hash=sha256:...` options; returns (list of hex digests, error)."""
    result = []
    for index, word in enumerate(words):
        if word == "--hash":
            continue
        if word.startswith("--hash="):
            word = word[len("--hash="):]
        elif not index or words[index - 1] != "--hash":
            return [], "the option '{}' is not supported behind a requirement; expected --hash=sha256:....".format(word)
        algorithm, _, digest = word.partition(":")
        digest = digest.lower()
        if algorithm != "sha256":
            continue
        if len(digest) != 64 or digest.strip("0123456789abcdef"):
            return [], "'{}' is not a sha256 digest; expected 64 hexadecimal digits.".format(word)
        if digest not in result:
            result.append(digest)
    return result, ""

def _name_and_extras(text):
    """Splits `name[a,b]`; returns (name, extras, error)."""
    name, bracket, rest = text.partition("[")
    name = name.strip()
    if bracket and not rest.strip().endswith("]"):
        return name, [], "'{}' has an extras list without ']'.".format(text.strip())
    extras = [normalize_name(extra.strip()) for extra in rest.strip().rstrip("]").split(",") if extra.strip()]
    if not is_name(name):
        return name, [], "'{}' is not a distribution's name; expected letters, digits, '.', '-' and '_'.".format(name)
    for extra in extras:
        if not is_name(extra):
            return name, [], "'{}' is not an extra's name; expected letters, digits, '.', '-' and '_'.".format(extra)
    return name, sorted(extras), ""

def _pin(specifier):
    """Takes the version out of `name==version`; returns (left side, version, error)."""
    if "://" in specifier or specifier.startswith((".", "/")) or " @ " in specifier or "@" in specifier.partition("==")[0]:
        return "", "", "'{}' is a direct reference (URL, VCS or path), which is not supported. ".format(
            specifier,
        ) + "To fix: pin a version of it that an index offers."
    operator = "===" if "===" in specifier else "=="
    left, found, version = specifier.partition(operator)
    version = version.strip()
    loose = [char for char in "<>~!,".elems() if char in left.partition("[")[0]]
    if not found or loose or "," in version or version.endswith("*"):
        return "", "", "'{}' is not pinned; expected name==version. {}".format(specifier, _PIN_HINT)
    if parse_version(version) == None:
        return "", "", "'{}' is not a version (PEP 440).".format(version)
    return left.strip(), version, ""

def _requirement(line, where):
    """Parses one requirement line; returns (entry or None, error)."""
    head, mark, options = line.partition(" --")
    digests, error = _hashes(_words("--" + options) if mark else [])
    if error:
        return None, error
    specifier, _, marker = head.partition(";")
    left, version, error = _pin(specifier.strip().strip("()"))
    if error:
        return None, error
    name, extras, error = _name_and_extras(left)
    error = error or (marker_error(marker.strip()) if marker.strip() else "")
    if error:
        return None, error
    if not digests:
        return None, ("{}=={} has no hash; expected --hash=sha256:.... To fix: lock it with hashes, " +
                      "'pip-compile --generate-hashes' or 'uv pip compile --generate-hashes'.").format(name, version)
    return locked_distribution(
        extras = extras,
        hashes = digests,
        marker = marker.strip(),
        name = normalize_name(name),
        version = version,
        where = where,
    ), ""

def _duplicate_error(entries):
    seen = {}
    for entry in entries:
        for other in seen.get(entry.name, []):
            if not entry.marker or not other.marker or (entry.version == other.version):
                return "{}: {}=={} is locked again, after {}=={} in {}; expected one line per package.".format(
                    entry.where,
                    entry.name,
                    entry.version,
                    other.name,
                    other.version,
                    other.where,
                ) + " To fix: remove one, or give both different versions and markers that exclude each other."
        seen.setdefault(entry.name, []).append(entry)
    return ""

def parse_requirements(text, where):
    """Parses a requirements lock.

    Args:
      text: (str) the file's content.
      where: (str) the file's name for messages.

    Returns:
      (struct) from `parsed_lock`; `error` is the first error as `file:line: message`.
    """
    entries = []
    no_binary = []
    for number, line in _logical_lines(text):
        if line.startswith("-"):
            names, error = _file_option(line)
            no_binary.extend(names)
        else:
            entry, error = _requirement(line, "{}:{}".format(where, number))
            entries.append(entry)
        if error:
            return parsed_lock(error = "{}:{}: {}".format(where, number, error))
    error = _duplicate_error(entries)
    return parsed_lock(entries = entries, error = error, no_binary = no_binary)
