"""Dependency groups of a hub: one uv.lock serves several of them, and a flag says which one a label means.

Phase: module extension, and repository (pure functions).
In: locks with their choices, the plan of each. Out: a variant for each choice; repositories that choices have in common, once.
"""

load("//python/private/lock:locked.bzl", "parsed_lock")
load("//python/private/spec:core_metadata.bzl", "parse_requirement")

visibility(["//python/...", "//tests/starlark/..."])

# What the hub's own setting says if the flag names no group. It is no name of a group.
NO_GROUP = "-"

# The setting, seen from the hub. It reads the flag, and refuses groups that the hub does not have.
DEP_GROUP_SETTING = "//_config:dep_group"

# What of a repository's attributes names another repository, or itself. These are compared by what they name.
_NAMES = ["build_requirements", "group", "hub_variable", "name"]

def choice_variants(variants, lock_of):
    """Makes a variant for each choice of each lock, after the one for the lock as `pip.parse` asks for it.

    Args:
      variants: (list[struct]) from `plan_variants`.
      lock_of: (function) gives the parsed lock of a variant.

    Returns:
      (list[list[struct]]) for each variant its family: struct(variant, lock, dep_group). `dep_group` is empty where
      the lock has no choices.
    """
    families = []
    for variant in variants:
        lock = lock_of(variant)
        family = [struct(dep_group = NO_GROUP if lock.choices else "", lock = lock, variant = variant)]
        for name, entries in lock.choices.items():
            parts = [variant.id, "dep_group", name.replace("-", "_")]
            family.append(struct(
                dep_group = name,
                lock = parsed_lock(
                    choices = lock.choices,
                    entries = entries,
                    environments = lock.environments,
                    exact_edges = lock.exact_edges,
                    index_url = lock.index_url,
                    requires_python = lock.requires_python,
                ),
                variant = struct(
                    id = "_".join([part for part in parts if part]),
                    index = variant.index,
                    lock = variant.lock,
                    own = variant.own,
                    platform = variant.platform,
                    python_version = variant.python_version,
                    tag = variant.tag,
                ),
            ))
        families.append(family)
    return families

def _own(attributes):
    """Gives what a repository is, without the repositories that it names."""
    return repr([(key, str(value)) for key, value in sorted(attributes.items()) if key not in _NAMES])

def _named_packages(attributes, names_of):
    """Gives the packages that a repository's targets may depend on."""
    text = attributes.get("requires_dist", "[]")
    if text not in names_of:
        found = [parse_requirement(item) for item in json.decode(text)]
        names_of[text] = [requirement.name for requirement in found if requirement]
    return names_of[text] + attributes.get("group_members", [])

def _references(plan, names_of):
    """Gives for each repository of a plan what it names: a list of (text, repository)."""
    packages = {}
    for entry in plan.entries:
        packages.setdefault(entry["name"], []).append((entry["marker"], entry["repository"]))
    found = {}
    for attributes in plan.distributions:
        builds = [("", label[1:].partition("//")[0]) for label in attributes.get("build_requirements", [])]
        needs = [pair for name in _named_packages(attributes, names_of) for pair in packages.get(name, [("missing", "")])]
        found[attributes["name"]] = builds + needs
    return found

def _classes(own, references):
    """Numbers repositories so that two have one number if they, and all that they name, are alike."""
    numbers = {}
    classes = {name: numbers.setdefault(text, len(numbers)) for name, text in own.items()}
    for _ in range(len(own)):
        seen = {}
        refined = {}
        for name, before in classes.items():
            key = (before, tuple([(text, classes.get(other, -1)) for text, other in references[name]]))
            refined[name] = seen.setdefault(key, len(seen))
        if len(seen) == len(numbers):
            break
        classes, numbers = refined, seen
    return classes

def share_repositories(plans):
    """Leaves out repositories that an earlier choice of the same lock has, too.

    Choices mostly lock the same: a package that has the same version and the same dependencies in two groups is then one repository,
    and is built once.

    Args:
      plans: (list[struct]) from `plan_variant`, those of one family.

    Returns:
      (list[struct]) the same, with the names of the repositories that stay.
    """
    if len(plans) == 1:
        return plans
    names_of, own, references = {}, {}, {}
    for plan in plans:
        references.update(_references(plan, names_of))
        own.update({attributes["name"]: _own(attributes) for attributes in plan.distributions})
    first = {}
    stays = {name: first.setdefault(number, name) for name, number in _classes(own, references).items()}
    return [
        struct(
            distributions = [_renamed(attributes, stays) for attributes in plan.distributions if stays[attributes["name"]] == attributes["name"]],
            entries = [entry | {"repository": stays.get(entry["repository"], "")} for entry in plan.entries],
            environments = plan.environments,
            groups = plan.groups,
            requires_python = plan.requires_python,
            unlocked = plan.unlocked,
        )
        for plan in plans
    ]

def _renamed(attributes, stays):
    if "build_requirements" not in attributes:
        return attributes
    labels = [label[1:].partition("//") for label in attributes["build_requirements"]]
    return attributes | {"build_requirements": ["@{}//{}".format(stays.get(name, name), target) for name, _, target in labels]}

def dep_group_setting(hub_name, variants):
    """Writes the setting that the hub's conditions read.

    Args:
      hub_name: (str) the hub.
      variants: (list[struct]) from `resolve_variants`.

    Returns:
      (str) the target, or empty where no lock of the hub has choices.
    """
    known = sorted({variant.dep_group: None for variant in variants if variant.dep_group not in ["", NO_GROUP]})
    if not known:
        return ""
    return "\ndep_group_of_hub(\n    name = \"dep_group\",\n    hub = \"{}\",\n    known = {},\n)".format(
        hub_name,
        json.encode(known),
    )

def flag_package(variants, names):
    """Writes the hub's package `dep_group`, which gives the flag the name that rules_py has for it.

    Args:
      variants: (list[struct]) from `resolve_variants`.
      names: (list[str]) the hub's packages.

    Returns:
      (str) a BUILD file; empty where no lock of the hub has choices, and where a distribution has that name.
    """
    if not [variant for variant in variants if variant.dep_group] or "dep-group" in names:
        return ""
    return "alias(\n    name = \"dep_group\",\n    actual = \"@rules_reprowheel//python/config_settings:dep_group\",\n    visibility = [\"//visibility:public\"],\n)\n"
