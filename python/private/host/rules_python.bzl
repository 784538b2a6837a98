"""What the loaded rules_python offers to the ruleset's own targets. A `load` of what is missing would fail, so its files are read.

Phase: repository.
In: the files of @rules_python. Out: attributes of its `py_runtime`; values of its flags.
"""

visibility(["//python/...", "//tests/starlark/..."])

# Versions that the helper runs with, newest first.
HELPER_MINORS = [15, 14, 13, 12, 11]

_FLAGS = "@rules_python//python/config_settings:"

# Attributes of `py_runtime` that tell what an interpreter is.
_RUNTIME_ATTRS = ["abi_flags", "implementation_name", "interpreter_version_info", "pyc_tag"]

def _minor(version):
    """Gives the number after `3.`, or 0 for what is no such version."""
    parts = version.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "3" and parts[1].isdigit() else 0

def known_versions(text):
    """Finds the versions in rules_python's table of interpreters.

    Args:
      text: (str) its `versions.bzl`.

    Returns:
      (list[str]) such as `3.11.1`, in the table's order; empty if the table is somewhere else.
    """
    keys = [line.strip() for line in text.split("\n")]
    return [key[1:-len("\": {")] for key in keys if key.startswith("\"3.") and key.endswith("\": {")]

def version_flags(settings, versions):
    """Chooses values of rules_python's flag `python_version`, to look for a toolchain that the helper can run with.

    Args:
      settings: (str) text of rules_python's `config_settings.bzl`. Before 0.29 its flag had no empty value.
      versions: (list[str]) from `known_versions`.

    Returns:
      (struct) `unset`: the value that asks for no version; `wanted`: values to try after it, newest first.
    """
    if "build_setting_default = python_versions[0]" in settings and versions:
        newest = {_minor(version): version for version in versions}
        return struct(unset = versions[0], wanted = [newest[minor] for minor in HELPER_MINORS if minor in newest])
    known = [_minor(version) for version in versions] or HELPER_MINORS
    return struct(unset = "", wanted = ["3.{}".format(minor) for minor in HELPER_MINORS if minor in known])

def runtime_attributes(rule, interpreter):
    """Gives the attributes of `py_runtime` that tell what an interpreter is.

    Args:
      rule: (str) text of the file that declares the rule; empty if rules_python still has Bazel's own rule, which has none of them.
      interpreter: (dict) what the interpreter says of itself.

    Returns:
      (dict) those that the rule has.
    """
    version = interpreter["environment"]["python_full_version"].split(".")
    values = {
        "abi_flags": interpreter["abiflags"],
        "implementation_name": interpreter["implementation"],
        "interpreter_version_info": {
            "major": version[0],
            "minor": version[1],
        },
        "pyc_tag": interpreter["cache_tag"] or "",
    }
    if len(version) > 2 and version[2].isdigit():
        values["interpreter_version_info"]["micro"] = version[2]
    return {name: values[name] for name in _RUNTIME_ATTRS if "\"{}\": attr.".format(name) in rule}

def read_rules_python(rctx):
    """Reads what rules_python offers.

    Args:
      rctx: the repository context.

    Returns:
      (struct) `runtime_rule`: text, see `runtime_attributes`; `flags`: dict from label to the value that asks for no special
      interpreter; `wanted`: see `version_flags`.
    """
    root = rctx.path(Label("@rules_python//:BUILD.bazel")).dirname

    def text(*names):
        path = root
        for name in names:
            path = path.get_child(name)
        return rctx.read(path) if path.exists else ""

    # The names of the flags are in the text of BUILD.bazel. Only the rule of today's place is looked at: while it was in another
    # folder, a setting chose between it and Bazel's own rule.
    settings = text("python", "config_settings", "config_settings.bzl")
    chosen = version_flags(settings, known_versions(text("python", "versions.bzl")))
    flags = {_FLAGS + "python_version": chosen.unset}
    if "name = \"py_freethreaded\"" in text("python", "config_settings", "BUILD.bazel"):
        flags[_FLAGS + "py_freethreaded"] = "no"
    return struct(flags = flags, runtime_rule = text("python", "private", "py_runtime_rule.bzl"), wanted = chosen.wanted)
