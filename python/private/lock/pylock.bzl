"""pylock.toml (PEP 751, lock-version 1.0).

Phase: module extension (pure functions).
In: the file's content as read from TOML. Out: one entry per locked distribution, or the error with its dotted place.
"""

load("//python/private/spec:archive_names.bzl", "archive_identity")
load("//python/private/spec:marker_text.bzl", "fold_marker")
load("//python/private/spec:markers.bzl", "marker_error")
load("//python/private/spec:names.bzl", "is_name", "normalize_name")
load("//python/private/spec:versions.bzl", "version_matches")
load(":lock_tables.bzl", "field_error", "most_common", "resolve_place", "sha256_error", "tables_error")
load(":locked.bzl", "locked_distribution", "locked_file", "parsed_lock")
load(":requirements_source.bzl", "commit_error", "is_commit")
load(":requirements_text.bzl", "join_path")

visibility(["//python/...", "//tests/starlark/..."])

_PACKAGE = {
    "archive": "dict",
    "directory": "dict",
    "index": "string",
    "marker": "string",
    "name": "string",
    "requires-python": "string",
    "sdist": "dict",
    "vcs": "dict",
    "version": "string",
}
_TOP = {"default-groups": "list", "dependency-groups": "list", "environments": "list", "extras": "list", "requires-python": "string"}
_FILE = {"hashes": "dict", "name": "string", "path": "string", "subdirectory": "string", "url": "string"}
_VCS = {"commit-id": "string", "path": "string", "requested-revision": "string", "subdirectory": "string", "type": "string", "url": "string"}
_DIRECTORY = {"editable": "bool", "path": "string", "subdirectory": "string"}
_FIX = " To fix: lock again."

def _file(table, place, where):
    """Reads one file; returns (struct or None, error)."""
    error = field_error(table, _FILE, place)
    if error:
        return None, error
    hashes = table.get("hashes", {})
    error = sha256_error(hashes.get("sha256"), [key for key in hashes if key != "sha256"], place + ".hashes")
    url, name = resolve_place(where, "", table)
    name = table.get("name") or name
    if not error and not name:
        error = "{}: has neither name nor url nor path; expected one of them.{}".format(place, _FIX)
    return locked_file(name, hashes.get("sha256"), url), error

def _index(package, place, where):
    """Reads the files of a package that comes from an index."""
    files = []
    tables = [("{}.wheels[{}]".format(place, index), table) for index, table in enumerate(package.get("wheels", []))]
    if "sdist" in package:
        tables.append((place + ".sdist", package["sdist"]))
    for file_place, table in tables:
        file, error = _file(table, file_place, where)
        if error:
            return {}, error
        files.append(file)
    if not package.get("version"):
        return {}, "{}.version: is missing; expected the version of the files.{}".format(place, _FIX)
    return dict(
        files = files,
        hashes = {file.sha256: None for file in files}.keys(),
        index = package.get("index", ""),
        source = "index",
    ), ""

def _archive(package, place, where):
    table = package["archive"]
    file, error = _file(table, place + ".archive", where)
    if error:
        return {}, error
    found, version = archive_identity(file.filename)
    fields = dict(hashes = [file.sha256], subdirectory = table.get("subdirectory", ""))
    if not package.get("version") and found == normalize_name(package["name"]):
        fields["version"] = version
    if ":" in file.url.partition("/")[0]:
        return fields | dict(files = [file], source = "url", url = file.url), ""
    if not file.url:
        return {}, "{}.archive: has the path {}, which lies outside of the workspace. To fix: move it there.".format(
            place,
            repr(table.get("path")),
        )
    return fields | dict(path = file.url, source = "path"), ""

# buildifier: disable=unused-variable  (where: same signature as its neighbours)
def _vcs(package, place, where):
    table = package["vcs"]
    error = field_error(table, _VCS, place + ".vcs")
    if not error and table.get("type") != "git":
        error = "{}.vcs.type: is {}; expected \"git\".".format(place, repr(table.get("type")))
    url = table.get("url", "").removeprefix("git+")
    if not error and not url:
        error = "{}.vcs.url: is missing; expected the repository's address, as a path is not the same everywhere.".format(place)
    commit = table.get("commit-id", "").lower()
    if not error and not is_commit(commit):
        revision = commit or table.get("requested-revision", "")
        error = "{}.vcs.commit-id: {}".format(place, commit_error(package["name"], url, revision))
    return dict(commit = commit, source = "git", subdirectory = table.get("subdirectory", ""), url = url), error

def _directory(package, place, where):
    table = package["directory"]
    error = field_error(table, _DIRECTORY, place + ".directory")
    path = join_path(where, table.get("path", "")) if not error else None
    if not error and table.get("editable"):
        error = ("{}.directory.editable: {} is editable: it points into a source tree, which has no fixed content. " +
                 "To fix: depend on its sources as a Bazel target and leave it out of the lock ('uv export' does with " +
                 "--no-emit-project or --no-emit-workspace).").format(place, package["name"])
    elif not error and (path == None or table.get("path", "").startswith("/")):
        error = "{}.directory.path: {} lies outside of the workspace. To fix: move it into the workspace.".format(
            place,
            repr(table.get("path")),
        )
    return dict(path = path, source = "path", subdirectory = table.get("subdirectory", "")), error

_SOURCES = {"archive": _archive, "directory": _directory, "index": _index, "vcs": _vcs}

def _edges(package, place):
    """Writes `dependencies` as PEP 508 texts; returns (list or None, error)."""
    if "dependencies" not in package:
        return None, ""
    error = tables_error(package, "dependencies", place)
    edges = []
    for index, table in enumerate(package["dependencies"] if not error else []):
        error = error or field_error(table, {"name": "string", "version": "string"}, "{}.dependencies[{}]".format(place, index))
        if not error and not is_name(table.get("name", "")):
            error = "{}.dependencies[{}].name: is {}; expected a distribution's name.".format(place, index, repr(table.get("name")))
        if not error:
            edges.append(table["name"] + ("==" + table["version"] if table.get("version") else ""))
    return edges, error

def _package(package, place, where, wanted, index_url):
    """Reads one package; returns (entry or None, error)."""
    error = field_error(package, _PACKAGE, place) or tables_error(package, "wheels", place)
    if not error and not is_name(package.get("name", "")):
        error = "{}.name: is {}; expected a distribution's name.".format(place, repr(package.get("name")))
    place = "{} ({})".format(place, package.get("name")) if not error else place
    marker = package.get("marker", "")
    if not error and marker:
        error = marker_error(marker, lock = True)
        error = "{}.marker: {}".format(place, error) if error else ""
    if not error and version_matches("3", package.get("requires-python", "")) == None:
        error = "{}.requires-python: {} is not a version specifier.".format(place, repr(package["requires-python"]))
    if error:
        return None, error
    kinds = [kind for kind in ["archive", "directory", "vcs"] if kind in package]
    kinds += ["index"] if "sdist" in package or "wheels" in package else []
    if len(kinds) != 1:
        return None, "{}: has {}; expected exactly one of vcs, directory, archive, or sdist and wheels.{}".format(
            place,
            " and ".join(kinds) or "no source",
            _FIX,
        )
    marker = fold_marker(marker, wanted)
    fields, error = _SOURCES[kinds[0]](package, place, where)
    edges, edge_error = _edges(package, place)
    if error or edge_error or marker == None:
        return None, error or edge_error
    return locked_distribution(**(dict(version = package.get("version", "")) | fields | dict(
        index = "" if fields.get("index", "") == index_url else fields.get("index", ""),
        marker = marker,
        name = normalize_name(package["name"]),
        requires_dist = edges,
        requires_python = package.get("requires-python", ""),
        where = place,
    ))), ""

def _top_error(content, where, extras, groups):
    version = content.get("lock-version")
    if type(version) != "string" or version.split(".")[0] != "1":
        return "{}: lock-version: is {}; expected \"1.0\".".format(where, repr(version))
    error = field_error(content, _TOP, where) or tables_error(content, "packages", where)
    if error:
        return error.replace(where + ".", where + ": ", 1)
    for marker in content.get("environments", []):
        error = marker_error(marker)
        if error:
            return "{}: environments: {}".format(where, error)
    if version_matches("3", content.get("requires-python", "")) == None:
        return "{}: requires-python: {} is not a version specifier.".format(where, repr(content["requires-python"]))
    for field, names in [("extras", extras), ("dependency-groups", groups or [])]:
        known = [normalize_name(name) for name in content.get(field, []) + content.get("default-groups", [])]
        for name in names:
            if normalize_name(name) not in known:
                return "{}: {}: '{}' is not there; expected one of: {}.".format(where, field, name, ", ".join(known) or "(none)")
    return ""

def parse_pylock(content, where, extras = [], groups = None):
    """Parses a pylock.toml.

    Args:
      content: (dict) the file, as read from TOML.
      where: (str) the file's path, for messages and for paths in it.
      extras: (list[str]) extras of the locked project that are wanted.
      groups: (list[str]) dependency groups that are wanted; None for the lock's `default-groups`.

    Returns:
      (struct) from `parsed_lock`; `error` is `file: dotted.place: message`.
    """
    error = _top_error(content, where, extras, groups)
    if error:
        return parsed_lock(error = error)
    chosen = content.get("default-groups", []) if groups == None else groups
    wanted = {
        "dependency_groups": [normalize_name(name) for name in chosen],
        "extras": [normalize_name(name) for name in extras],
    }
    entries = []
    index_url = most_common([package.get("index", "") for package in content.get("packages", [])])
    for number, package in enumerate(content.get("packages", [])):
        entry, error = _package(package, "{}: packages[{}]".format(where, number), where, wanted, index_url)
        if error:
            return parsed_lock(error = error)
        if entry:
            entries.append(entry)
    return parsed_lock(
        entries = entries,
        environments = content.get("environments", []),
        index_url = index_url,
        requires_python = content.get("requires-python", ""),
    )
