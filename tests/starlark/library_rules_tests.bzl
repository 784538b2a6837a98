"""Analysis tests of //python/private/library: install.bzl, wheel_library.bzl, locked_library.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("//python:defs.bzl", "wheel_file", "wheel_library")
load("//python:generated.bzl", "locked_library")

def _install_test_impl(ctx):
    """One action makes the tree, with the same launcher and environment as a build."""
    env = analysistest.begin(ctx)
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelInstall"]
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["library.site"], [file.basename for file in actions[0].outputs.to_list()])
    asserts.true(env, actions[0].outputs.to_list()[0].is_directory)
    asserts.true(env, "install" in actions[0].argv, str(actions[0].argv))
    asserts.true(env, "tests/starlark/tool-1.0-py3-none-any.whl" in actions[0].argv, str(actions[0].argv))
    asserts.equals(env, "0", actions[0].env["PYTHONHASHSEED"])
    return analysistest.end(env)

install_test = analysistest.make(_install_test_impl)

def _library_test_impl(ctx):
    """The library puts the tree's site-packages on the import path and the tree into the runfiles."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(
        env,
        ["{}/tests/starlark/library.site/site-packages".format(ctx.workspace_name)],
        target[PyInfo].imports.to_list(),
    )
    runfiles = [file.basename for file in target[DefaultInfo].default_runfiles.files.to_list()]
    asserts.true(env, "library.site" in runfiles, str(runfiles))
    return analysistest.end(env)

library_test = analysistest.make(_library_test_impl)

def _other_python_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, "other.site: the Python toolchain is ")
    asserts.expect_failure(env, "; expected 3.2, for which the hub was made.")
    return analysistest.end(env)

other_python_test = analysistest.make(_other_python_test_impl, expect_failure = True)

def _locked_test_impl(ctx):
    """A locked distribution's library brings those of the dependencies that its metadata names."""
    env = analysistest.begin(ctx)
    imports = analysistest.target_under_test(env)[PyInfo].imports.to_list()
    for name in ["jinja2", "markupsafe"]:
        found = [path for path in imports if "_{}_".format(name) in path and path.endswith("/pkg.site/site-packages")]
        asserts.equals(env, 1, len(found), "{} in {}".format(name, imports))
    asserts.equals(env, 2, len(imports), str(imports))
    return analysistest.end(env)

locked_test = analysistest.make(_locked_test_impl)

def _targets_test_impl(ctx):
    """The library has the tags that other tools look for; every label of pip_parse and each extra has a target."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["pypi_name=tool", "pypi_version=1.0"], sorted(ctx.attr.found_tags))
    asserts.equals(env, {
        "data": "filegroup",
        "dist_info": "filegroup",
        "extra_more": "py_library",
        "extracted_whl_files": "filegroup",
    }, ctx.attr.found_kinds)
    return unittest.end(env)

targets_test = unittest.make(
    _targets_test_impl,
    attrs = {
        "found_kinds": attr.string_dict(doc = "Target to kind."),
        "found_tags": attr.string_list(doc = "Tags of the library."),
    },
)

def library_rules_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    wheel_file(name = "wheel", src = "tool-1.0-py3-none-any.whl", distribution = "tool", tags = ["manual"], version = "1.0")
    wheel_library(name = "library", tags = ["manual"], wheel = ":wheel")
    locked_library(
        name = "locked",
        hub = struct(environment = {}, packages = {}, python_version = ""),
        distribution = "tool",
        provides_extra = ["More"],
        requires_dist = ["absent; extra == 'more'"],
        version = "1.0",
        wheel = "@pypi//jinja2:whl",
    )
    wheel_library(name = "other", python_version = "3.2", tags = ["manual"], wheel = ":wheel")
    other_python_test(name = name + "_other_python", target_under_test = ":other.site")
    install_test(name = name + "_install", target_under_test = ":library.site")
    library_test(name = name + "_library", target_under_test = ":library")
    locked_test(name = name + "_locked", target_under_test = "@pypi//jinja2:pkg")
    targets_test(
        name = name + "_targets",
        found_kinds = {
            target: native.existing_rule(target)["kind"]
            for target in ["data", "dist_info", "extra_more", "extracted_whl_files"]
        },
        found_tags = [tag for tag in native.existing_rule("locked")["tags"] if tag.startswith("pypi_")],
    )
    native.test_suite(
        name = name,
        tests = [name + suffix for suffix in ["_install", "_library", "_locked", "_other_python", "_targets"]],
    )
