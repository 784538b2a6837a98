"""Reads the source of one requirement: a pin, a URL, a git commit or a path.

Phase: any (pure functions).
In: the text of a requirement, without options. Out: name, extras, marker and source.
"""

load("//python/private/spec:archive_names.bzl", "archive_identity", "archive_suffix", "shown_url", "split_fragment", "unquote", "url_filename")
load("//python/private/spec:names.bzl", "is_name", "normalize_name")
load("//python/private/spec:versions.bzl", "parse_version")
load(":requirements_text.bzl", "join_path")

visibility(["//python/...", "//tests/starlark/..."])

_HEX = "0123456789abcdef"
_GIT = ["git+https", "git+http", "git+ssh", "git+file"]
_ARCHIVE = ["https", "http", "file"]

PIN_HINT = "To fix: write it as name==version, for example with 'pip-compile --generate-hashes' or " + \
           "'uv pip compile --generate-hashes'."

def name_and_extras(text):
    """Splits `name[a,b]`.

    Args:
      text: (str) a name, with or without extras.

    Returns:
      (tuple) name as it is written, normalized extras, error or empty.
    """
    name, bracket, rest = text.partition("[")
    name = name.strip()
    if bracket and not rest.strip().endswith("]"):
        return name, [], "'{}' has an extras list without ']'.".format(text.strip())
    extras = {normalize_name(extra.strip()): None for extra in rest.strip().rstrip("]").split(",") if extra.strip()}
    if not is_name(name):
        return name, [], "'{}' is not a distribution's name; expected letters, digits, '.', '-' and '_'.".format(name)
    for extra in extras:
        if not is_name(extra):
            return name, [], "'{}' is not an extra's name; expected letters, digits, '.', '-' and '_'.".format(extra)
    return name, sorted(extras), ""

def is_commit(text):
    """Says whether a text is a full commit.

    Args:
      text: (str) the text after `@`.

    Returns:
      (bool) whether it is 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
    """
    return len(text) in [40, 64] and not text.strip(_HEX)

def commit_error(name, url, revision):
    """Writes the error about a git requirement without a full commit.

    Args:
      name: (str) the distribution.
      url: (str) the repository, without `git+`.
      revision: (str) branch, tag or short commit; empty for none.

    Returns:
      (str) the message.
    """
    found = "names '{}', which can move".format(revision) if revision else "names no commit"
    url = shown_url(url)
    return ("{}: git+{} {}; expected @ and a full commit of 40 hexadecimal digits. To fix: write the commit that " +
            "'git ls-remote {}{}' prints.").format(name, url, found, url, " " + revision if revision else "")

def _git(name, address, fragment):
    scheme, _, rest = address.partition("://")
    if scheme not in _GIT:
        return None, "'{}' is not supported; expected {}.".format(scheme, ", ".join(_GIT))
    host, slash, path = rest.partition("/")
    path, _, revision = path.rpartition("@") if "@" in path else (path, "", "")
    url = "{}://{}{}{}".format(scheme[len("git+"):], host, slash, path)
    name = name or fragment.get("egg", "")
    if not name:
        return None, "'{}' has no name; expected name @ {}.".format(shown_url(address), shown_url(address))
    if not is_commit(revision.lower()):
        return None, commit_error(name, url, revision)
    return dict(
        commit = revision.lower(),
        name = name,
        source = "git",
        subdirectory = fragment.get("subdirectory", ""),
        url = url,
    ), ""

def _archive_fields(name, filename):
    """Compares a requirement's name with that of its archive. Returns (name, version, error)."""
    found, version = archive_identity(filename)
    name = name or found
    if not name:
        return "", "", "'{}' has no name; expected name @ before it.".format(filename)
    if found and found != normalize_name(name) and filename.endswith(".whl"):
        return "", "", "{}: '{}' is a wheel of {}; expected one of {}.".format(name, filename, found, name)
    return name, (version if found == normalize_name(name) else ""), ""

def _archive_url(name, address, fragment):
    name, version, error = _archive_fields(name, url_filename(address))
    return dict(
        name = name,
        source = "url",
        subdirectory = fragment.get("subdirectory", ""),
        url = address,
        version = version,
    ), error

def _project_field(text, field):
    """Finds a text field in the table [project] of a pyproject.toml."""
    inside = False
    for line in (text or "").split("\n"):
        key, _, value = line.partition("=")
        if line.startswith("["):
            inside = line.strip() == "[project]"
        elif inside and key.strip() == field:
            value = value.partition("#")[0].strip()
            return value[1:-1] if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0] else ""
    return ""

def _path(name, text, fragment, where, read):
    """Resolves a path. It is relative to the folder of the file that names it."""
    if text.startswith("/"):
        return None, (
            "'{}' is an absolute path, which other machines do not have. " +
            "To fix: write it relative to this file, such as ./dir."
        ).format(text)
    path = join_path(where, text)
    if path == None:
        return None, "'{}' lies outside of the workspace. To fix: move it into the workspace.".format(text)
    version = ""
    if archive_suffix(path):
        name, version, error = _archive_fields(name, path.split("/")[-1])
        if error:
            return None, error
    elif not name:
        name = fragment.get("egg", "") or _project_field(read(path + "/pyproject.toml" if path else "pyproject.toml"), "name")
        if not name:
            return None, "'{}' has no name, and there is no [project] name in its pyproject.toml; expected name @ {}.".format(
                text,
                text,
            )
    return dict(
        name = name,
        path = path,
        source = "path",
        subdirectory = fragment.get("subdirectory", ""),
        version = version,
    ), ""

def _file(name, address, fragment, where, read):
    """Handles `file:`. An absolute one is the URL of an archive; any other is a path."""
    rest = address[len("file:"):]
    rest = rest.removeprefix("//localhost") if rest.startswith("//localhost/") else rest
    if rest.startswith("///"):
        if not archive_suffix(rest):
            return None, (
                "'{}' is an absolute folder, which other machines do not have. " +
                "To fix: write it relative to this file, such as {} @ file:./dir."
            ).format(address, name or "name")
        return _archive_url(name, address, fragment)
    return _path(name, unquote(rest.removeprefix("//")), fragment, where, read)

def _direct(name, text, where, read):
    address, fragment = split_fragment(text)
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    if scheme.startswith("git+"):
        fields, error = _git(name, address, fragment)
    elif scheme == "file":
        fields, error = _file(name, address, fragment, where, read)
    elif scheme in _ARCHIVE:
        fields, error = _archive_url(name, address, fragment)
    elif "://" in address:
        return None, {}, "'{}' is not supported; expected one of {}.".format(scheme, ", ".join(_ARCHIVE + _GIT))
    else:
        fields, error = _path(name, address, fragment, where, read)
    return fields, fragment, error

# What lines of other files begin with, and of files that git has merged.
_NO_REQUIREMENT = {
    "<<<<<<<": "the mark of a merge conflict",
    "=======": "the mark of a merge conflict",
    ">>>>>>>": "the mark of a merge conflict",
    "[": "a table of TOML, but this file is read as requirements.txt",
    "{": "JSON, but this file is read as requirements.txt",
}

_TOML_HINT = " To fix: name a pylock.toml in pylock_toml, a uv.lock in uv_lock."

def _pin(text):
    """Takes the version out of `name==version`. Returns (left side, version, error)."""
    operator = "===" if "===" in text else "=="
    left, found, version = text.partition(operator)
    version = version.strip()
    loose = [char for char in "<>~!,".elems() if char in left.partition("[")[0]]
    for mark, what in _NO_REQUIREMENT.items():
        if text.startswith(mark):
            return "", "", "'{}' is {}; expected name==version.{}".format(text, what, _TOML_HINT if mark == "[" else "")
    if not found or loose or "," in version or version.endswith("*"):
        return "", "", "'{}' is not pinned; expected name==version. {}".format(text, PIN_HINT)
    if parse_version(version) == None:
        what = "'{}' is not a version (PEP 440)".format(version) if version else "there is no version after '{}'".format(operator)
        return "", "", "'{}': {}; expected for example {}==1.0.".format(text, what, left.strip())
    return left.strip(), version, ""

def _is_direct(text):
    bare = text.partition("[")[0]
    if text.startswith("<"):
        return False
    return "://" in text or text.startswith((".", "/", "file:")) or "/" in bare or ("==" not in bare and archive_suffix(bare))

def parse_source(text, where, read):
    """Parses a requirement without marker and options.

    Args:
      text: (str) such as `name[extra]==1.0`, `name @ https://…`, `./dir`.
      where: (str) the file that it is in; paths are relative to its folder.
      read: (callable) path to text or None.

    Returns:
      (struct) `fields`: dict of arguments for `locked_distribution`, name not yet normalized; `fragment`: dict of the
      URL's fragment; `error`: text or empty.
    """
    left, at, right = text.partition("@")
    name, extras, error = name_and_extras(left) if at else ("", [], "no @")
    if not error:
        fields, fragment, error = _direct(name, right.strip(), where, read)
    elif _is_direct(text):
        body, bracket, rest = text.rpartition("[") if text.endswith("]") else (text, "", "")
        fields, fragment, error = _direct("", body, where, read)
        extras = sorted([normalize_name(extra.strip()) for extra in rest.rstrip("]").split(",") if extra.strip()]) if bracket else []
    else:
        left, version, error = _pin(text.strip("()"))
        name, extras, error = ("", [], error) if error else name_and_extras(left)
        fields, fragment = dict(name = name, source = "index", version = version), {}
    if error:
        return struct(error = error, fields = {}, fragment = {})
    return struct(error = "", fields = fields | {"extras": extras}, fragment = fragment)
