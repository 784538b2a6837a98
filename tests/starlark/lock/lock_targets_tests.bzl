"""Analysis tests of //python/private/lock:lock_targets.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@bazel_skylib//rules:copy_file.bzl", "copy_file")
load("//python:defs.bzl", "lock")

def _last_line(env, name):
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"]
    scripts = [action.content for action in actions if action.outputs.to_list()[0].basename == name]
    asserts.equals(env, 1, len(scripts))
    return scripts[0], scripts[0].splitlines()[-1]

def _runfiles(env):
    files = analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()
    paths = [file.short_path for file in files]
    return sorted([path for path in paths if path.startswith("tests/starlark/") and not path.endswith(".sh")])

_FILES = " -- 'lock' 'tests/starlark/locks/requirements.txt' '--out' 'tests/starlark/lock/none.json'"
_UPDATE = " '--update-command' 'bazel run //tests/starlark/lock:locked.update'"
_OPTIONS = " '--extra=x' '--group=g' '--dep-group=:all:' '--no-binary=foo' '--no-binary=:all:' '--host-tool=pg_config' '--portable' '--from-source' '--before=2026-01-01' \"$@\""

def _update_test_impl(ctx):
    """The command runs in the workspace, on its files. Called in another way, it says what to do."""
    env = analysistest.begin(ctx)
    script, line = _last_line(env, "locked.update.sh")
    asserts.true(env, line.endswith(_FILES + _UPDATE + _OPTIONS), line)
    asserts.true(env, "\ncd \"$BUILD_WORKSPACE_DIRECTORY\"\n" in script, script)
    message = "the workspace is known only to \\`bazel run\\`. To fix: bazel run \"'//tests/starlark/lock:locked.update'"
    asserts.true(env, message in script, script)
    asserts.equals(env, [], _runfiles(env))
    return analysistest.end(env)

update_test = analysistest.make(_update_test_impl)

def _generated_test_impl(ctx):
    """A lock that is made by a rule is read from the runfiles."""
    env = analysistest.begin(ctx)
    _, line = _last_line(env, "made.update.sh")
    asserts.true(env, " -- 'lock' \"$runfiles\"/'{}/tests/starlark/lock/made.txt' ".format(ctx.workspace_name) in line, line)
    asserts.equals(env, ["tests/starlark/lock/made.txt"], _runfiles(env))
    return analysistest.end(env)

generated_test = analysistest.make(_generated_test_impl)

def _test_test_impl(ctx):
    """Everything that the test reads is in its runfiles, also the interpreter's identity. It sees no variable of the user, and no pip."""
    env = analysistest.begin(ctx)
    script, line = _last_line(env, "locked_test.sh")
    asserts.true(env, line.endswith(_FILES + _UPDATE + " '--check' '--offline'" + _OPTIONS), line)
    asserts.true(env, "\ncd \"$runfiles\"/'{}'\n".format(ctx.workspace_name) in script, script)
    asserts.equals(env, ["tests/starlark/locks/nested.txt", "tests/starlark/locks/requirements.txt"], _runfiles(env))
    files = analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()
    asserts.true(env, "interpreter.json" in [file.basename for file in files], str(files))
    asserts.false(env, RunEnvironmentInfo in analysistest.target_under_test(env))
    asserts.equals(env, [], [file.basename for file in files if file.basename.startswith("pip-")])
    return analysistest.end(env)

test_test = analysistest.make(_test_test_impl)

def _index_test_impl(ctx):
    """The whole check sees the variables that name an index, and its result is never cached."""
    env = analysistest.begin(ctx)
    _, line = _last_line(env, "locked_index_test.sh")
    asserts.true(env, "'--check'" in line, line)
    asserts.false(env, "--offline" in line, line)
    inherited = analysistest.target_under_test(env)[RunEnvironmentInfo].inherited_environment
    for name in ["HOME", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "https_proxy"]:
        asserts.true(env, name in inherited, name)
    for tag in ["external", "manual", "mine", "no-remote", "requires-network"]:
        asserts.true(env, tag in ctx.attr.found_tags, tag)
    return analysistest.end(env)

index_test = analysistest.make(_index_test_impl, attrs = {"found_tags": attr.string_list(doc = "Tags of the subject.")})

def _file_test_impl(ctx):
    """The target itself is the file. Before the file exists, the target is empty, and the other targets work."""
    env = analysistest.begin(ctx)
    files = analysistest.target_under_test(env)[DefaultInfo].files.to_list()
    asserts.equals(env, ctx.attr.files, [file.short_path for file in files])
    return analysistest.end(env)

file_test = analysistest.make(_file_test_impl, attrs = {"files": attr.string_list(doc = "Short paths.")})

def lock_targets_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    lock(
        name = "locked",
        out = "none.json",
        before = "2026-01-01",
        data = ["//tests/starlark/locks:nested.txt"],
        extras = ["x"],
        from_source = True,
        dep_groups = [":all:"],
        groups = ["g"],
        no_binary = ["foo", ":all:"],
        host_tools = ["pg_config"],
        portable = True,
        requirements = "//tests/starlark/locks:requirements.txt",
        tags = ["manual", "mine"],
    )
    copy_file(name = "copied", src = "lock_targets_tests.bzl", out = "made.txt", tags = ["manual"])
    lock(name = "made", out = "lock_targets_tests.bzl", requirements = "made.txt", tags = ["manual"])
    update_test(name = name + "_update", target_under_test = ":locked.update")
    generated_test(name = name + "_generated", target_under_test = ":made.update")
    test_test(name = name + "_test", target_under_test = ":locked_test")
    index_test(
        name = name + "_index",
        found_tags = native.existing_rule("locked_index_test")["tags"],
        target_under_test = ":locked_index_test",
    )
    file_test(name = name + "_file", files = ["tests/starlark/lock/lock_targets_tests.bzl"], target_under_test = ":made")
    file_test(name = name + "_no_file", files = [], target_under_test = ":locked")
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, test) for test in ["file", "generated", "index", "no_file", "test", "update"]],
    )
