"""The graph in uv.lock: what the project's dependencies need, with which extras, and under which markers.

Phase: module extension (pure functions).
In: the packages and the roots. Out: for each package its extras and its marker.
"""

load("//python/private/spec:marker_text.bzl", "all_of", "any_of", "fold_marker")
load("//python/private/spec:names.bzl", "normalize_name")
load("//python/private/spec:versions.bzl", "version_matches")

visibility(["//python/...", "//tests/starlark/..."])

_MAX_STEPS = 100000000

# More ways than this to reach a package are not told apart: it is then taken to be needed everywhere.
_MAX_WAYS = 12

def packages_by_name(packages):
    """Groups packages.

    Args:
      packages: (list[dict]) the `[[package]]` tables.

    Returns:
      (dict[str, list[int]]) name to indexes.
    """
    result = {}
    for index, package in enumerate(packages):
        result.setdefault(normalize_name(package["name"]), []).append(index)
    return result

def targets(packages, by_name, edge):
    """Finds the packages that a dependency means.

    Args:
      packages: (list[dict]) the `[[package]]` tables.
      by_name: (dict[str, list[int]]) from `packages_by_name`.
      edge: (dict) `name`, and where the name is ambiguous `version`, `source`, or `specifier`.

    Returns:
      (list[int]) indexes.
    """
    found = by_name.get(normalize_name(edge["name"]), [])
    if len(found) > 1 and "version" in edge:
        found = [index for index in found if packages[index].get("version") == edge["version"]]
    if len(found) > 1 and "source" in edge:
        found = [index for index in found if packages[index].get("source") == edge["source"]]
    if len(found) > 1 and "specifier" in edge:
        found = [index for index in found if version_matches(packages[index].get("version", "0"), edge["specifier"])]
    return found

def edge_extras(edge):
    """Gives the extras that a dependency asks for.

    Args:
      edge: (dict) with `extra` (in dependencies) or `extras` (in requirements).

    Returns:
      (list[str]) normalized names.
    """
    return [normalize_name(extra) for extra in edge.get("extra", edge.get("extras", []))]

def _is_new(ways, way):
    """Says whether a way to a package is not a longer form of a known one."""
    for known in ways:
        if not [marker for marker in known if marker not in way]:
            return False
    return True

def _add_way(ways, way):
    """Adds a way, and drops those that it makes needless; returns the way that is to be followed, or None."""
    if not _is_new(ways, way):
        return None
    if len(ways) >= _MAX_WAYS:
        way = []
    kept = [known for known in ways if [marker for marker in way if marker not in known]]
    ways.clear()
    ways.extend(kept + [way])
    return way

def _edges(packages, node):
    """Gives the dependencies of a node, which is (index, extra or empty)."""
    index, extra = node
    if not extra:
        return packages[index].get("dependencies", [])
    for name, edges in packages[index].get("optional-dependencies", {}).items():
        if normalize_name(name) == extra:
            return edges
    return []

def walk(packages, roots, wanted):
    """Follows all dependencies from the roots.

    Args:
      packages: (list[dict]) the `[[package]]` tables.
      roots: (list[dict]) dependencies to begin with.
      wanted: (dict[str, list[str]]) what markers may ask besides the environment, for `fold_marker`.

    Returns:
      (dict[int, struct]) index of each package that is needed to `extras` (sorted) and `marker`.
    """
    by_name = packages_by_name(packages)
    reached = {}
    queue = [(edge, []) for edge in roots]
    for step in range(_MAX_STEPS):
        if step >= len(queue):
            break
        edge, before = queue[step]
        marker = fold_marker(edge.get("marker", ""), wanted)
        if marker == None:
            continue
        way = before + ([marker] if marker and marker not in before else [])
        for index in targets(packages, by_name, edge):
            for node in [(index, "")] + [(index, extra) for extra in edge_extras(edge)]:
                followed = _add_way(reached.setdefault(node, []), way)
                if followed != None:
                    queue.extend([(next_edge, followed) for next_edge in _edges(packages, node)])
    return {
        index: struct(
            extras = sorted([extra for other, extra in reached if other == index and extra]),
            marker = _marker(packages[index], ways, len(by_name[normalize_name(packages[index]["name"])]) > 1, wanted),
        )
        for (index, extra), ways in reached.items()
        if not extra
    }

def _marker(package, ways, forked, wanted):
    """Writes when a package is needed; of several versions each has the markers of its fork."""
    marker = any_of([all_of(way) for way in ways])
    forks = [fold_marker(text, wanted) for text in package.get("resolution-markers", [])] if forked else []
    forks = [text for text in forks if text != None]
    return all_of([any_of(forks) if forks else "", marker])
