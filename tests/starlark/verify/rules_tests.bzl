"""Analysis tests of the rule in //python/private/verify: reproducibility_test.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//python:defs.bzl", "reproducibility_test", "sdist_wheel", "wheel_file")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:request.bzl", "RequestInfo")
load("//tests/starlark:failures.bzl", "failure_test")

def _actions(env, mnemonic):
    return [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]

def _verify_action_test_impl(ctx):
    """One action of its own kind builds again: it has all that the build had, and the wheel as it was delivered."""
    env = analysistest.begin(ctx)
    actions = _actions(env, "ReprowheelVerify")
    asserts.equals(env, 1, len(actions))
    argv = actions[0].argv
    end = argv.index("--")
    asserts.equals(env, "verify", argv[end + 1])
    for prefix, suffix in {
        "--against-debug=": "/verified.debug",
        "--against-report=": "/verified.report.json",
        "--against=": "/verified.dist",
        "--max-builds=": "7",
        "--verdict=": "/verifies.verdict",
        "--without=": "nice",
        "@": "/verified.request",
    }.items():
        found = [argument for argument in argv if argument.startswith(prefix) and argument.endswith(suffix)]
        asserts.equals(env, 1, len(found), "{}…{} in {}".format(prefix, suffix, argv))
    inputs = [file.basename for file in actions[0].inputs.to_list()]
    for name in ["subject-1.0.tar.gz", "tool-1.0-py3-none-any.whl", "verified.request", "verified.dist", "verified.report.json", "shim.c"]:
        asserts.true(env, name in inputs, "{} is an input".format(name))
    asserts.equals(env, ["verifies.verdict"], [file.basename for file in actions[0].outputs.to_list()])
    return analysistest.end(env)

verify_action_test = analysistest.make(_verify_action_test_impl)

def _script_test_impl(ctx):
    """The test prints the verdict and ends with its exit code; it fails where there is none."""
    env = analysistest.begin(ctx)
    script = [action for action in _actions(env, "FileWrite") if action.outputs.to_list()[0].basename == "verifies.sh"]
    asserts.equals(env, 1, len(script))
    lines = script[0].content.splitlines()
    asserts.equals(env, "#!/bin/sh", lines[0])
    asserts.equals(env, "verdict='tests/starlark/verify/verifies.verdict'", lines[2])
    asserts.equals(env, "exit \"$(cat \"$verdict/verdict.exit\")\"", lines[-1])
    runfiles = analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()
    asserts.true(env, "verifies.verdict" in [file.basename for file in runfiles], str(runfiles))
    return analysistest.end(env)

script_test = analysistest.make(_script_test_impl)

def _request_test_impl(ctx):
    """The request is what the build gets, without its outputs."""
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[RequestInfo]
    build = _actions(env, "ReprowheelBuild")[0]
    writes = [a for a in analysistest.target_actions(env) if info.request in a.outputs.to_list()]
    asserts.equals(env, 1, len(writes))
    request = writes[0].content.splitlines() if writes[0].content else writes[0].argv
    outputs = ["--out=", "--debug-dir=", "--report=", "--wheel-file=", "--exclusive", "--quiet"]
    given = build.argv[build.argv.index("build") + 1:]
    expected = [a for a in given if not [o for o in outputs if a.startswith(o)]]
    asserts.equals(env, expected, request)
    asserts.true(env, "--env=A=one two" in request, str(request))
    return analysistest.end(env)

request_test = analysistest.make(_request_test_impl)

def rules_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    sdist_wheel(
        name = "verified",
        build_env = {"A": "one two"},
        build_requirements = ["tool-1.0-py3-none-any.whl"],
        distribution = "subject",
        sdist = "subject-1.0.tar.gz",
        tags = ["manual"],
        version = "1.0",
    )
    wheel_file(name = "not_built", src = "tool-1.0-py3-none-any.whl", distribution = "tool", tags = ["manual"], version = "1.0")
    reproducibility_test(name = "verifies", max_builds = 7, sdist_wheel = ":verified", tags = ["manual"], without = ["nice"])
    reproducibility_test(name = "verifies_nothing", sdist_wheel = ":not_built", tags = ["manual"])
    verify_action_test(name = name + "_action", target_under_test = ":verifies")
    script_test(name = name + "_script", target_under_test = ":verifies")
    request_test(name = name + "_request", target_under_test = ":verified")
    failure_test(
        name = name + "_fetched",
        message = "//tests/starlark/verify:not_built is a fetched wheel, so there is nothing to build again; expected one",
        target_under_test = ":verifies_nothing",
    )
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, test) for test in ["action", "fetched", "request", "script"]],
    )
