"""Names the place of a tag for messages: in which file, which tag.

Phase: module extension, or repository (WORKSPACE) (pure functions).
In: a module and what tells its tags apart. Out: such as `MODULE.bazel: pip.parse(hub_name = "pypi")`.
"""

visibility(["//python/...", "//tests/starlark/..."])

# The file of `pip_parse`.
WORKSPACE = struct(is_root = True, name = "", workspace = True)

def module_file(module):
    """Names the file of a module. That of the root module is the user's own, whatever its name is.

    Args:
      module: (struct) `name`, `is_root`.

    Returns:
      (str) such as `MODULE.bazel`, or `MODULE.bazel of module 'other'`.
    """
    return "MODULE.bazel" if module.is_root else "MODULE.bazel of module '{}'".format(module.name)

def tag_place(module, kind, **attributes):
    """Names a tag.

    Args:
      module: (struct) the module that has it.
      kind: (str) such as `parse`.
      **attributes: (str) what tells it apart from others; empty ones are left out.

    Returns:
      (str) the place, without a colon at its end.
    """
    shown = ["{} = \"{}\"".format(key, value) for key, value in attributes.items() if value]
    return "{}: pip.{}({})".format(module_file(module), kind, ", ".join(shown))

def parse_place(module, hub_name):
    """Names a `pip.parse`, or a `pip_parse` of a WORKSPACE file.

    Args:
      module: (struct) the module that has it, or `WORKSPACE`.
      hub_name: (str) its hub.

    Returns:
      (str) the place, without a colon at its end.
    """
    if hasattr(module, "workspace"):
        return "WORKSPACE: pip_parse(name = \"{}\")".format(hub_name)
    return tag_place(module, "parse", hub_name = hub_name)
