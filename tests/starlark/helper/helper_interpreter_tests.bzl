"""Tests of //python/private/helper:helper_interpreter.bzl: the helper's interpreter, apart from that of the Python toolchain."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("@reprowheel_host//:fingerprint.bzl", "HELPER_PYTHON")
load("//python:defs.bzl", "sdist_wheel")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/helper:command.bzl", "verb_command")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/helper:helper_interpreter.bzl", "choose_helper", "path_version")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:helper_python.bzl", "NO_HELPER_ERROR")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:request.bzl", "RequestInfo")
load("//tests/starlark:failures.bzl", "make_failure_test")

_FLAG = str(Label("//python/config_settings:helper_python"))
_TOOLCHAINS = "//command_line_option:extra_toolchains"

def _interpreter(name, version):
    return struct(executable = name, files = depset(), host_path = "", version = version)

def _candidate(name, version, implementation = "cpython"):
    return struct(implementation = implementation, interpreter = _interpreter(name, version) if name else None)

def _mine(version):
    return struct(interpreter = _interpreter("mine", version), label = "//:mine")

def _choice_test_impl(ctx):
    """What the user names; then the first toolchain that fits; then the host's interpreter; then an error that says what to add."""
    env = unittest.begin(ctx)
    host = struct(path = "/bin/python3.12", version = "3.12")
    nothing = struct(path = "", version = "")
    old, new = _candidate("old", "3.9"), _candidate("new", "3.11")
    for named, candidates, on_host, expected in [
        (_mine("3.14"), [new], host, "mine"),
        (_mine(""), [new], host, "mine"),
        (None, [_candidate("", ""), old, new, _candidate("newer", "3.14")], host, "new"),
        (None, [old, _candidate("unknown", ""), _candidate("other", "3.11", "pypy")], host, "/bin/python3.12"),
        (None, [new], nothing, "new"),
    ]:
        chosen = choose_helper(named, candidates, on_host)
        asserts.equals(env, ("", expected), (chosen.error, chosen.executable))
    asserts.equals(env, NO_HELPER_ERROR, choose_helper(None, [old], nothing).error)
    asserts.equals(
        env,
        "@rules_reprowheel//python/config_settings:helper_python names //:mine, which is Python 3.10; expected a py_runtime or " +
        "py_runtime_pair of CPython 3.11 or newer. To fix: name another, or none.",
        choose_helper(_mine("3.10"), [new], host).error,
    )
    return unittest.end(env)

choice_test = unittest.make(_choice_test_impl)

def _path_test_impl(ctx):
    """The version of an interpreter that does not say it is in the paths of its files."""
    env = unittest.begin(ctx)
    for path, version in {
        "/usr/bin/python3": "",
        "/usr/bin/python3.12": "3.12",
        "external/p/bin/python3": "",
        "external/p/lib/python3.10/os.py": "3.10",
        "external/p/lib/python3.13t/os.py": "3.13",
        "external/p/lib/pythonic/os.py": "",
    }.items():
        asserts.equals(env, version, path_version(["a", path, "b"]), path)
    return unittest.end(env)

path_test = unittest.make(_path_test_impl)

def _played_impl(ctx):
    major, _, minor = ctx.attr.version.partition(".")
    runtime = struct(
        files = depset([ctx.file.library] if ctx.file.library else []),
        implementation_name = "cpython",
        interpreter = ctx.file.interpreter,
        interpreter_path = None,
        interpreter_version_info = struct(major = int(major), minor = int(minor)) if ctx.attr.version else None,
    )
    return [platform_common.ToolchainInfo(py3_runtime = runtime)]

_played = rule(
    implementation = _played_impl,
    attrs = {
        "interpreter": attr.label(allow_single_file = True, doc = "A file that plays an interpreter.", mandatory = True),
        "library": attr.label(allow_single_file = True, doc = "A file of its standard library."),
        "version": attr.string(doc = "What it says of its version."),
    },
    doc = "A Python toolchain of any version.",
)

def _build_action(env):
    return [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelBuild"][0]

def _short(path):
    return path.partition("/bin/")[2]

def _backend(action):
    """Gives the interpreter that the helper is told to build with."""
    words = [word for word in action.argv if word.startswith("--python=")]
    return _short(words[0]) if len(words) == 1 else words

def _old_test_impl(ctx):
    """The helper does not run in a Python that is too old for it; the back end does, and the wheel is named after that Python."""
    env = analysistest.begin(ctx)
    action = _build_action(env)
    asserts.equals(env, HELPER_PYTHON, action.argv[0])
    backend = "tests/starlark/helper/old_python"
    asserts.equals(env, backend, _backend(action))
    target = analysistest.target_under_test(env)
    for files in [action.inputs, target[RequestInfo].tools]:
        asserts.true(env, backend in [file.short_path for file in files.to_list()], "{} is an input".format(backend))
    name = [file.basename for file in action.outputs.to_list() if file.basename.endswith(".whl")][0]
    asserts.true(env, name.startswith("subject-1.0-cp39-cp39-"), name)
    written = [a for a in analysistest.target_actions(env) if a.mnemonic == "FileWrite" and a.outputs.to_list()[0].basename.endswith(".fingerprint.json")]
    asserts.true(env, HELPER_PYTHON in json.decode(written[0].content), "the host's interpreter for the helper is identified")
    return analysistest.end(env)

old_test = analysistest.make(_old_test_impl, config_settings = {_TOOLCHAINS: [str(Label("//tests/starlark/helper:old_toolchain"))]})

def _both(env, helper, backend):
    asserts.equals(env, (helper, backend), (_short(_build_action(env).argv[0]), _backend(_build_action(env))))
    inputs = [file.short_path for file in _build_action(env).inputs.to_list()]
    for path in [helper, backend]:
        asserts.true(env, path in inputs, "{} in {}".format(path, inputs))

def _new_test_impl(ctx):
    """A toolchain that is new enough, by the paths of its files, runs both."""
    env = analysistest.begin(ctx)
    _both(env, "tests/starlark/helper/new_python", "tests/starlark/helper/new_python")
    return analysistest.end(env)

new_test = analysistest.make(_new_test_impl, config_settings = {_TOOLCHAINS: [str(Label("//tests/starlark/helper:new_toolchain"))]})

def _named_test_impl(ctx):
    """The interpreter that the build setting names wins."""
    env = analysistest.begin(ctx)
    _both(env, "tests/starlark/helper/new_python", "tests/starlark/helper/old_python")
    return analysistest.end(env)

named_test = analysistest.make(_named_test_impl, config_settings = {
    _FLAG: Label("//tests/starlark/helper:new_runtimes"),
    _TOOLCHAINS: [str(Label("//tests/starlark/helper:old_toolchain"))],
})

named_old_test = make_failure_test({_FLAG: Label("//tests/starlark/helper:old_runtimes")})
named_wrong_test = make_failure_test({_FLAG: Label("//tests/starlark/helper:old_file")})

def _command_test_impl(ctx):
    """A command runs the helper in its own interpreter, and tells it the toolchain's where that matters."""
    env = analysistest.begin(ctx)
    scripts = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite" and action.outputs.to_list()[0].basename.endswith(".sh")]
    words = scripts[0].content.splitlines()[-1].split(" ")
    asserts.equals(env, "'{}'".format(HELPER_PYTHON), words[1])
    end = words.index("--")
    asserts.equals(env, ["'lock'", "--python"], words[end + 1:end + 3])
    asserts.true(env, words[end + 3].startswith("\"$runfiles\"/") and words[end + 3].endswith("/tests/starlark/helper/old_python'"), words[end + 3])
    files = [file.basename for file in analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()]
    asserts.true(env, "old_python" in files)
    return analysistest.end(env)

command_test = analysistest.make(_command_test_impl, config_settings = {_TOOLCHAINS: [str(Label("//tests/starlark/helper:old_toolchain"))]})

_PYTHONS = "@rules_python//python/config_settings:python_version"

def _pythons_impl(_settings, _attr):
    return {"new": {_PYTHONS: "3.11.1"}, "old": {_PYTHONS: "3.9.10"}}

_pythons = transition(implementation = _pythons_impl, inputs = [], outputs = [_PYTHONS])

def _uses_impl(ctx):
    return [DefaultInfo(files = depset(ctx.files.bytecode))]

_uses = rule(
    implementation = _uses_impl,
    attrs = {"bytecode": attr.label(cfg = "exec", default = "//python:helper_bytecode", doc = "As an action has it.")},
    doc = "Something that runs the helper.",
)

def _once_impl(ctx):
    files = {file.path: None for target in ctx.split_attr.target.values() for file in target[DefaultInfo].files.to_list()}
    if len(ctx.split_attr.target) != 2 or len(files) != 1:
        fail("expected one compiled helper for two Pythons; found {}".format(files.keys()))
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, "#!/bin/sh\n", is_executable = True)
    return [DefaultInfo(executable = script)]

once_test = rule(
    implementation = _once_impl,
    attrs = {
        "target": attr.label(cfg = _pythons, doc = "What runs the helper.", mandatory = True),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist", doc = "For Bazel 7."),
    },
    doc = "The helper is compiled once, whatever Pythons wheels are built for.",
    test = True,
)

def _play(name, **kwargs):
    native.genrule(name = name + "_file", outs = [name + "_python"], cmd = "touch $@", tags = ["manual"])
    _played(name = name + "_runtimes", interpreter = name + "_python", tags = ["manual"], **kwargs)
    native.toolchain(
        name = name + "_toolchain",
        tags = ["manual"],
        toolchain = ":{}_runtimes".format(name),
        toolchain_type = "@rules_python//python:toolchain_type",
    )

def helper_interpreter_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    _play("old", version = "3.9")
    native.genrule(name = "library", outs = ["new/lib/python3.11/os.py"], cmd = "touch $@", tags = ["manual"])
    _play("new", library = ":library")
    sdist_wheel(name = "subject", distribution = "subject", sdist = "subject-1.0.tar.gz", tags = ["manual"], version = "1.0")
    verb_command(name = "locking", tags = ["manual"], verb = "lock")
    _uses(name = "uses", tags = ["manual"])
    tests = {"command": command_test, "named": named_test, "new": new_test, "old": old_test}
    for test, rule in tests.items():
        rule(name = "{}_{}".format(name, test), target_under_test = ":locking" if test == "command" else ":subject")
    named_old_test(
        name = name + "_named_old",
        message = "//tests/starlark/helper:subject: @rules_reprowheel//python/config_settings:helper_python names @@//tests/starlark/helper:old_runtimes, which is Python 3.9; expected",
        target_under_test = ":subject",
    )
    named_wrong_test(
        name = name + "_named_wrong",
        message = "helper_python names @@//tests/starlark/helper:old_file, which is no Python 3 runtime; expected a py_runtime or",
        target_under_test = ":subject",
    )
    once_test(name = name + "_once", size = "small", target = ":uses")
    unittest.suite(name + "_units", choice_test, path_test)
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, test) for test in tests.keys() + ["named_old", "named_wrong", "once", "units"]],
    )
