"""The flags of the loaded rules_python that decide which Python a toolchain has: the values with which the helper looks for its own.

Phase: repository (pure functions).
In: files of @rules_python, as text. Out: labels and values.
"""

load("//python/private/host:helper_python.bzl", "HELPER_MINORS")

visibility(["//python/...", "//tests/starlark/..."])

# Of a rules_python whose table of interpreters is somewhere else.
_ALL_MINORS = range(9, HELPER_MINORS[0] + 1)

_FLAGS = "@rules_python//python/config_settings:"

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
      (struct) `unset`: the value that asks for no version; `wanted`: values to try after it, newest first; `by_minor`: dict
      from a version such as `3.12` to the value that asks for it.
    """
    if "build_setting_default = python_versions[0]" in settings and versions:
        newest = {_minor(version): version for version in versions}
        unset = versions[0]
    else:
        newest = {minor: "3.{}".format(minor) for minor in [_minor(version) for version in versions] or _ALL_MINORS}
        unset = ""
    return struct(
        by_minor = {"3.{}".format(minor): newest[minor] for minor in sorted(newest)},
        unset = unset,
        wanted = [newest[minor] for minor in HELPER_MINORS if minor in newest],
    )

def python_flags(read):
    """Finds the flags of a rules_python, and their values.

    Args:
      read: (function) gives the text of a file of `@rules_python`, and empty if there is none.

    Returns:
      (struct) `flags`: dict from label to the value that asks for no special interpreter; `by_minor`, `wanted`: see `version_flags`.
    """
    chosen = version_flags(read("python/config_settings/config_settings.bzl"), known_versions(read("python/versions.bzl")))
    flags = {_FLAGS + "python_version": chosen.unset}
    if "name = \"py_freethreaded\"" in read("python/config_settings/BUILD.bazel"):
        flags[_FLAGS + "py_freethreaded"] = "no"
    return struct(by_minor = chosen.by_minor, flags = flags, wanted = chosen.wanted)
