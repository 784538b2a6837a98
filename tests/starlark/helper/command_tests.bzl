"""Analysis tests of //python/private/helper:command.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/helper:command.bzl", "COMMAND_ATTRS", "COMMAND_TOOLCHAINS", "IN_WORKSPACE", "helper_command", "label_text", "verb_command")

def _label_text_test_impl(ctx):
    """Labels as people write them."""
    env = unittest.begin(ctx)
    for label, text in {
        Label("//examples/hello"): "//examples/hello",
        Label("//examples/hello:other"): "//examples/hello:other",
        Label("//:x"): "//:x",
        Label("@reprowheel_pip//:wheels"): str(Label("@reprowheel_pip//:wheels")),
    }.items():
        asserts.equals(env, text, label_text(label))
    return unittest.end(env)

label_text_test = unittest.make(_label_text_test_impl)

def _script(env, name):
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"]
    scripts = [action for action in actions if action.outputs.to_list()[0].basename == name]
    asserts.equals(env, 1, len(scripts))
    return scripts[0].content

def _command_test_impl(ctx):
    """The helper runs isolated, where the caller is, with every wheel, pip as well; the caller's arguments come last."""
    env = analysistest.begin(ctx)
    lines = _script(env, "compares.sh").splitlines()
    asserts.equals(env, "#!/bin/sh", lines[0])
    asserts.equals(env, 'cd "${BUILD_WORKING_DIRECTORY:-.}"', lines[-2])
    words = lines[-1].split(" ")
    asserts.equals(env, "exec", words[0])
    asserts.equals(env, ["-I", "-B", "-X", "utf8"], words[2:6])
    asserts.true(env, words[6].endswith("/python/reprowheel_launch.py'"), words[6])
    asserts.equals(env, ["--", "'compare'", '"$@"'], words[-3:], "a verb that needs no interpreter but its own")
    wheels = [word for word in words if ".whl" in word]
    for name in ["installer", "packaging", "pip", "pyelftools", "pyproject_hooks"]:
        asserts.equals(env, 1, len([wheel for wheel in wheels if "/{}-".format(name) in wheel]), name)
    asserts.equals(env, len(wheels), len([word for word in words if word == "--wheel"]))
    return analysistest.end(env)

command_test = analysistest.make(_command_test_impl)

def _runfiles_test_impl(ctx):
    """Whatever the script names is in its runfiles, and so is the helper."""
    env = analysistest.begin(ctx)
    files = analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()
    names = [file.basename for file in files]
    for name in ["reprowheel_launch.py", "__main__.py", "wrapper.py", "shim.c"]:
        asserts.true(env, name in names, "{} in {}".format(name, names))
    asserts.equals(env, 5, len([name for name in names if name.endswith(".whl")]))
    return analysistest.end(env)

runfiles_test = analysistest.make(_runfiles_test_impl)

def _in_workspace_impl(ctx):
    return [helper_command(ctx, place = IN_WORKSPACE, verb = "lock")]

_in_workspace = rule(
    implementation = _in_workspace_impl,
    attrs = COMMAND_ATTRS,
    doc = "A command whose paths begin in the workspace.",
    executable = True,
    toolchains = COMMAND_TOOLCHAINS,
)

# Runs the script where its runfiles are, but not by `bazel run`, and where they are not.
_REFUSED_TMPL = """\
#!/bin/sh
unset BUILD_WORKSPACE_DIRECTORY RUNFILES_DIR
refuses() {{
  said=$("$1" 2>&1) && exit 1
  [ "$said" = "$2" ] || {{ echo "$said"; exit 1; }}
}}
refuses "$PWD/{script}" 'ERROR //tests/starlark/helper:locks: the workspace is known only to `bazel run`. To fix: bazel run //tests/starlark/helper:locks'
cp {script} "$TEST_TMPDIR/locks.sh"
refuses "$TEST_TMPDIR/locks.sh" 'ERROR //tests/starlark/helper:locks: there are no runfiles in /nonexistent. To fix: bazel run //tests/starlark/helper:locks'
"""

def _refused_test_impl(ctx):
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, _REFUSED_TMPL.format(script = ctx.executable.command.short_path), is_executable = True)
    return [DefaultInfo(executable = script, runfiles = ctx.attr.command[DefaultInfo].default_runfiles)]

refused_test = rule(
    implementation = _refused_test_impl,
    attrs = {"command": attr.label(cfg = "target", doc = "The subject.", executable = True, mandatory = True)},
    doc = "Says what the script prints where it cannot run.",
    test = True,
)

def command_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    verb_command(name = "compares", tags = ["manual"], verb = "compare")
    _in_workspace(name = "locks", tags = ["manual"])
    refused_test(name = name + "_refused", size = "small", command = ":locks")
    label_text_test(name = name + "_label_text")
    command_test(name = name + "_command", target_under_test = ":compares")
    runfiles_test(name = name + "_runfiles", target_under_test = ":compares")
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, test) for test in ["command", "label_text", "refused", "runfiles"]],
    )
