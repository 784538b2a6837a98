"""Patches that name a wheel's file, as in rules_python: `pip.override(file = ..., patches = ...)`.

Phase: repository.
In: the settings of a package and the chosen wheel. Out: the settings, and copies of the patches that apply.
"""

load("//python/private/install:labels.bzl", "read_label")
load("//python/private/spec:filenames.bzl", "parse_wheel_name")

visibility(["//python/...", "//tests/starlark/..."])

def same_wheel(left, right):
    """Says whether two file names mean the same wheel. The order of their tags does not matter.

    Args:
      left: (str) file name of a wheel.
      right: (str) another.

    Returns:
      (bool) whether name, version, build number and the sets of tags are equal.
    """
    wheels = [parse_wheel_name(left), parse_wheel_name(right)]
    keys = [
        (wheel.name, wheel.version, wheel.build, sorted(wheel.pythons), sorted(wheel.abis), sorted(wheel.platforms)) if wheel else None
        for wheel in wheels
    ]
    return keys[0] == keys[1] and keys[0] != None

def place_file_patches(rctx, settings, wheel_name):
    """Copies the patches for a wheel into the repository. So users need no `exports_files` for them.

    Args:
      rctx: the repository context.
      settings: (dict) settings of the package.
      wheel_name: (str) file name of the chosen wheel; empty for an sdist.

    Returns:
      (dict) the settings. `file_patches` holds the copied patches of this wheel; it is missing if there are none.
    """
    result = {key: value for key, value in settings.items() if key != "file_patches"}
    for file, of_file in settings.get("file_patches", {}).items():
        if not same_wheel(file, wheel_name):
            continue
        copies = []
        for label in of_file["patches"]:
            copy = "file_patches/{}/{}".format(len(copies), label.rpartition(":")[2].split("/")[-1])
            rctx.file(copy, read_label(rctx, label, "patches of pip.override(file = ...)"), executable = False, legacy_utf8 = False)
            copies.append(":" + copy)
        result["file_patches"] = {wheel_name: {"patch_strip": of_file["patch_strip"], "patches": copies}}
    return result
