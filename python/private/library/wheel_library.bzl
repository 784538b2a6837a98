"""A wheel as a `py_library`.

Phase: loading.
In: a wheel and the libraries it needs. Out: the installed tree and a `py_library` of it.
"""

load(":install.bzl", "install")
load(":venv_site.bzl", "site_library")

visibility(["//python/...", "//tests/starlark/..."])

def wheel_library(name, wheel, deps = [], python_version = "", tags = [], **kwargs):
    """Makes a wheel importable.

    Args:
      name: (str) the `py_library`; `<name>.site` is the installed tree.
      wheel: (Label) a target with `WheelInfo`, such as an `sdist_wheel`.
      deps: (list[Label]) libraries that it needs at run time.
      python_version: (str) Python version that the toolchain must have; empty for any.
      tags: (list[str]) tags of the `py_library`.
      **kwargs: passed to both targets, such as `visibility`.
    """
    tree = name + ".site"
    install(
        name = tree,
        python_version = python_version,
        tags = ["manual"],
        wheel = wheel,
        **kwargs
    )
    site_library(
        name = name,
        tags = tags,
        tree = tree,
        deps = deps,
        **kwargs
    )
