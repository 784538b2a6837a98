"""Analysis tests of //python/private/wheelhouse and of what brings its wheels: closure.bzl, wheel_set.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@reprowheel_host//:fingerprint.bzl", "PYTHON_VERSION")
load("//python:defs.bzl", "sdist_wheel", "wheel_file", "wheelhouse")
load("//python:providers.bzl", "WheelClosureInfo")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:wheel_set.bzl", "wheel_set")
load("//tests/starlark:failures.bzl", "failure_test")

def _names(depset):
    return sorted([file.basename for file in depset.to_list()])

def _argv(env):
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelWheelhouse"]
    asserts.equals(env, 1, len(actions))
    argv = actions[0].argv
    return actions[0], argv[argv.index("--") + 1:]

def _action_test_impl(ctx):
    """One action gets every wheel and report of the closure, each once, and makes one directory."""
    env = analysistest.begin(ctx)
    action, argv = _argv(env)
    asserts.equals(env, "wheelhouse", argv[0])
    asserts.equals(env, ["built_here.whl", "house_built.dist", "tool-1.0-py3-none-any.whl"], sorted([
        argument.rpartition("/")[2]
        for argument in argv[1:]
        if not argument.startswith("-")
    ]))
    options = {}
    for argument in argv[1:]:
        if argument.startswith("-"):
            option, _, value = argument.partition("=")
            options.setdefault(option, []).append(value.rpartition("/tests/starlark/wheelhouse/")[2])
    asserts.equals(env, {
        "--builder-id": ["https://ci.example.org/wheels"],
        "--name": ["house"],
        "--out": ["house"],
        "--python-version": [PYTHON_VERSION],
        "--report": ["house_built.report.json", "tests/starlark/wheelhouse/built_here.json"],
    }, {option: sorted(values) for option, values in options.items()})
    inputs = [file.basename for file in action.inputs.to_list()]
    for name in ["house_built.dist", "house_built.report.json", "built_here.json", "built_here.whl", "tool-1.0-py3-none-any.whl"]:
        asserts.true(env, name in inputs, name)
    outputs = action.outputs.to_list()
    asserts.equals(env, [("house", True)], [(file.basename, file.is_directory) for file in outputs])
    target = analysistest.target_under_test(env)
    asserts.equals(env, outputs, target[DefaultInfo].files.to_list())
    asserts.equals(env, outputs, target[DefaultInfo].default_runfiles.files.to_list())
    return analysistest.end(env)

action_test = analysistest.make(_action_test_impl)

def _plain_test_impl(ctx):
    """A wheel that brings nothing is a closure of one; nobody is named who builds."""
    env = analysistest.begin(ctx)
    _, argv = _argv(env)
    asserts.equals(env, ["wheelhouse", "tests/starlark/wheelhouse/tool-1.0-py3-none-any.whl"], argv[:2])
    asserts.equals(env, [], [argument for argument in argv if argument.startswith(("--builder-id", "--report"))])
    return analysistest.end(env)

plain_test = analysistest.make(_plain_test_impl)

def _hub_test_impl(ctx):
    """`:whl` of a hub brings the wheel under its own name, those that it needs, and the reports of those that were built."""
    env = analysistest.begin(ctx)
    closure = analysistest.target_under_test(env)[WheelClosureInfo]
    names = _names(closure.wheels)
    asserts.equals(env, 2, len(names), str(names))
    asserts.true(env, names[0].startswith("jinja2-") and names[0].endswith("-py3-none-any.whl"), names[0])
    asserts.equals(env, "whl_file.dist", names[1])
    asserts.equals(env, ["whl_file.report.json"], _names(closure.reports))
    return analysistest.end(env)

hub_test = analysistest.make(_hub_test_impl)

def rules_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    sdist_wheel(
        name = "house_built",
        distribution = "subject",
        sdist = "subject-1.0.tar.gz",
        tags = ["manual"],
        version = "1.0",
    )
    wheel_file(name = "house_fetched", src = "tool-1.0-py3-none-any.whl", distribution = "tool", tags = ["manual"], version = "1.0")
    wheel_file(
        name = "built_before",
        src = "built_here.whl",
        distribution = "here",
        report = "built_here.json",
        tags = ["manual"],
        version = "1.0",
    )
    wheel_set(name = "house_set", tags = ["manual"], wheel = ":house_built", deps = [":house_fetched"])
    wheel_set(name = "larger_set", tags = ["manual"], wheel = ":house_set", deps = [":house_set", ":built_before"])
    wheelhouse(
        name = "house",
        builder_id = "https://ci.example.org/wheels",
        tags = ["manual"],
        wheels = [":larger_set", ":house_built", ":house_fetched"],
    )
    wheelhouse(name = "plain_house", tags = ["manual"], wheels = [":house_fetched"])
    wheelhouse(name = "wrong_house", tags = ["manual"], wheels = ["@pypi//jinja2:pkg"])
    action_test(name = name + "_action", target_under_test = ":house")
    plain_test(name = name + "_plain", target_under_test = ":plain_house")
    hub_test(name = name + "_hub", target_under_test = "@pypi//jinja2:whl")
    failure_test(name = name + "_wrong", message = "does not have mandatory providers: 'WheelInfo'", target_under_test = ":wrong_house")
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, test) for test in ["action", "hub", "plain", "wrong"]],
    )
