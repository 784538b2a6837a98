"""Where a package of uv.lock comes from.

Phase: any (pure functions).
In: a `[[package]]` table. Out: the fields of its distribution, or the dotted place and what is wrong.
"""

load("//python/private/spec:archive_names.bzl", "unquote")
load(":lock_tables.bzl", "field_error", "resolve_place", "sha256_error")
load(":locked.bzl", "locked_file")
load(":requirements_source.bzl", "commit_error", "is_commit")
load(":requirements_text.bzl", "join_path")

visibility(["//python/...", "//tests/starlark/..."])

_FILE = {"filename": "string", "hash": "string", "path": "string", "url": "string"}
_KINDS = ["directory", "editable", "git", "path", "registry", "url", "virtual"]
_OUTSIDE = "{}.source.{}: {} lies outside of the workspace. To fix: move it into the workspace."

def is_own(package):
    """Says whether a package is one of the locked workspace's own projects, whose sources are no distribution.

    Args:
      package: (dict) the table.

    Returns:
      (bool) whether its source is `editable` or `virtual`.
    """
    source = package.get("source", {})
    return "editable" in source or "virtual" in source

def source_kind(package, place):
    """Says where a package comes from.

    Args:
      package: (dict) the table.
      place: (str) dotted place of the table.

    Returns:
      (tuple) one of `directory editable git path registry url virtual`, error or empty.
    """
    source = package.get("source", {})
    kinds = [kind for kind in _KINDS if kind in source]
    if len(kinds) != 1:
        return "", "{}.source: is {}; expected one of {}.".format(place, repr(source), ", ".join(_KINDS))
    error = field_error(source, {kinds[0]: "string", "subdirectory": "string"}, place + ".source")
    return kinds[0], error

def _sha256(table, place):
    algorithm, _, digest = table.get("hash", "").partition(":")
    if algorithm == "sha256":
        return digest, sha256_error(digest, [], place)
    return "", sha256_error(None, [algorithm] if algorithm else [], place)

def _files(package, place, where, folder):
    """Reads sdist and wheels; returns (list of files, error)."""
    tables = [("{}.wheels[{}]".format(place, index), table) for index, table in enumerate(package.get("wheels", []))]
    if "sdist" in package:
        tables.append((place + ".sdist", package["sdist"]))
    files = []
    for file_place, table in tables:
        error = field_error(table, _FILE, file_place)
        digest, hash_error = _sha256(table, file_place) if not error else ("", "")
        if error or hash_error:
            return [], error or hash_error
        url, name = resolve_place(where, folder, table)
        files.append(locked_file(table.get("filename") or name, digest, url))
    return files, ""

def _registry(package, place, where):
    registry = package["source"]["registry"]
    local = "://" not in registry and not registry.startswith("file:")
    files, error = _files(package, place, where, registry if local or registry.startswith("file:") else "")
    if not error and not files:
        error = "{}: has neither sdist nor wheels; expected a file. To fix: lock again.".format(place)
    return dict(
        files = files,
        hashes = {file.sha256: None for file in files}.keys(),
        index = "" if local else registry,
        source = "index",
    ), error

def _git(package, place):
    address, _, commit = package["source"]["git"].partition("#")
    url, _, query = address.partition("?")
    asked = {}
    for part in query.split("&"):
        key, _, value = part.partition("=")
        asked[key] = unquote(value)
    url = url.removeprefix("git+")
    commit = commit.lower()
    if not is_commit(commit):
        revision = commit or asked.get("rev") or asked.get("tag") or asked.get("branch") or ""
        return {}, "{}.source.git: {}".format(place, commit_error(package["name"], url, revision))
    return dict(commit = commit, source = "git", subdirectory = asked.get("subdirectory", ""), url = url), ""

def _url(package, place, where):
    files, error = _files(package, place, where, "")
    if not error and not files:
        error = "{}: has no hash of {}; expected one in sdist or wheels. To fix: lock again.".format(place, package["source"]["url"])
    source = package["source"]
    return dict(
        hashes = [file.sha256 for file in files],
        source = "url",
        subdirectory = source.get("subdirectory", ""),
        url = source["url"].partition("#")[0],
    ), error

def _path(package, place, where, kind):
    text = package["source"][kind]
    path = None if text.startswith("/") else join_path(where, text)
    if path == None:
        return {}, _OUTSIDE.format(place, kind, repr(text))
    files, error = _files(package, place, where, "") if kind == "path" else ([], "")
    return dict(
        hashes = [file.sha256 for file in files],
        path = path,
        source = "path",
        subdirectory = package["source"].get("subdirectory", ""),
    ), error

def source_fields(package, place, where):
    """Reads the source and the files of a package.

    Args:
      package: (dict) the table, which is not one of the workspace's own projects.
      place: (str) dotted place of the table.
      where: (str) the lock; paths are relative to its folder.

    Returns:
      (tuple) dict of arguments for `locked_distribution`, error or empty.
    """
    kind, error = source_kind(package, place)
    if error:
        return {}, error
    if kind == "registry":
        return _registry(package, place, where)
    if kind == "git":
        return _git(package, place)
    if kind == "url":
        return _url(package, place, where)
    return _path(package, place, where, kind)
