"""The macro that makes the targets of a distribution's repository, with the labels of pip_parse.

Phase: loading.
In: a wheel, and its dependencies from the lock or from the wheel's metadata. Out: libraries, files, programs.
"""

load("@rules_python//python:py_library.bzl", "py_library")
load("//python/private/spec:names.bzl", "normalize_name")
load(":files.bzl", "wheel_files")
load(":metadata.bzl", "distribution_metadata")
load(":pins.bzl", "pin_wheel")
load(":requires.bzl", "dependency_labels", "outside_labels", "wheel_labels")
load(":script.bzl", "console_scripts")
load(":trees.bzl", "tree_library", "wheel_tree")
load(":wheel_set.bzl", "wheel_set")

visibility(["//python/...", "//tests/starlark/..."])

def _libraries(name, library, group, tags, deps, unpacked, has_modules):
    """Makes `library`, with what it depends on. `$(locations)` of it are its own modules, as in rules_python."""
    whole = library if unpacked else name + ".library"
    more = {"srcs": [":srcs"]} if has_modules else {}
    py_library(
        name = whole,
        tags = tags,
        deps = [":srcs"] + [label for label in deps if not label.startswith(":extra_")],
        **more
    )
    if not unpacked:
        tree_library(name = library, srcs = [":{}.modules".format(name)], tags = tags, deps = [":" + whole])
    if group:
        native.alias(
            name = name,
            actual = group,
            tags = tags,
        )

def _wheels(distribution, wheel, pin, group, members, tags, deps, hub):
    """Makes `whl`. In a group it also has the wheels of the other members, and those that they need."""
    others = [hub.packages[name] for name in members if hub.packages.get(name) and name != distribution]
    wheel_set(
        name = "_whl" if group else "whl",
        pin = pin,
        tags = tags,
        wheel = wheel,
        deps = [label for label in wheel_labels(deps) if not label.startswith(":")],
    )
    if group:
        wheel_set(
            name = "whl",
            pin = pin,
            tags = tags,
            wheel = wheel,
            deps = [":_whl"] + ["@{}//:_whl".format(repository) for repository in others],
        )

def locked_library(
        name,
        hub,
        wheel,
        distribution,
        version,
        requires_dist = [],
        provides_extra = [],
        extras = [],
        entry_points = {},
        group = "",
        group_members = [],
        tags = [],
        unpacked = False,
        namespace_inits = [],
        namespace_files = [],
        scripts = [],
        hidden = [],
        archive = "",
        **settings):
    """Makes the targets of one locked distribution.

    Args:
      name: (str) the `py_library`.
      hub: (struct) from the hub's `config.bzl`.
      wheel: (Label) its wheel; `whl` is this wheel with those that it needs.
      distribution: (str) its normalized name.
      version: (str) its version.
      requires_dist: (list[str]) its dependencies, with markers.
      provides_extra: (list[str]) the extras it has; each is a target `extra_<name>`.
      extras: (list[str]) the extras that the lock asks for; `name` includes them.
      entry_points: (dict[str, dict[str, str]]) its entry points; each script is a program `bin/<script>`.
      group: (Label) the library of its group (a dependency cycle); empty for none.
      group_members: (list[str]) their names.
      tags: (list[str]) more tags of every target.
      unpacked: (bool) whether the files of the wheel are in the repository; else an action installs it.
      namespace_inits: (list[str]) files among them that make folders regular packages.
      namespace_files: (list[str]) files of the wheel that join the parts of a namespace themselves.
      scripts: (list[str]) names of the scripts of entry points.
      hidden: (list[str]) files of the metadata that the library leaves out.
      archive: (str) name of the locked file.
      **settings: those of `LIBRARY_SETTING_ATTRS`.
    """
    deps = dependency_labels(distribution, requires_dist, "", hub)
    for extra in extras:
        deps.extend(dependency_labels(distribution, requires_dist, extra, hub))
    deps = outside_labels(sorted({label: None for label in deps}), group_members, hub)
    copies = [copy for key in ["copy_files", "copy_executables"] for copy in settings.get(key, {}).values()]
    data = settings.pop("data", []) + copies
    pin = pin_wheel(name + ".pin", distribution, wheel, hub)
    marked = ["pypi_name=" + distribution, "pypi_version=" + version] + tags
    has_modules = False
    if unpacked:
        has_modules = wheel_files(
            name = name,
            data = data,
            files = struct(
                hidden = hidden,
                namespace_files = namespace_files,
                namespace_inits = namespace_inits,
                scripts = scripts,
            ),
            pin = pin,
            python_version = hub.python_version,
            tags = marked,
            **settings
        )
    else:
        wheel_tree(
            name = name,
            data = data,
            dist_info = "site-packages/{}-{}.dist-info".format(distribution.replace("-", "_"), version),
            known = {"distribution": distribution, "entry_points": entry_points, "version": version},
            has_entry_points = bool([points for points in entry_points.values() if points]),
            namespace_packages = not getattr(hub, "enable_implicit_namespace_pkgs", False),
            pin = pin,
            python_version = hub.python_version,
            tags = marked,
            wheel = wheel,
            **settings
        )
    _libraries(name, "_pkg" if group else name, group, marked, deps, unpacked, has_modules)
    _wheels(distribution, wheel, pin, group, group_members, tags, deps, hub)
    for extra in sorted({normalize_name(extra): None for extra in provides_extra}):
        more = outside_labels(dependency_labels(distribution, requires_dist, extra, hub), group_members, hub)
        py_library(
            name = "extra_" + extra,
            tags = tags,
            deps = [":" + name] + more,
        )
        wheel_set(
            name = "whl_extra_" + extra,
            tags = tags,
            wheel = ":whl",
            deps = [":whl"] + wheel_labels(more),
        )
    console_scripts(name, entry_points, tags)
    if archive:
        distribution_metadata(distribution, version, archive)
