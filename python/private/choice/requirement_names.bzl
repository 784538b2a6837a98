"""The names that `requirement("…")` and its siblings are called with.

Phase: loading (pure functions).
In: a name as a BUILD file has it. Out: what is wrong with it.
"""

load("//python/private/spec:names.bzl", "is_name")
load("//python/private/spec:suggestions.bzl", "did_you_mean")

visibility(["//python/...", "//tests/starlark/..."])

def requirement_error(macro, hub_name, lock, name, packages):
    """Checks a name.

    Args:
      macro: (str) the macro, such as `requirement`.
      hub_name: (str) the hub.
      lock: (str) its lock.
      name: (any) what the macro was called with.
      packages: (iterable[str]) the folders of the hub's packages.

    Returns:
      (str) a message, or empty if a package has that name.
    """
    if type(name) != "string":
        return "{}({}) of @{}: is a {}; expected the name of a package as a string.".format(macro, repr(name), hub_name, type(name))
    clean = name.lower().replace("-", "_").replace(".", "_")
    for _ in range(len(clean)):
        clean = clean.replace("__", "_")
    if clean in packages:
        return ""
    bare = name.strip()
    for mark in "[=<>!~; @".elems():
        bare = bare.partition(mark)[0]
    if bare != name and is_name(bare):
        return "{}(\"{}\") of @{}: expected the name alone; version and extras stand in {}. To fix: {}(\"{}\").".format(macro, name, hub_name, lock, macro, bare)
    return "{}(\"{}\") of @{}: there is no such package in {}; {}".format(macro, name, hub_name, lock, did_you_mean(name, packages, "packages of @" + hub_name))
