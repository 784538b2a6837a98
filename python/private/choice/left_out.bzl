"""Packages that a lock has for other platforms or Pythons only, such as for Windows: their labels exist, and say so.

Phase: repository (pure functions).
In: the planned variants, and what they have here. Out: BUILD files whose targets fail when something depends on them.
"""

visibility(["//python/...", "//tests/starlark/..."])

_TMPL = """\
# {generated}

load("@rules_reprowheel//python:generated.bzl", "refused")

package(default_visibility = ["//visibility:public"])

refused(
    name = "_left_out",
    message = {message},
    tags = ["manual"],
    visibility = ["//visibility:private"],
)
"""

_ALIAS_TMPL = """
alias(
    name = "{name}",
    actual = ":_left_out",
    tags = ["manual"],
)
"""

_ERROR = ("{name} is locked for other platforms or Pythons only: {places}; that does not hold for {environments}. To fix: depend on it in a " +
          "select() for platforms that have it, and name them in target_platforms of pip.parse(hub_name = \"{hub}\").")

def left_out_packages(planned, resolved):
    """Finds the packages whose markers hold for no variant.

    Args:
      planned: (list[dict]) the variants as the extension planned them.
      resolved: (list[struct]) from `resolve_variants`.

    Returns:
      (dict[str, list[str]]) normalized name to the places that lock it, with their markers.
    """
    known = {name: None for variant in resolved for name in variant.packages}
    found = {}
    for variant in planned:
        for entry in variant["entries"]:
            if entry["name"] not in known:
                found.setdefault(entry["name"], {})["{} has {}".format(entry["where"], entry["marker"])] = None
    return {name: places.keys() for name, places in found.items()}

def left_out_error(hub_name, name, places, resolved):
    """Says why a package is not there.

    Args:
      hub_name: (str) the hub.
      name: (str) normalized name.
      places: (list[str]) of `left_out_packages`.
      resolved: (list[struct]) from `resolve_variants`.

    Returns:
      (str) the message.
    """
    environments = {
        "Python {} on {} {}".format(variant.environment["python_version"], variant.environment["sys_platform"], variant.environment["platform_machine"]): None
        for variant in resolved
    }.keys()
    return _ERROR.format(environments = " or ".join(environments[:2]), hub = hub_name, name = name, places = ", ".join(places[:2]))

def left_out_build_file(generated, message, labels):
    """Writes the BUILD file of such a package.

    Args:
      generated: (str) who writes it.
      message: (str) from `left_out_error`.
      labels: (list[str]) the labels that every package has, and the package's own.

    Returns:
      (str) the file's content.
    """
    return _TMPL.format(generated = generated, message = json.encode(message)) + "".join([_ALIAS_TMPL.format(name = label) for label in sorted(labels)])
