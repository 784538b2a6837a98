"""Analysis tests of //python/private/library: install.bzl, wheel_library.bzl, locked_library.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_library.bzl", "py_library")
load("//python:defs.bzl", "wheel_file", "wheel_library")
load("//python:generated.bzl", "locked_library")
load("//python:providers.bzl", "SdistInfo", "WheelInfo")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:install.bzl", "install")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:script.bzl", "parse_entry_point")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:request.bzl", "RequestInfo")

def _install_test_impl(ctx):
    """One action makes the tree, with the same launcher and environment as a build."""
    env = analysistest.begin(ctx)
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelInstall"]
    asserts.equals(env, 1, len(actions))
    outputs = {file.short_path.removeprefix("tests/starlark/library/"): file.is_directory for file in actions[0].outputs.to_list()}
    asserts.equals(env, {
        "library.site.dist-info.rest": True,
        "library.site.dist-info/INSTALLER": False,
        "library.site.dist-info/METADATA": False,
        "library.site.dist-info/RECORD": False,
        "library.site.dist-info/WHEEL": False,
        "library.site/bin": True,
        "library.site/data": True,
        "library.site/include": True,
        "library.site/site-packages": True,
    }, outputs)
    asserts.true(env, "install" in actions[0].argv, str(actions[0].argv))
    asserts.true(env, "tests/starlark/library/tool-1.0-py3-none-any.whl" in actions[0].argv, str(actions[0].argv))
    asserts.equals(env, "0", actions[0].env["PYTHONHASHSEED"])
    return analysistest.end(env)

install_test = analysistest.make(_install_test_impl)

def _library_test_impl(ctx):
    """The library puts the tree's site-packages on the import path and the tree into the runfiles."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(
        env,
        ["{}/tests/starlark/library/library.site/site-packages".format(ctx.workspace_name)],
        target[PyInfo].imports.to_list(),
    )
    runfiles = [file.short_path for file in target[DefaultInfo].default_runfiles.files.to_list()]
    for folder in ["bin", "data", "include", "site-packages"]:
        asserts.true(env, "tests/starlark/library/library.site/" + folder in runfiles, str(runfiles))
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
    for end in ["_jinja2_3_1_6/site-packages", "_markupsafe_3_0_4/pkg.site/site-packages"]:  # one is fetched, the other is built
        found = [path for path in imports if path.endswith(end)]
        asserts.equals(env, 1, len(found), "{} in {}".format(end, imports))
    asserts.equals(env, 2, len(imports), str(imports))
    return analysistest.end(env)

locked_test = analysistest.make(_locked_test_impl)

def _argv(env):
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelInstall"]
    asserts.equals(env, 1, len(actions))
    return actions[0].argv, [file.short_path for file in actions[0].inputs.to_list()]

def _settings_test_impl(ctx):
    """Every setting of a library reaches the helper; patches are inputs, copies are outputs."""
    env = analysistest.begin(ctx)
    argv, inputs = _argv(env)
    for argument in [
        "--patch=tests/starlark/library/first.patch",
        "--patch-strip=1",
        "--exclude=**/*.csv",
        "--exclude-source=**/tests/**",
        "--namespace-packages",
    ]:
        asserts.true(env, argument in argv, "{} in {}".format(argument, argv))
    asserts.true(env, "tests/starlark/library/first.patch" in inputs, str(inputs))
    for option, end in [
        ("--copy=site-packages/a.h=", "/tests/starlark/library/copied/b.h"),
        ("--copy-executable=bin/run=", "/tests/starlark/library/copied/run"),
        ("--dist-info-file=", "/site-packages/tool-1.0.dist-info/entry_points.txt"),
        ("--dist-info-dir=", "/settings.site.dist-info.rest"),
        ("--out=", "/tests/starlark/library/settings.site"),
    ]:
        asserts.equals(env, 1, len([text for text in argv if text.startswith(option) and text.endswith(end)]), option)
    outputs = [file.short_path for file in analysistest.target_actions(env)[0].outputs.to_list()]
    for name in ["copied/b.h", "copied/run", "site-packages/tool-1.0.dist-info/entry_points.txt"]:
        asserts.true(env, "tests/starlark/library/" + name in outputs, str(outputs))
    return analysistest.end(env)

settings_test = analysistest.make(_settings_test_impl)

def _implicit_test_impl(ctx):
    """Without settings nothing extra is done: namespace packages stay as they are, and no entry points are expected."""
    env = analysistest.begin(ctx)
    argv, _ = _argv(env)
    asserts.false(env, "--namespace-packages" in argv, str(argv))
    asserts.equals(env, ["--exclude=**/all.txt"], [text for text in argv if text.startswith("--exclude=")])
    asserts.equals(env, [], [text for text in argv if text.endswith("entry_points.txt")])
    return analysistest.end(env)

implicit_test = analysistest.make(_implicit_test_impl)

def _files_test_impl(ctx):
    """Each label of pip_parse has the files that its name says, and no others."""
    env = analysistest.begin(ctx)
    files = [file.short_path.removeprefix("tests/starlark/library/") for file in analysistest.target_under_test(env).files.to_list()]
    asserts.equals(env, sorted(ctx.attr.files), sorted(files))
    return analysistest.end(env)

files_test = analysistest.make(_files_test_impl, attrs = {"files": attr.string_list(doc = "Paths in this package.")})

def _whl_test_impl(ctx):
    """`:whl` is a file; with the files of what it needs in its runfiles, all are wheels that gazelle can open."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    files = target[DefaultInfo].files.to_list()
    runfiles = target[DefaultInfo].data_runfiles.files.to_list()
    asserts.equals(env, 1, len(files))
    asserts.equals(env, [target[WheelInfo].file], files)
    for file in files + runfiles:
        asserts.true(env, file.basename.endswith(".whl") and not file.is_directory, file.path)
    asserts.equals(env, ["jinja2", "markupsafe"], sorted([file.basename.partition("-")[0].lower() for file in runfiles]))
    return analysistest.end(env)

whl_test = analysistest.make(_whl_test_impl)

def _built_whl_test_impl(ctx):
    """`:whl` of a built wheel has the same providers as the build, so the wheel can be built again."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.true(env, RequestInfo in target and SdistInfo in target)
    asserts.equals(env, "markupsafe", target[WheelInfo].name)
    asserts.equals(env, [target[WheelInfo].wheel], target[OutputGroupInfo].dist.to_list())
    asserts.equals(env, [target[WheelInfo].report], target[OutputGroupInfo].report.to_list())
    return analysistest.end(env)

built_whl_test = analysistest.make(_built_whl_test_impl)

def _targets_test_impl(ctx):
    """The library has the tags that other tools look for; every label of pip_parse and each extra has a target."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["pypi_name=tool", "pypi_version=1.0"], sorted(ctx.attr.found_tags))
    asserts.equals(env, {
        "bin/tool": "alias",
        "bin/window": "alias",
        "bin/x_py": "alias",
        "data": "filegroup",
        "dist_info": "filegroup",
        "extra_more": "py_library",
        "extracted_whl_files": "filegroup",
        "programs/tool": "py_binary",
        "programs/window": "py_binary",
        "programs/x_py": "py_binary",
        "record": "filegroup",
        "rules_python_wheel_entry_point_tool": "alias",
        "rules_python_wheel_entry_point_window": "alias",
        "rules_python_wheel_entry_point_x_py": "alias",
        "settings": "alias",
        "srcs": "tree_library",
        "whl": "wheel_set",
        "whl_extra_more": "wheel_set",
    }, ctx.attr.found_kinds)
    asserts.equals(env, "//tests/starlark/library:grouped", ctx.attr.group)
    own, other = ctx.attr.group_wheels
    asserts.equals(env, ":_whl", own)
    asserts.true(env, "deps_other_1_0" in other and other.endswith("//:_whl"), other)
    return unittest.end(env)

targets_test = unittest.make(
    _targets_test_impl,
    attrs = {
        "found_kinds": attr.string_dict(doc = "Target to kind."),
        "found_tags": attr.string_list(doc = "Tags of the library."),
        "group": attr.string(doc = "What the library's alias names."),
        "group_wheels": attr.string_list(doc = "What `whl` brings along."),
    },
)

def _entry_points_test_impl(ctx):
    """Entry points as PyPA's specification writes them."""
    env = unittest.begin(ctx)
    for text, expected in [
        ("a.b:main", ("a.b", "main", "main")),
        ("a : B.run [x, y]", ("a", "B.run", "B")),
    ]:
        found = parse_entry_point(text)
        asserts.equals(env, expected, (found.module, found.attr, found.first))
    for text in ["a", "", ":main", "a:"]:
        asserts.equals(env, None, parse_entry_point(text))
    return unittest.end(env)

entry_points_test = unittest.make(_entry_points_test_impl)

_HUB = struct(
    environment = {},
    packages = {"other": "deps_other_1_0", "tool": "deps_tool_1_0"},
    python_version = "",
    targets = {},
)

_TARGETS = [
    "bin/tool",
    "bin/window",
    "bin/x_py",
    "data",
    "dist_info",
    "extra_more",
    "extracted_whl_files",
    "programs/tool",
    "programs/window",
    "programs/x_py",
    "record",
    "rules_python_wheel_entry_point_tool",
    "rules_python_wheel_entry_point_window",
    "rules_python_wheel_entry_point_x_py",
    "settings",
    "srcs",
    "whl",
    "whl_extra_more",
]

_FILES = {
    "data": ["settings.site/bin", "settings.site/data", "settings.site/include"],
    "dist_info": ["settings.site.dist-info.rest"] + [
        "site-packages/tool-1.0.dist-info/" + name
        for name in ["INSTALLER", "METADATA", "RECORD", "WHEEL", "entry_points.txt"]
    ],
    "extracted_whl_files": ["settings.site/" + name for name in ["bin", "data", "include", "site-packages"]],
    "record": ["site-packages/tool-1.0.dist-info/RECORD"],
}

def _locked(name):
    locked_library(
        name = "settings",
        copy_executables = {"bin/run": "copied/run"},
        copy_files = {"site-packages/a.h": "copied/b.h"},
        data = ["tool-1.0-py3-none-any.whl"],
        data_exclude_glob = ["**/*.csv"],
        distribution = "tool",
        entry_points = {
            "console_scripts": {"no:label": "tool:main", "tool": "tool:main", "x.py": "tool:main"},
            "gui_scripts": {"tool": "tool:other", "window": "tool:window.run [gui]"},
        },
        group = ":grouped",
        group_members = ["other", "tool"],
        hub = _HUB,
        install_patch_strip = 1,
        install_patches = ["first.patch"],
        provides_extra = ["More"],
        requires_dist = ["absent; extra == 'more'", "other"],
        srcs_exclude_glob = ["**/tests/**"],
        tags = ["manual"],
        version = "1.0",
        wheel = ":wheel",
    )
    py_library(name = "grouped", tags = ["manual"], deps = [":_pkg"])
    settings_test(name = name + "_settings", target_under_test = ":settings.site")
    targets_test(
        name = name + "_targets",
        found_kinds = {target: native.existing_rule(target)["kind"] for target in _TARGETS},
        found_tags = [tag for tag in native.existing_rule("_pkg")["tags"] if tag.startswith("pypi_")],
        group = "//tests/starlark/library" + native.existing_rule("settings")["actual"],
        group_wheels = native.existing_rule("whl")["deps"],
    )
    for target, files in _FILES.items():
        files_test(name = "{}_files_{}".format(name, target), files = files, target_under_test = ":" + target)
    return ["_settings", "_targets"] + ["_files_" + target for target in _FILES]

def rules_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    wheel_file(name = "wheel", src = "tool-1.0-py3-none-any.whl", distribution = "tool", tags = ["manual"], version = "1.0")
    wheel_library(name = "library", tags = ["manual"], wheel = ":wheel")
    wheel_library(name = "other", python_version = "3.2", tags = ["manual"], wheel = ":wheel")
    other_python_test(name = name + "_other_python", target_under_test = ":other.site")
    install_test(name = name + "_install", target_under_test = ":library.site")
    library_test(name = name + "_library", target_under_test = ":library")
    locked_test(name = name + "_locked", target_under_test = "@pypi//jinja2:pkg")
    suffixes = _locked(name)
    install(
        name = "implicit.site",
        data_exclude_glob = ["**/all.txt"],
        tags = ["manual"],
        wheel = ":wheel",
    )
    implicit_test(name = name + "_implicit", target_under_test = ":implicit.site")
    whl_test(name = name + "_whl", target_under_test = "@pypi//jinja2:whl")
    built_whl_test(name = name + "_built_whl", target_under_test = "@pypi//markupsafe:whl")
    entry_points_test(name = name + "_entry_points")
    suffixes.extend(["_built_whl", "_entry_points", "_implicit", "_install", "_library", "_locked", "_other_python", "_whl"])
    native.test_suite(
        name = name,
        tests = [name + suffix for suffix in suffixes],
    )
