"""From the Requires-Dist of a distribution to the labels that it depends on.

Phase: loading (pure functions).
In: dependencies as metadata writes them, and the hub. Out: labels.
"""

load("//python/private/spec:core_metadata.bzl", "parse_requirement")
load("//python/private/spec:markers.bzl", "evaluate_marker", "marker_error")
load("//python/private/spec:names.bzl", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

def _labels(requirement, hub, distribution):
    """Gives the labels of one dependency. One that is not locked for this Python is left out: the resolver did not choose it.

    If `pip.override(target)` replaces the package, the label is that target, whatever extras are asked for.
    """
    if requirement.name == distribution:
        return [":extra_" + extra for extra in requirement.extras]
    if requirement.name not in hub.packages:
        return []
    if requirement.name in hub.targets:
        return [hub.targets[requirement.name]]
    repository = hub.packages[requirement.name]
    return ["@{}//:pkg".format(repository)] + [
        "@{}//:extra_{}".format(repository, extra)
        for extra in requirement.extras
    ]

def requirement_error(distribution, text):
    """Checks one dependency of a distribution.

    Args:
      distribution: (str) its normalized name.
      text: (str) a Requires-Dist value.

    Returns:
      (str) a message, or empty.
    """
    requirement = parse_requirement(text)
    error = "is not a requirement; expected for example: foo>=1" if not requirement else ""
    if requirement and requirement.marker:
        error = marker_error(requirement.marker)
    if not error:
        return ""
    return ("{}: Requires-Dist '{}': {} To fix: lock another version, or replace it by a target of yours " +
            "(pip.override target).").format(distribution, text, error if error.endswith("?") else error + ".")

def dependency_labels(distribution, requires_dist, extra, hub):
    """Gives the labels that a distribution, or one of its extras, depends on.

    Args:
      distribution: (str) its normalized name.
      requires_dist: (list[str]) its Requires-Dist values.
      extra: (str) the extra; empty for the dependencies that are always needed.
      hub: (struct) `packages` (dict from name to repository), `targets` (dict from name to what replaces it) and
        `environment` (markers).

    Returns:
      (list[str]) labels, sorted, each once; for an extra only those that it adds.
    """
    found = {}
    for text in requires_dist:
        requirement = parse_requirement(text)
        always = evaluate_marker(requirement.marker, hub.environment) if requirement else None
        if always == None:
            fail(requirement_error(distribution, text))
        wanted = always if not extra else not always and evaluate_marker(requirement.marker, hub.environment, normalize_name(extra))
        if wanted:
            found.update({label: None for label in _labels(requirement, hub, distribution)})
    return sorted(found)

def outside_labels(labels, members, hub):
    """Drops the labels of packages that are in the same group.

    Args:
      labels: (list[str]) of `dependency_labels`.
      members: (list[str]) normalized names of the group's packages.
      hub: (struct) see `dependency_labels`.

    Returns:
      (list[str]) the others.
    """
    repositories = ["@{}//:".format(hub.packages[name]) for name in members if hub.packages.get(name)]
    return [label for label in labels if not [prefix for prefix in repositories if label.startswith(prefix)]]

def wheel_labels(labels):
    """Gives the wheels of dependencies. A label that is no locked distribution has none.

    Args:
      labels: (list[str]) of `dependency_labels`.

    Returns:
      (list[str]) labels.
    """
    wheels = []
    for label in labels:
        place, _, target = label.rpartition(":")
        if target.startswith("extra_"):
            wheels.append("{}:whl_{}".format(place, target))
        elif target == "pkg" and place.startswith("@") and not place.startswith("@@"):
            wheels.append(place + ":whl")
    return wheels
