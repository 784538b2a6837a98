"""uv.lock (version 1).

Phase: module extension (pure functions).
In: the file's content as read from TOML. Out: one entry per distribution that the project needs, or the error with its
dotted place.
"""

load("//python/private/spec:marker_text.bzl", "fold_marker")
load("//python/private/spec:markers.bzl", "marker_error")
load("//python/private/spec:names.bzl", "is_name", "normalize_name")
load("//python/private/spec:versions.bzl", "version_matches")
load(":lock_tables.bzl", "field_error", "most_common", "tables_error")
load(":locked.bzl", "locked_distribution", "parsed_lock")
load(":uv_graph.bzl", "edge_extras", "packages_by_name", "targets", "walk")
load(":uv_source.bzl", "is_own", "source_fields", "source_kind")

visibility(["//python/...", "//tests/starlark/..."])

_TOP = {"manifest": "dict", "requires-python": "string", "supported-markers": "list"}
_PACKAGE = {
    "dev-dependencies": "dict",
    "name": "string",
    "optional-dependencies": "dict",
    "resolution-markers": "list",
    "sdist": "dict",
    "source": "dict",
    "version": "string",
}
_EDGE = {"extra": "list", "extras": "list", "marker": "string", "name": "string", "source": "dict", "specifier": "string", "version": "string"}

def _edges_error(table, field, place):
    """Checks an array of dependencies."""
    error = tables_error(table, field, place)
    for index, edge in enumerate(table.get(field, []) if not error else []):
        edge_place = "{}.{}[{}]".format(place, field, index)
        error = error or field_error(edge, _EDGE, edge_place)
        if not error and not is_name(edge.get("name", "")):
            error = "{}.name: is {}; expected a distribution's name.".format(edge_place, repr(edge.get("name")))
        if not error and edge.get("marker"):
            error = marker_error(edge["marker"])
            error = "{}.marker: {}".format(edge_place, error) if error else ""
    return error

def _package_error(package, place):
    error = field_error(package, _PACKAGE, place) or tables_error(package, "wheels", place)
    if not error and not is_name(package.get("name", "")):
        error = "{}.name: is {}; expected a distribution's name.".format(place, repr(package.get("name")))
    error = error or _edges_error(package, "dependencies", place)
    for field in ["optional-dependencies", "dev-dependencies"]:
        for name in package.get(field, {}) if not error else []:
            error = error or _edges_error(package[field], name, "{}.{}".format(place, field))
    for index, marker in enumerate(package.get("resolution-markers", []) if not error else []):
        message = marker_error(marker)
        error = error or ("{}.resolution-markers[{}]: {}".format(place, index, message) if message else "")
    return error or source_kind(package, place)[1]

def _top_error(content, where):
    if content.get("version") != 1:
        return "{}: version: is {}; expected 1. To fix: lock with a uv that writes version 1.".format(where, repr(content.get("version")))
    error = field_error(content, _TOP, where) or tables_error(content, "package", where)
    manifest = content.get("manifest", {})
    error = error or _edges_error(manifest, "requirements", where + ".manifest")
    error = error or field_error(manifest, {"dependency-groups": "dict", "members": "list"}, where + ".manifest")
    for name in manifest.get("dependency-groups", {}) if not error else []:
        error = error or _edges_error(manifest["dependency-groups"], name, where + ".manifest.dependency-groups")
    if error:
        return error.replace(where + ".", where + ": ", 1)
    for marker in content.get("supported-markers", []):
        error = marker_error(marker)
        if error:
            return "{}: supported-markers: {}".format(where, error)
    if version_matches("3", content.get("requires-python", "")) == None:
        return "{}: requires-python: {} is not a version specifier.".format(where, repr(content["requires-python"]))
    for index, package in enumerate(content.get("package", [])):
        error = _package_error(package, "{}: package[{}]".format(where, index))
        if error:
            return error
    return ""

def _projects(content):
    """Gives the packages that are the locked projects themselves."""
    packages = content.get("package", [])
    members = [normalize_name(name) for name in content.get("manifest", {}).get("members", [])]
    if members:
        return [package for package in packages if normalize_name(package["name"]) in members]
    return [package for package in packages if is_own(package) and "." in package["source"].values()]

def _chosen(table, names):
    """Gives the arrays of a table of arrays whose names are wanted."""
    return [edge for name, edges in table.items() if normalize_name(name) in names for edge in edges]

def _roots(content, extras, groups):
    """Gives the dependencies to begin with; returns (list, error)."""
    projects = _projects(content)
    manifest = content.get("manifest", {})
    roots = list(manifest.get("requirements", []))
    roots += _chosen(manifest.get("dependency-groups", {}), groups)
    known_extras = {}
    known_groups = {normalize_name(name): None for name in manifest.get("dependency-groups", {})}
    for project in projects:
        optional = project.get("optional-dependencies", {})
        development = project.get("dev-dependencies", {})
        metadata = project.get("metadata", {})
        known_extras.update({normalize_name(name): None for name in list(optional) + metadata.get("provides-extras", [])})
        known_groups.update({normalize_name(name): None for name in list(development) + list(metadata.get("requires-dev", {}))})
        roots += project.get("dependencies", []) + _chosen(optional, extras) + _chosen(development, groups)
    for what, names, known in [("extra", extras, known_extras), ("dependency group", groups, known_groups)]:
        for name in names:
            if name not in known:
                return [], "'{}' is no {} of a locked project; expected one of: {}.".format(name, what, ", ".join(sorted(known)) or "(none)")
    if not projects and not roots:
        return [], "has no project of its own and no requirements; expected a source of virtual or editable \".\", or [manifest]."
    return roots, ""

def _wanted(content, extras, groups):
    """Gives the names that markers use for extras and groups of projects that conflict with each other."""
    names = []
    for project in _projects(content):
        name = normalize_name(project["name"])
        names += ["extra-{}-{}-{}".format(len(name), name, extra) for extra in extras]
        names += ["group-{}-{}-{}".format(len(name), name, group) for group in groups]
    return {"extra": names}

def _edge_text(edge, condition, wanted):
    """Writes a dependency as PEP 508 text; None where it never applies."""
    marker = fold_marker(edge.get("marker", ""), wanted)
    if marker == None:
        return None
    marker = "({}) and {}".format(marker, condition) if marker and condition else marker or condition
    extras = ",".join(sorted(edge_extras(edge)))
    return "{}{}{}{}".format(
        normalize_name(edge["name"]),
        "[{}]".format(extras) if extras else "",
        "==" + edge["version"] if "version" in edge else "",
        " ; " + marker if marker else "",
    )

def _requires_dist(packages, by_name, package, place, wanted):
    """Writes the dependencies of a package; returns (list, error)."""
    edges = [(edge, "") for edge in package.get("dependencies", [])]
    for extra, optional in sorted(package.get("optional-dependencies", {}).items()):
        edges += [(edge, "extra == '{}'".format(normalize_name(extra))) for edge in optional]
    result = []
    for edge, condition in edges:
        for index in targets(packages, by_name, edge):
            if is_own(packages[index]):
                return [], ("{}: needs {}, which is a project of the workspace itself and no distribution. " +
                            "To fix: lock it as a path that is not editable.").format(place, edge["name"])
        text = _edge_text(edge, condition, wanted)
        if text:
            result.append(text)
    return result, ""

def parse_uv_lock(content, where, extras = [], groups = None):
    """Parses a uv.lock.

    Args:
      content: (dict) the file, as read from TOML.
      where: (str) the file's path, for messages and for paths in it.
      extras: (list[str]) extras of the locked projects that are wanted.
      groups: (list[str]) dependency groups that are wanted; None for none, as the file does not say which are default.

    Returns:
      (struct) from `parsed_lock`; `error` is `file: dotted.place: message`.
    """
    extras = [normalize_name(name) for name in extras]
    groups = [normalize_name(name) for name in groups or []]
    error = _top_error(content, where)
    roots, root_error = _roots(content, extras, groups) if not error else ([], "")
    if error or root_error:
        return parsed_lock(error = error or "{}: {}".format(where, root_error))
    packages = content.get("package", [])
    by_name = packages_by_name(packages)
    wanted = _wanted(content, extras, groups)
    index_url = most_common([package.get("source", {}).get("registry", "") for package in packages])
    entries = []
    for index, reached in sorted(walk(packages, roots, wanted).items()):
        package = packages[index]
        if is_own(package):
            continue
        place = "{}: package[{}] ({})".format(where, index, package["name"])
        fields, error = source_fields(package, place, where)
        edges, edge_error = _requires_dist(packages, by_name, package, place, wanted)
        if error or edge_error:
            return parsed_lock(error = error or edge_error)
        entries.append(locked_distribution(**(fields | dict(
            extras = reached.extras,
            index = "" if fields.get("index", "") == index_url else fields.get("index", ""),
            marker = reached.marker,
            name = normalize_name(package["name"]),
            requires_dist = edges,
            version = package.get("version", ""),
            where = place,
        ))))
    return parsed_lock(
        entries = entries,
        environments = content.get("supported-markers", []),
        index_url = "" if "://" not in index_url else index_url,
        requires_python = content.get("requires-python", ""),
    )
