"""What generated requirements.bzl files of WORKSPACE hubs load. Not for users: it may change with any release.

Phase: loading of WORKSPACE.
In: the plan of a hub. Out: a repository per distribution.
"""

load("//python/private/crates:crate.bzl", "crate")
load("//python/private/fetch:distribution.bzl", "distribution")
load("//python/private/hub:pip_repository.bzl", "install_argument_error", "spoke_alias", "spoke_aliases")
load("//python/private/spec:names.bzl", "file_name_part")

def install_distributions(hub_name, plan, arguments):
    """Declares the repositories of a hub.

    Args:
      hub_name: (str) the hub.
      plan: (str) the attributes of each repository, and the packages, as JSON.
      arguments: (dict) what `install_deps` was called with.
    """
    error = install_argument_error(hub_name, arguments)
    if error:
        fail(error)
    decoded = json.decode(plan)
    for attributes in decoded["distributions"]:
        distribution(**attributes)
    for attributes in decoded["crates"]:
        if not native.existing_rule(attributes["name"]):  # another hub needs the same
            crate(**attributes)
    names = [attributes["name"] for attributes in decoded["distributions"]]
    for name, package in spoke_aliases(hub_name, names, decoded["packages"]).items():
        if not native.existing_rule(name):
            spoke_alias(name = name, hub_package = "@{}//{}".format(hub_name, file_name_part(package)))
