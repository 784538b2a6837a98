"""Plans the groups of a hub. Distributions that need each other (a cycle) become one library: Bazel allows no cycle.

Phase: module extension (pure functions).
In: locked distributions and what they require. Out: for each member its group and what the group must contain.
"""

load(":cycles.bzl", "reachable_edges", "requirement_edges", "strong_components")

visibility(["//python/...", "//tests/starlark/..."])

def _edges(items, build_lock, cycles):
    """Gives the edges of all names, from the build lock, the lock, its comments and `experimental_requirement_cycles`."""
    edges = {item.entry.name: [] for item in items}
    for item in items:
        texts = build_lock.sdists.get(item.key, {}).get("requires_dist", []) + (item.entry.requires_dist or [])
        edges[item.entry.name].extend(requirement_edges(texts))
        for parent in item.entry.via:
            if parent in edges:
                edges[parent].append(_plain(item.entry.name))
    for name, texts in build_lock.cycles.items():
        if name in edges:
            edges[name].extend(requirement_edges(texts))
    for group in cycles.values():
        names = [name for name in group if name in edges]
        for name, other in zip(names, names[1:] + names[:1]):
            edges[name].append(_plain(other))
    return edges

def _plain(name):
    return struct(extras = [], name = name, needs = None)

def plan_groups(hub_name, variant_id, items, build_lock, cycles):
    """Plans the groups of one variant.

    Args:
      hub_name: (str) the hub.
      variant_id: (str) the variant's; empty for the only one.
      items: (list[struct]) `entry` (locked distribution) and `key` (`name==version`) of each.
      build_lock: (struct) from `parse_build_lock`.
      cycles: (dict[str, list[str]]) cycles that the user names. Names that are not among the items
        are left out.

    Returns:
      (struct) `asked`: dict from name to the extras that the lock or an edge asks of it; `groups`: dict from the group's
      target name to its members; by member: `labels`, `members`, and `extras`,
      those of the lock and those that members ask of it.
    """
    lock_extras = {}
    for item in items:
        lock_extras[item.entry.name] = sorted({extra: None for extra in lock_extras.get(item.entry.name, []) + item.entry.extras})
    found = reachable_edges(_edges(items, build_lock, cycles), lock_extras)
    groups, labels, members, extras = {}, {}, {}, {}
    for names in strong_components(found.graph):
        target = "_".join([part for part in [variant_id, names[0]] if part])
        groups[target] = names
        for name in names:
            labels[name] = "@{}//_groups:{}".format(hub_name, target)
            members[name] = names
            extras[name] = {extra: None for extra in lock_extras[name]}
    asked_of = {}
    for (name, other), asked in found.extras.items():
        asked_of.setdefault(other, {}).update(asked)
        if other in members and name in members[other]:
            extras[other].update(asked)
    for name, own in lock_extras.items():
        asked_of.setdefault(name, {}).update({extra: None for extra in own})
    return struct(
        asked = {name: sorted(asked) for name, asked in asked_of.items() if asked},
        extras = {name: sorted(asked) for name, asked in extras.items()},
        groups = groups,
        labels = labels,
        members = members,
    )
