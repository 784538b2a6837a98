"""File names of wheels (PEP 427) and sdists (PEP 625).

Phase: repository (pure functions).
In: a file name, or what an archive says about itself. Out: its parts, or the canonical file name.
"""

load(":names.bzl", "file_name_part", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

SDIST_SUFFIXES = [".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"]

def parse_wheel_name(filename):
    """Splits a wheel's file name.

    Args:
      filename: (str) for example `foo-1.0-1-cp311-abi3-manylinux_2_17_x86_64.whl`.

    Returns:
      (struct) `name`, `version`, `build` (str), `pythons`, `abis`, `platforms` (lists of str); None for another name.
    """
    if not filename.endswith(".whl"):
        return None
    parts = filename[:-len(".whl")].split("-")
    if len(parts) not in [5, 6]:
        return None
    return struct(
        abis = parts[-2].split("."),
        build = parts[2] if len(parts) == 6 else "",
        name = normalize_name(parts[0]),
        platforms = parts[-1].split("."),
        pythons = parts[-3].split("."),
        version = parts[1],
    )

def sdist_suffix(filename):
    """Says which kind of sdist a file name names.

    Args:
      filename: (str) a file name.

    Returns:
      (str) one of `SDIST_SUFFIXES`, or an empty string.
    """
    for suffix in SDIST_SUFFIXES:
        if filename.endswith(suffix):
            return suffix
    return ""

def is_wheel_name(filename):
    """Says whether a file name is a wheel's.

    Args:
      filename: (str) a file name.

    Returns:
      (bool) whether it ends in `.whl`.
    """
    return filename.endswith(".whl")

def canonical_sdist_name(name, version, suffix):
    """Gives the canonical file name of an sdist, whatever the index calls it.

    Args:
      name: (str) the distribution's name, any spelling.
      version: (str) its version.
      suffix: (str) one of `SDIST_SUFFIXES`.

    Returns:
      (str) the file name of PEP 625.
    """
    return "{}-{}{}".format(file_name_part(name), version, ".tar.gz" if suffix == ".tgz" else suffix)

def canonical_wheel_name(name, version, build, tags):
    """Gives the canonical file name of a wheel, from its own metadata, whatever the index calls it.

    Args:
      name: (str) the distribution's name, any spelling.
      version: (str) its version.
      build: (str) field Build of its WHEEL file, or empty.
      tags: (list[str]) fields Tag of its WHEEL file, each `python-abi-platform`.

    Returns:
      (str) the file name of PEP 427, with each set of tags compressed.
    """
    columns = [[], [], []]
    for tag in tags:
        for column, part in zip(columns, tag.split("-")):
            if part not in column:
                column.append(part)
    middle = [build] if build else []
    compressed = [".".join(sorted(column)) for column in columns]
    return "-".join([file_name_part(name), version.replace("-", "_")] + middle + compressed) + ".whl"
