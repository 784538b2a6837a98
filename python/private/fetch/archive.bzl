"""Reads a downloaded archive: what it is, and what it depends on.

Phase: repository.
In: a wheel or an sdist in the repository. Out: its name, version, tags and core metadata.
"""

load("//python/private/install:unpack.bzl", "open_wheel")
load("//python/private/spec:core_metadata.bzl", "first", "harmless", "parse_entry_points", "parse_fields")
load("//python/private/spec:filenames.bzl", "canonical_sdist_name", "canonical_wheel_name", "is_wheel_name")
load("//python/private/spec:names.bzl", "normalize_name")
load("//python/private/spec:versions.bzl", "compare_versions")
load(":download.bzl", "describe")

visibility(["//python/...", "//tests/starlark/..."])

_TREE = "_archive"

def archive_suffix(head):
    """Recognizes an archive by its first bytes.

    Args:
      head: (str) the first bytes, one character each.

    Returns:
      (str) `.zip`, `.tar.gz`, `.tar.bz2` or `.tar.xz`; empty for something else.
    """
    if head.startswith("PK"):
        return ".zip"
    if head.startswith("\037\213"):
        return ".tar.gz"
    if head.startswith("BZh"):
        return ".tar.bz2"
    if head[1:5] == "7zXZ":
        return ".tar.xz"
    return ""

def _read_wheel(rctx, tree, wheel):
    folder = rctx.path(tree).get_child(wheel.dist_info)
    points = folder.get_child("entry_points.txt")
    fields = parse_fields(rctx.read(folder.get_child("WHEEL"), watch = "no"))
    return struct(
        build = first(fields, "build"),
        entry_points = parse_entry_points(rctx.read(points, watch = "no")) if points.exists else {},
        fields = parse_fields(rctx.read(folder.get_child("METADATA"), watch = "no")),
        is_wheel = True,
        tags = fields.get("tag", []),
    )

def _read_sdist(rctx, tree):
    folders = [child for child in rctx.path(tree).readdir() if child.is_dir]
    for folder in folders:
        info = folder.get_child("PKG-INFO")
        if info.exists:
            fields = parse_fields(rctx.read(info, watch = "no"))
            return struct(build = "", entry_points = {}, fields = fields, is_wheel = False, tags = [])
    return struct(build = "", entry_points = {}, fields = {}, is_wheel = False, tags = []) if folders else None

def _is_wheel(wheel):
    return bool([name for name in wheel.files if name.endswith(".dist-info/METADATA") and name.count("/") == 1])

def read_archive(rctx, wanted, file):
    """Reads what an archive says about itself. A wheel stays unpacked, so that it can be installed.

    Args:
      rctx: the repository context.
      wanted: (struct) with `name`, `version`, `where`.
      file: (str) file name in the repository; the suffix of an sdist may be missing.

    Returns:
      (struct) `is_wheel`, `fields` (core metadata), `tags`, `build`, `suffix`, `entry_points`
      (dict from `console_scripts` and `gui_scripts` to name to object); for a wheel `wheel` (of `open_wheel`) and `tree` (the folder
      it is unpacked into). None if it is no sdist and no wheel.
    """
    suffix = ".zip"
    if not is_wheel_name(file):
        # The bytes decide, not the name. With a wrong name, Bazel itself would fail, and its error names no package and no line.
        suffix = archive_suffix(rctx.read(file, watch = "no")[:6])
    if not suffix:
        return None
    wheel = open_wheel(rctx, file, file.rpartition("/")[2], wanted.name) if suffix == ".zip" else None
    if wheel and wheel.error and (is_wheel_name(file) or _is_wheel(wheel)):
        fail("{}: {}. To fix: lock another file.".format(describe(wanted), harmless(wheel.error)))
    tree = "{}_{}".format(_TREE, file.rpartition("/")[2])
    rctx.symlink(file, tree + suffix)
    rctx.extract(tree + suffix, output = tree)
    rctx.delete(tree + suffix)
    if wheel and wheel.dist_info:
        found = _read_wheel(rctx, tree, wheel)
    else:
        wheel = None
        found = _read_sdist(rctx, tree)
        rctx.delete(tree)
    if not found:
        return None
    return struct(
        build = found.build,
        entry_points = found.entry_points,
        fields = found.fields,
        is_wheel = found.is_wheel,
        suffix = suffix,
        tags = found.tags,
        tree = tree if wheel else "",
        wheel = wheel,
    )

def identity_error(archive, wanted):
    """Compares what an archive says it is with what was locked.

    Args:
      archive: (struct) from `read_archive`.
      wanted: (struct) with `name`, `version`.

    Returns:
      (str) what differs, or an empty string.
    """
    name = first(archive.fields, "name")
    version = first(archive.fields, "version")
    if not name and not archive.is_wheel:
        return ""  # An old sdist without a PKG-INFO. The build compares the metadata of its wheel.
    if wanted.version and (normalize_name(name) != wanted.name or not compare_versions(version, "==", wanted.version)):
        return "the archive with the locked hash is {}=={}; expected {}=={}. To fix: lock it again.".format(
            name,
            version,
            wanted.name,
            wanted.version,
        )
    return ""

def checked_archive(rctx, wanted, file):
    """Reads a downloaded archive. Fails if it is not the wanted one.

    Args:
      rctx: the repository context.
      wanted: (struct) with `name`, `version`, `where`.
      file: (str) file name in the repository.

    Returns:
      (struct) as `read_archive`.
    """
    archive = read_archive(rctx, wanted, file)
    if not archive:
        fail("{}: {} is neither a wheel nor an sdist; expected one of them. To fix: lock another file.".format(describe(wanted), file))
    error = identity_error(archive, wanted)
    if error:
        fail("{}: {}".format(describe(wanted), error))
    return archive

def canonical_name(archive, wanted):
    """Names an archive by its content. So the name does not depend on the index that it came from.

    Args:
      archive: (struct) from `read_archive`.
      wanted: (struct) with `name`, `version`.

    Returns:
      (str) a file name.
    """
    if archive.is_wheel:
        version = first(archive.fields, "version")
        return canonical_wheel_name(wanted.name, version, archive.build, archive.tags or ["py3-none-any"])
    return canonical_sdist_name(wanted.name, wanted.version or first(archive.fields, "version"), archive.suffix)
