"""The targets of a wheel that an action builds: its files are known only then, so they are in directories (tree artifacts).

Phase: loading, analysis (`tree_library`).
In: a wheel. Out: `srcs`, `data`, `dist_info`, `extracted_whl_files`, `record`.
"""

load("@rules_python//python:py_info.bzl", "PyInfo")
load(":copies.bzl", "is_label", "make_copies", "path_copies")
load(":install.bzl", "install")
load(":venv_site.bzl", "outside_venvs", "site_library")

visibility(["//python/...", "//tests/starlark/..."])

_OUTPUT_GROUPS = ["data", "dist_info", "extracted_whl_files", "record"]

def _tree_library_impl(ctx):
    library = ctx.attr.deps[0]
    providers = [PyInfo, OutputGroupInfo, InstrumentedFilesInfo]
    info = library[DefaultInfo]
    return [
        DefaultInfo(
            data_runfiles = info.data_runfiles,
            default_runfiles = info.default_runfiles,
            files = depset(ctx.files.srcs),
        ),
    ] + [library[provider] for provider in providers if provider in library]

tree_library = rule(
    implementation = _tree_library_impl,
    attrs = {
        "deps": attr.label_list(doc = "The one library that it is.", mandatory = True, providers = [PyInfo]),
        "srcs": attr.label_list(doc = "The directory of its modules: a `py_library` takes files alone.", mandatory = True),
    },
    doc = "A library whose files are a directory.",
    provides = [PyInfo],
)

def wheel_tree(name, wheel, dist_info, tags, data, known, namespace_packages = False, copy_files = {}, copy_executables = {}, **settings):
    """Makes the targets of an installed tree.

    Args:
      name: (str) name of the library, which names of inner targets begin with.
      wheel: (Label) the wheel.
      dist_info: (str) path of single files of the metadata.
      tags: (list[str]) tags of the library.
      data: (list[Label]) more data of the library.
      known: (dict) what `site_library` takes: `distribution`, `version`, `entry_points`.
      namespace_packages: (bool) whether folders without `__init__.py` get one. In a virtual environment none does: it would stand
        before the file of that name of another distribution.
      copy_files: (dict[str, str]) label or path of a file → path of a copy.
      copy_executables: (dict[str, str]) the same for files that can be run.
      **settings: other attributes of `install`.
    """
    tree = name + ".site"
    install(
        name = tree,
        copy_executables = path_copies(copy_executables),
        copy_files = path_copies(copy_files),
        dist_info = dist_info,
        namespace_packages = outside_venvs(namespace_packages),
        outs = path_copies(copy_files).values() + path_copies(copy_executables).values(),
        tags = ["manual"],
        wheel = wheel,
        **settings
    )
    for copies, executable in [(copy_files, False), (copy_executables, True)]:
        make_copies({source: copy for source, copy in copies.items() if is_label(source)}, executable)
    native.filegroup(name = name + ".modules", srcs = [":" + tree], output_group = "modules", tags = ["manual"])
    site_library(
        name = name + ".srcs",
        data = data,
        tags = tags,
        tree = tree,
        **known
    )
    tree_library(name = "srcs", srcs = [":{}.modules".format(name)], tags = tags, deps = [":{}.srcs".format(name)])
    for target in _OUTPUT_GROUPS:
        native.filegroup(
            name = target,
            srcs = [":" + tree],
            output_group = target,
            tags = tags,
        )
