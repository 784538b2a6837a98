"""Everything that a distribution's repository offers beside its wheel: the labels of pip_parse.

Phase: loading.
In: a wheel and its dependencies as the lock or the wheel's metadata write them. Out: libraries and file groups.
"""

load("@rules_python//python:py_library.bzl", "py_library")
load("//python/private/lock:names.bzl", "normalize_name")
load(":requires.bzl", "dependency_labels")
load(":wheel_library.bzl", "wheel_library")

visibility(["//python/...", "//tests/starlark/..."])

def locked_library(name, hub, wheel, distribution, version, requires_dist = [], provides_extra = [], extras = []):
    """Makes the targets of one locked distribution.

    Args:
      name: (str) the `py_library`.
      hub: (struct) from the hub's `config.bzl`.
      wheel: (Label) its wheel.
      distribution: (str) its normalized name.
      version: (str) its version.
      requires_dist: (list[str]) its dependencies, with markers.
      provides_extra: (list[str]) the extras it has; each is a target `extra_<name>`.
      extras: (list[str]) the extras that the lock asks for; `name` includes them.
    """
    tags = ["pypi_name=" + distribution, "pypi_version=" + version]
    deps = dependency_labels(distribution, requires_dist, "", hub)
    for extra in extras:
        deps.extend(dependency_labels(distribution, requires_dist, extra, hub))
    wheel_library(
        name = name,
        python_version = hub.python_version,
        tags = tags,
        wheel = wheel,
        deps = [label for label in sorted({label: None for label in deps}) if not label.startswith(":extra_")],
    )
    for extra in sorted({normalize_name(extra): None for extra in provides_extra}):
        py_library(
            name = "extra_" + extra,
            deps = [":" + name] + dependency_labels(distribution, requires_dist, extra, hub),
        )
    for group in ["data", "dist_info", "extracted_whl_files"]:
        native.filegroup(
            name = group,
            srcs = [":{}.site".format(name)],
        )
