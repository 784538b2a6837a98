"""One locked distribution as a repository: its archive, and targets for what becomes of it.

Phase: repository, lazily: only what a build needs is fetched.
In: name, version and hashes from a lock. Out: the archive under its canonical name and a generated BUILD file.
"""

load(":archive.bzl", "canonical_name", "identity_error", "read_archive")
load(":core_metadata.bzl", "has_certain_dependencies")
load(
    ":download.bzl",
    "choose_file",
    "describe",
    "download_by_hash",
    "download_from_cache",
    "find_on_indexes",
    "not_found_error",
)
load(":spoke_build.bzl", "sdist_build_file", "wheel_build_file")

visibility(["//python/...", "//tests/starlark/..."])

_UNNAMED = "_candidate_"

def _indexes(rctx):
    """Gives the addresses to search: the attribute's, else what the environment and pip say."""
    asked = []
    if not rctx.attr.index_url:
        asked = json.decode(rctx.read(rctx.path(rctx.attr._indexes), watch = "no"))
    return ([rctx.attr.index_url] if rctx.attr.index_url else asked) + rctx.attr.extra_index_urls

def _interpreter(rctx):
    """Gives what wheels are chosen for: the host's interpreter, with the version that was asked for."""
    interpreter = json.decode(rctx.read(rctx.path(rctx.attr._interpreter)))
    if rctx.attr.python_version:
        interpreter["version"] = [int(part) for part in rctx.attr.python_version.split(".")[:2]]
    return interpreter

def _choose(rctx, wanted, names):
    digest = choose_file(names, lambda: _interpreter(rctx), rctx.attr.no_binary)
    if not digest:
        fail("{}: none of its locked files fits ({}); expected an sdist or a wheel for this Python. To fix: lock its sdist, too.".format(
            describe(wanted),
            ", ".join(sorted(names.values())),
        ))
    return digest

def _checked(rctx, wanted, file):
    """Reads a downloaded archive and stops where it is not the wanted one."""
    archive = read_archive(rctx, file)
    if not archive:
        fail("{}: {} is neither a wheel nor an sdist.".format(describe(wanted), file))
    error = identity_error(archive, wanted)
    if error:
        fail("{}: {}".format(describe(wanted), error))
    return archive

def _fetch_online(rctx, wanted, found):
    """Downloads the best of the files that were found; returns (archive, file name)."""
    names = {digest: file.filename for digest, file in found.files.items()}
    digest = _choose(rctx, wanted, names)
    file = found.files[digest]
    rctx.report_progress("downloading {}".format(file.filename))
    download_by_hash(rctx, wanted, digest, file.url, file.filename, file.auth)
    archive = _checked(rctx, wanted, file.filename)
    name = rctx.attr.filename or canonical_name(archive, wanted)
    if name != file.filename:
        # The index's spelling must not show: by now the repository cache gives the same bytes under the other name.
        rctx.delete(file.filename)
        download_by_hash(rctx, wanted, digest, file.url, name, file.auth)
    return archive, digest, name

def _fetch_offline(rctx, wanted, found, indexes):
    """Takes the best of the files that the repository cache still has; returns (archive, file name)."""
    archives = {}
    for digest in wanted.hashes:
        if download_from_cache(rctx, digest, _UNNAMED + digest):
            archives[digest] = _checked(rctx, wanted, _UNNAMED + digest)
    if not archives:
        fail(not_found_error(wanted, found, indexes))
    names = {digest: canonical_name(archive, wanted) for digest, archive in archives.items()}
    digest = _choose(rctx, wanted, names)
    name = rctx.attr.filename or names[digest]
    download_from_cache(rctx, digest, name)
    for other in archives:
        rctx.delete(_UNNAMED + other)
    return archives[digest], digest, name

def _dependencies(rctx, archive):
    """Gives struct(requires_dist, provides_extra, certain): the lock's word first, then the archive's (design D14)."""
    locked = json.decode(rctx.attr.locked) if rctx.attr.locked else {}
    if not archive.is_wheel and "requires_dist" in locked:
        requires = locked["requires_dist"]
        extras = locked.get("provides_extra", [])
    elif archive.is_wheel or has_certain_dependencies(archive.fields):
        requires = archive.fields.get("requires-dist", [])
        extras = archive.fields.get("provides-extra", [])
    else:
        return struct(certain = False, provides_extra = [], requires_dist = [])
    return struct(certain = True, provides_extra = extras, requires_dist = requires)

def _distribution_impl(rctx):
    wanted = struct(
        hashes = rctx.attr.hashes,
        name = rctx.attr.distribution,
        version = rctx.attr.version,
        where = rctx.attr.where,
    )
    indexes = _indexes(rctx)
    found = find_on_indexes(rctx, indexes, wanted)
    if found.files:
        archive, digest, name = _fetch_online(rctx, wanted, found)
    else:
        archive, digest, name = _fetch_offline(rctx, wanted, found, indexes)
    facts = struct(
        attr = rctx.attr,
        dependencies = _dependencies(rctx, archive),
        digest = digest,
        file = name,
    )
    content = wheel_build_file(facts) if archive.is_wheel else sdist_build_file(facts)
    rctx.file("BUILD.bazel", content, executable = False)
    return rctx.repo_metadata(reproducible = True) if hasattr(rctx, "repo_metadata") else None

distribution = repository_rule(
    implementation = _distribution_impl,
    attrs = {
        "build_requirements": attr.string_list(doc = "Labels of the wheels that build it."),
        "distribution": attr.string(mandatory = True, doc = "Normalized name."),
        "extra_index_urls": attr.string_list(doc = "Further indexes to search."),
        "extras": attr.string_list(doc = "Extras that the lock asks for."),
        "filename": attr.string(doc = "File name that a lock recorded; empty: named by its content."),
        "hashes": attr.string_list(mandatory = True, doc = "The sha256 digests that are allowed."),
        "hub": attr.string(mandatory = True, doc = "Name of the hub that it belongs to."),
        "index_url": attr.string(doc = "Index to search; empty: environment, then pip's configuration."),
        "locked": attr.string(doc = "Its entry in the build lock, as JSON; empty where it has none."),
        "no_binary": attr.bool(doc = "Whether wheels are passed over."),
        "python_version": attr.string(doc = "Python version to choose for; empty: the host's interpreter's."),
        "relock": attr.string(doc = "Command that writes the build lock anew."),
        "settings": attr.string(doc = "Settings of pip.override, as JSON."),
        "version": attr.string(mandatory = True, doc = "Locked version."),
        "where": attr.string(mandatory = True, doc = "File and line of the lock, for messages."),
        "_indexes": attr.label(default = "@reprowheel_index//:indexes.json", doc = "Addresses to search."),
        "_interpreter": attr.label(default = "@reprowheel_host//:interpreter.json", doc = "The host's interpreter."),
    },
    doc = "Fetches one locked distribution by hash.",
)
