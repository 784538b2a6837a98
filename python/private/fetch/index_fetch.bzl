"""Fetches a locked distribution from an index, or from the repository cache.

Phase: repository.
In: hashes from a lock. Out: the best of the locked files, under its canonical name.
"""

load("//python/private/spec:filenames.bzl", "is_wheel_name")
load("//python/private/spec:platforms.bzl", "target_interpreter")
load("//python/private/spec:tag_patterns.bzl", "pattern_rank")
load("//python/private/spec:tags.bzl", "wheel_rank")
load(":archive.bzl", "canonical_name", "checked_archive")
load(":direct_fetch.bzl", "fetch_local")
load(
    ":download.bzl",
    "choose_file",
    "describe",
    "download_by_hash",
    "download_from_cache",
    "explained",
    "find_on_indexes",
    "not_found_error",
)

visibility(["//python/...", "//tests/starlark/..."])

_UNNAMED = "_candidate_"

# So many files a message names.
_SHOWN = 5

_NONE_FITS_ERROR = "{}: none of its locked files fits ({}); expected {} for this Python{}. To fix: {}."

def _rank(rctx):
    """Gives the function that ranks wheels: by the user's patterns; else for the host's interpreter, but for what was asked for."""
    interpreter = json.decode(rctx.read(rctx.path(rctx.attr._interpreter)))
    if rctx.attr.wheel_tags:
        patterns = json.decode(rctx.attr.wheel_tags)
        version = target_interpreter(interpreter, rctx.attr.python_version, "")["version"]
        return lambda wheel: pattern_rank(wheel, patterns, version)
    target = target_interpreter(interpreter, rctx.attr.python_version, rctx.attr.platform)
    return lambda wheel: wheel_rank(wheel, target)

def none_fits_error(wanted, names, only_wheels, platform, from_source = False):
    """Says that no locked file can be taken.

    Args:
      wanted: (struct) with `name`, `version`, `where`.
      names: (list[str]) the locked files.
      only_wheels: (bool) whether sdists are ignored.
      platform: (str) what is chosen for; empty for the host.
      from_source: (bool) whether wheels are ignored.

    Returns:
      (str) the message.
    """
    if from_source:
        return "{}: is to be built from its sdist (no_binary, from_source or pip.override use), but only {} is locked; expected an sdist. To fix: lock its sdist, too, or take the wheel.".format(
            describe(wanted),
            ", ".join(sorted(names)[:_SHOWN]),
        )
    expected = "a wheel" if only_wheels else "an sdist or a wheel"
    fix = "lock a wheel that fits, or allow its sdist (only_binary, pip.override use)" if only_wheels else "lock its sdist, too"
    place = " on " + platform if platform else ""
    return _NONE_FITS_ERROR.format(describe(wanted), ", ".join(sorted(names)[:_SHOWN]) + (" and {} more".format(len(names) - _SHOWN) if len(names) > _SHOWN else ""), expected, place, fix)

def _choose(rctx, wanted, names):
    only_wheels = wanted.use == "wheel" or (rctx.attr.only_binary and wanted.use != "sdist")
    from_source = wanted.use == "sdist" or (rctx.attr.no_binary and wanted.use != "wheel")
    allowed = {digest: name for digest, name in names.items() if is_wheel_name(name) or not only_wheels}
    digest = choose_file(allowed, lambda: _rank(rctx), from_source)
    if not digest:
        platform = json.decode(rctx.attr.wheel_tags)["name"] if rctx.attr.wheel_tags else rctx.attr.platform
        fail(none_fits_error(wanted, names.values(), only_wheels, platform, from_source))
    return digest

def _take(rctx, wanted, digest, file):
    """Downloads a file; returns struct(archive, digest, file)."""
    rctx.report_progress("downloading {}".format(file.filename))
    download_by_hash(rctx, wanted, digest, file.url, file.filename, file.auth)
    archive = checked_archive(rctx, wanted, file.filename)
    name = rctx.attr.filename or canonical_name(archive, wanted)
    if name != file.filename:
        # Rename it: the spelling of the index must not show. The repository cache could give the same bytes under another name.
        rctx.delete(file.filename)
        download_by_hash(rctx, wanted, digest, file.url, name, file.auth)
    return struct(archive = archive, digest = digest, file = name, packed = False)

def _fetch_offline(rctx, wanted, found, indexes):
    """Takes the best of the files that the repository cache still has."""
    archives = {}
    for digest in wanted.hashes:
        if download_from_cache(rctx, digest, _UNNAMED + digest):
            archives[digest] = checked_archive(rctx, wanted, _UNNAMED + digest)
    if not archives:
        fail(not_found_error(wanted, explained(rctx, found, indexes), indexes.addresses))
    names = {digest: canonical_name(archive, wanted) for digest, archive in archives.items()}
    digest = _choose(rctx, wanted, names)
    name = rctx.attr.filename or names[digest]
    download_from_cache(rctx, digest, name)
    for other in archives:
        rctx.delete(_UNNAMED + other)
        if other != digest and archives[other].tree:
            rctx.delete(archives[other].tree)
    return struct(archive = archives[digest], digest = digest, file = name, packed = False)

def _succeeds(rctx, digest, file):
    return rctx.download(file.url, file.filename, allow_fail = True, auth = file.auth, sha256 = digest).success

def fetch_from_index(rctx, wanted, indexes):
    """Fetches the best locked file of a distribution.

    Args:
      rctx: the repository context.
      wanted: (struct) `name`, `version`, `where`, `hashes`, `use`, `files` (list of dicts that the lock names).
      indexes: (struct) from `index_settings`.

    Returns:
      (struct) `archive` (from `read_archive`), `digest`, `file` (name in the repository), `packed` (False).
    """
    if wanted.files:
        # The lock lists all files, so choose first, and look only for the chosen file.
        names = {file["sha256"]: file["filename"] for file in wanted.files}
        digest = _choose(rctx, wanted, names)
        listed = [file for file in wanted.files if file["sha256"] == digest][0]
        wanted = struct(hashes = [digest], name = wanted.name, version = wanted.version, where = wanted.where, use = wanted.use)
        if listed["url"] and "://" not in listed["url"]:
            return fetch_local(rctx, wanted, listed["url"])
        direct = struct(auth = indexes.auth(listed["url"]), filename = listed["filename"], url = listed["url"])
        if direct.url and not indexes.configured and _succeeds(rctx, digest, direct):
            return _take(rctx, wanted, digest, direct)
        found = find_on_indexes(rctx, indexes, wanted)
        if not found.files and direct.url:
            return _take(rctx, wanted, digest, direct)
    else:
        found = find_on_indexes(rctx, indexes, wanted)
    if not found.files:
        return _fetch_offline(rctx, wanted, found, indexes)
    digest = _choose(rctx, wanted, {digest: file.filename for digest, file in found.files.items()})
    return _take(rctx, wanted, digest, found.files[digest])
