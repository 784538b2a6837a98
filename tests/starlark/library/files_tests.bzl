"""Tests of //python/private/library: checks.bzl, copies.bzl, files.bzl, installed_scripts.bzl, trees.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_library.bzl", "py_library")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:checks.bzl", "library_checks")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:copies.bzl", "copy_label", "is_label", "path_copies")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:installed_scripts.bzl", "installed_scripts")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:trees.bzl", "tree_library")

def _other_python_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, "other_checks: the Python toolchain is ")
    asserts.expect_failure(env, "; expected 3.2, for which the hub was made.")
    return analysistest.end(env)

other_python_test = analysistest.make(_other_python_test_impl, expect_failure = True)

def _no_files_test_impl(ctx):
    """A check adds nothing to what depends on it."""
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[DefaultInfo]
    asserts.equals(env, [], info.files.to_list() + info.default_runfiles.files.to_list())
    return analysistest.end(env)

no_files_test = analysistest.make(_no_files_test_impl)

def _scripts_test_impl(ctx):
    """Scripts are placed in `bin`, whatever folder they are in."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, ["tests/starlark/library/bin/first.patch"], [file.short_path for file in target[DefaultInfo].files.to_list()])
    asserts.equals(env, ["ExecutableSymlink"], [action.mnemonic for action in analysistest.target_actions(env)])
    return analysistest.end(env)

scripts_test = analysistest.make(_scripts_test_impl)

def _tree_test_impl(ctx):
    """A library of a tree has the tree as its files, and all else of the library that it is."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, ["first.patch"], [file.basename for file in target[DefaultInfo].files.to_list()])
    asserts.equals(env, ["{}/tests/starlark/library/somewhere".format(ctx.workspace_name)], target[PyInfo].imports.to_list())
    runfiles = [file.basename for file in target[DefaultInfo].default_runfiles.files.to_list()]
    asserts.equals(env, ["tool-1.0-py3-none-any.whl"], runfiles)
    return analysistest.end(env)

tree_test = analysistest.make(_tree_test_impl)

def _jinja_test_impl(ctx):
    """The files of a fetched library are its own modules; those of the metadata have the paths of rules_python."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    names = sorted([file.short_path.partition("/site-packages/")[2] for file in target[DefaultInfo].files.to_list()])
    for name in ctx.attr.names:
        asserts.true(env, name in names, "{} in {}".format(name, names))
    asserts.equals(env, [], [name for name in names if not name.startswith(ctx.attr.start)])
    asserts.equals(env, [], [file for file in target[DefaultInfo].files.to_list() if not file.is_source])
    return analysistest.end(env)

jinja_test = analysistest.make(_jinja_test_impl, attrs = {
    "names": attr.string_list(doc = "Files that are there."),
    "start": attr.string(doc = "What all begin with."),
})

def _copies_test_impl(ctx):
    """Labels and paths in the wheel are never mixed up; `//` is the user's workspace."""
    env = unittest.begin(ctx)
    for label in ["//a:b", "@@//a:b", "@x//a", ":b"]:
        asserts.true(env, is_label(label), label)
    for path in ["site-packages/a/b.h", "bin/x", "data/a:b"]:
        asserts.false(env, is_label(path), path)
    asserts.equals(env, {"bin/x": "y"}, path_copies({"//a:b": "c", "bin/x": "y"}))
    for label, expected in {"//a:b": "@@//a:b", ":b": ":b", "@@//a:b": "@@//a:b", "@x//a": "@x//a", "bin/x": "bin/x"}.items():
        asserts.equals(env, expected, copy_label(label))
    return unittest.end(env)

copies_test = unittest.make(_copies_test_impl)

def files_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    manual = ["manual"]
    library_checks(name = "other_checks", python_version = "3.2", tags = manual)
    library_checks(name = "checks", tags = manual)
    installed_scripts(name = "scripts", srcs = ["first.patch"], tags = manual)
    py_library(name = "inner", data = ["tool-1.0-py3-none-any.whl"], imports = ["somewhere"], tags = manual)
    tree_library(name = "tree", srcs = [":scripts"], tags = manual, deps = [":inner"])
    other_python_test(name = name + "_other_python", target_under_test = ":other_checks")
    no_files_test(name = name + "_no_files", target_under_test = ":checks")
    scripts_test(name = name + "_scripts", target_under_test = ":scripts")
    tree_test(name = name + "_tree", target_under_test = ":tree")
    jinja_test(name = name + "_fetched", names = ["jinja2/__init__.py"], start = "jinja2/", target_under_test = "@pypi//jinja2:pkg")
    jinja_test(
        name = name + "_metadata",
        names = ["jinja2-3.1.6.dist-info/" + file for file in ["INSTALLER", "METADATA", "RECORD", "WHEEL"]],
        start = "jinja2-3.1.6.dist-info/",
        target_under_test = "@pypi//jinja2:dist_info",
    )
    copies_test(name = name + "_copies")
    native.test_suite(
        name = name,
        tests = [name + suffix for suffix in ["_copies", "_fetched", "_metadata", "_no_files", "_other_python", "_scripts", "_tree"]],
    )
