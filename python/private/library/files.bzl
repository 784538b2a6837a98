"""The targets of a wheel whose files are in its repository.

Phase: loading.
In: the repository's files. Out: `srcs`, `data`, `dist_info`, `extracted_whl_files`, `record`.
"""

load("@reprowheel_rules_python//:offers.bzl", "IS_VENVS_SITE_PACKAGES", "PY_LIBRARY_ATTRS", "VENVS_SITE_PACKAGES")
load("@rules_python//python:py_library.bzl", "py_library")
load(":checks.bzl", "library_checks")
load(":copies.bzl", "make_copies")
load(":installed_scripts.bzl", "installed_scripts")

visibility(["//python/...", "//tests/starlark/..."])

_FOLDERS = ["bin/**", "data/**", "include/**"]
_SITE = "site-packages/"

def _installed_path(source, scripts):
    """Gives the label of a file of the wheel. A script of an entry point is in a folder of its own: its path is a program's label."""
    return "scripts/" + source[len("bin/"):] if source.startswith("bin/") and source[len("bin/"):] in scripts else source

def _offered(inits, namespace_files):
    """Gives `py_library` what the loaded rules_python has: type stubs, and how the files become part of a virtual environment.

    There, folders of a namespace have no `__init__.py`, since all distributions are in one site-packages.
    """
    known = {
        "experimental_venvs_site_packages": VENVS_SITE_PACKAGES,
        "namespace_package_files": namespace_files,
        "pyi_srcs": native.glob([_SITE + "**/*.pyi"], allow_empty = True),
    }
    srcs = select({IS_VENVS_SITE_PACKAGES: [], "//conditions:default": inits}) if IS_VENVS_SITE_PACKAGES and inits else inits
    return srcs, {key: value for key, value in known.items() if key in PY_LIBRARY_ATTRS and value}

def wheel_files(name, python_version, pin, tags, data, files, copy_files = {}, copy_executables = {}):
    """Makes the targets of installed files.

    Args:
      name: (str) name of the library, which names of inner targets begin with.
      python_version: (str) version that the Python toolchain must have; empty for any.
      pin: (Label) target that compares the wheel with its pin, or None.
      tags: (list[str]) tags of the library.
      data: (list[Label]) more data of the library.
      files: (struct) `namespace_inits`: files that make folders regular packages; `namespace_files`: files of the wheel that join a
        namespace themselves; `scripts`: names of entry points; `hidden`: files
        of the metadata that the library does not have.
      copy_files: (dict[str, str]) label or path of a file → path of a copy.
      copy_executables: (dict[str, str]) the same for files that can be run.

    Returns:
      (bool) whether it has modules in Python. A `py_library` refuses a source that has none.
    """
    checks = ":" + name + ".checks"
    scripts = [":" + name + ".scripts"] if files.scripts else []
    library_checks(name = name + ".checks", pin = pin, python_version = python_version, tags = ["manual"])
    if scripts:
        installed_scripts(
            name = name + ".scripts",
            srcs = ["scripts/" + script for script in files.scripts],
            tags = ["manual"],
        )
    for copies, executable in [(copy_files, False), (copy_executables, True)]:
        make_copies({_installed_path(source, files.scripts): copy for source, copy in copies.items()}, executable)
    sources = native.glob([_SITE + "**/*.py"], allow_empty = True, exclude = files.namespace_inits)
    others = native.glob([_SITE + "**"], allow_empty = True, exclude = ["**/*.py"] + files.hidden)
    inits, offered = _offered(files.namespace_inits, files.namespace_files)
    py_library(
        name = "srcs",
        srcs = sources + inits,
        data = [":data", checks] + others + data,
        imports = ["site-packages"],
        tags = tags,
        **offered
    )
    guard = [checks] if pin else []
    for target, found in {
        "data": native.glob(_FOLDERS, allow_empty = True) + scripts,
        "dist_info": native.glob([_SITE + "*.dist-info/**"], allow_empty = True),
        "extracted_whl_files": native.glob([_SITE + "**"] + _FOLDERS, allow_empty = True) + scripts,
        "record": native.glob([_SITE + "*.dist-info/RECORD"], allow_empty = True),
    }.items():
        native.filegroup(name = target, srcs = found + guard, tags = tags)
    return bool(sources + files.namespace_inits)
