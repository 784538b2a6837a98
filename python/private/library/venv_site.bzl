"""The library of an installed tree: by import path, or, where rules_python's flag says so, in the virtual environment of a program.

Phase: loading, analysis.
In: the tree of `install`. Out: a `py_library`. With `venvs_site_packages = yes` the tree is a site folder of the environment. What
is in it is known only after the build, so it is added by a `.pth` file, not link by link (docs/decisions.md, "Built wheels in a venv").
"""

load("@reprowheel_rules_python//:offers.bzl", "IS_VENVS_SITE_PACKAGES", "VenvSymlinkEntry", "VenvSymlinkKind")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_library.bzl", "py_library")
load(":installed_scripts.bzl", "VENV_FLAG_ATTR", "VENV_SHEBANG", "is_venv")
load(":script.bzl", "parse_entry_point")

visibility(["//python/...", "//tests/starlark/..."])

# Whether the loaded rules_python can put what a rule of ours names into an environment.
HAS_VENVS = bool(IS_VENVS_SITE_PACKAGES and VenvSymlinkEntry)

_SITES = "reprowheel.sites"  # no name that can be imported
_PTH_TMPL = "import reprowheel_site; reprowheel_site.add(sitedir, \"{}\")\n"

_SCRIPT_TMPL = VENV_SHEBANG + """\
import re
import sys

from {module} import {first}

if __name__ == "__main__":
    sys.argv[0] = re.sub(r"(-script\\.pyw|\\.exe)?$", "", sys.argv[0])
    sys.exit({attr}())
"""

def _place(ctx, file):
    """Gives a file's path from the root of runfiles."""
    path = file.short_path
    return path[len("../"):] if path.startswith("../") else ctx.workspace_name + "/" + path

def _entry(ctx, kind, path, file, of_package = True):
    return VenvSymlinkEntry(
        files = depset([file]),
        kind = kind,
        link_to_file = file if kind == VenvSymlinkKind.BIN else None,
        link_to_path = _place(ctx, file),
        package = ctx.attr.distribution.replace("-", "_") if of_package else None,
        venv_path = path,
        version = ctx.attr.version if of_package else None,
    )

def _scripts(ctx):
    """Writes the scripts of the environment's `bin`. Returns a dict from name to file."""
    made = {}
    for script, text in ctx.attr.scripts.items():
        entry_point = parse_entry_point(text)
        if entry_point and "/" not in script:
            made[script] = ctx.actions.declare_file("{}/bin/{}".format(ctx.label.name, script))
            ctx.actions.write(made[script], _SCRIPT_TMPL.format(
                attr = entry_point.attr,
                first = entry_point.first,
                module = entry_point.module,
            ), is_executable = True)
    return made

def _venv_site_impl(ctx):
    if not is_venv(ctx):
        return [DefaultInfo(), PyInfo(transitive_sources = depset())]
    (tree,) = [file for file in ctx.files.tree if file.basename == "site-packages"]
    unique = "{}-{}".format(ctx.attr.distribution or ctx.label.name, ctx.attr.version or "0")
    name = "{}/{}".format(_SITES, unique)
    pth = ctx.actions.declare_file("{}/reprowheel-{}.pth".format(ctx.label.name, unique))
    ctx.actions.write(pth, _PTH_TMPL.format(name))
    entries = [
        _entry(ctx, VenvSymlinkKind.LIB, name, tree),
        _entry(ctx, VenvSymlinkKind.LIB, pth.basename, pth),
        _entry(ctx, VenvSymlinkKind.LIB, ctx.file._module.basename, ctx.file._module, of_package = False),
    ]
    scripts = _scripts(ctx)
    entries.extend([_entry(ctx, VenvSymlinkKind.BIN, script, file) for script, file in scripts.items()])
    return [
        DefaultInfo(runfiles = ctx.runfiles([tree, pth, ctx.file._module] + scripts.values())),
        PyInfo(transitive_sources = depset(), venv_symlinks = depset(entries)),
    ]

venv_site = rule(
    implementation = _venv_site_impl,
    attrs = VENV_FLAG_ATTR | {
        "distribution": attr.string(doc = "Normalized name of the distribution."),
        "scripts": attr.string_dict(doc = "Scripts of the environment: name → entry point."),
        "tree": attr.label(doc = "The target of `install`.", mandatory = True),
        "version": attr.string(doc = "Its version."),
        "_module": attr.label(
            allow_single_file = True,
            default = "//python:reprowheel_site.py",
            doc = "The module that adds the tree when Python starts.",
        ),
    },
    doc = "Says how a built wheel becomes part of a virtual environment.",
)

def outside_venvs(value):
    """Gives a value that is `False` where programs get a virtual environment with the packages in it.

    Args:
      value: (bool) the value elsewhere.

    Returns:
      (bool or select) the value of an attribute.
    """
    return select({IS_VENVS_SITE_PACKAGES: False, "//conditions:default": value}) if HAS_VENVS and value else value

def site_library(name, tree, data = [], distribution = "", version = "", entry_points = {}, deps = [], **kwargs):
    """Makes the `py_library` of an installed tree.

    Args:
      name: (str) the library.
      tree: (str) name of the target of `install`, in this package.
      data: (list[Label]) further data.
      distribution: (str) normalized name of the distribution, if it is known.
      version: (str) its version, if it is known.
      entry_points: (dict[str, dict[str, str]]) its entry points, if they are known.
      deps: (list[Label]) libraries that it needs.
      **kwargs: passed to the library, such as `tags`.
    """
    imports = [tree + "/site-packages"]
    if HAS_VENVS:
        venv_site(
            name = name + ".venv",
            distribution = distribution,
            scripts = entry_points.get("console_scripts", {}) | entry_points.get("gui_scripts", {}),
            tags = ["manual"],
            tree = ":" + tree,
            version = version,
        )
        deps = deps + [":{}.venv".format(name)]
        imports = select({IS_VENVS_SITE_PACKAGES: [], "//conditions:default": imports})
    py_library(
        name = name,
        data = [":" + tree] + data,
        deps = deps,
        imports = imports,
        **kwargs
    )
