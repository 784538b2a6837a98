"""Analysis tests of the rules in //python/private/wheel: sdist_wheel.bzl, wheel_file.bzl, refused.bzl,
and of //python/private/helper:action.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_cc//cc:cc_import.bzl", "cc_import")
load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("//python:defs.bzl", "sdist_wheel", "wheel_file")
load("//python:providers.bzl", "SdistInfo", "WheelInfo")

# buildifier: disable=bzl-visibility  (what must write the same arguments)
load("//python/private/fetch:repository_build.bzl", "build_arguments")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/helper:action.bzl", "EXECUTION_REQUIREMENTS")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:probe.bzl", "ACTION_ENVIRONMENT")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:refused.bzl", "refused")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:settings.bzl", "BUILD_FLAGS", "BUILD_SETTING_ATTRS")
load("//tests/starlark:failures.bzl", "failure_test", "make_failure_test")

# A value of every setting of a build.
_SETTINGS = {
    "allow_uncontained": ["network", "processes"],
    "build_env": {"NAME": "a \"b\" $c"},
    "build_options": ["--plat"],
    "config_settings": {"key": ["one", "two words"]},
    "cpu_baseline": "x86-64-v3",
    "cpus": 3,
    "deep": True,
    "epoch": 1700000000,
    "global_options": ["--with", "-x y"],
    "host_headers": ["foo/*"],
    "host_libraries": ["libfoo.so.1"],
    "host_tools": ["foo-config"],
    "max_disk_mb": 1000,
    "max_files": 2000,
    "max_memory_mb": 3000,
    "max_processes": 4000,
    "max_seconds": 5000,
    "memory_mb": 4096,
    "native_deps": [":native_outer"],
    "patch_strip": 1,
    "patches": ["first.patch", "second.patch"],
}

def _action(env, mnemonic):
    found = [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]
    asserts.equals(env, 1, len(found), mnemonic)
    return found[0]

def _written(env, suffix):
    """Gives the content of the JSON file that an action writes."""
    for action in analysistest.target_actions(env):
        if action.mnemonic == "FileWrite" and action.outputs.to_list()[0].basename.endswith(suffix):
            return json.decode(action.content)
    return fail("no action writes *{}".format(suffix))

def _build_action_test_impl(ctx):
    """One action, run by an interpreter through the launcher; nothing but the declared environment."""
    env = analysistest.begin(ctx)
    action = _action(env, "ReprowheelBuild")
    asserts.equals(env, ACTION_ENVIRONMENT, action.env)
    asserts.equals(env, {"LC_ALL": "C.UTF-8", "PATH": "/bin:/usr/bin", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "TZ": "UTC"}, action.env)
    asserts.equals(env, {"block-network": "1"}, EXECUTION_REQUIREMENTS)
    asserts.equals(env, ["-I", "-B", "-X", "utf8"], action.argv[1:5])
    asserts.true(env, action.argv[5].endswith("python/reprowheel_launch.py"), action.argv[5])
    end = action.argv.index("--")
    asserts.equals(env, "build", action.argv[end + 1])
    asserts.equals(env, 4, len([argument for argument in action.argv[6:end] if argument == "--wheel"]))
    inputs = [file.basename for file in action.inputs.to_list()]
    for name in ["subject-1.0.tar.gz", "tool-1.0-py3-none-any.whl", "build.py", "subject.toolchain.json", "subject.fingerprint.json", "subject.expected.json"]:
        asserts.true(env, name in inputs, "{} is an input".format(name))
    outputs = {file.basename: file.is_directory for file in action.outputs.to_list()}
    name = [file for file in outputs if file.endswith(".whl")][0]
    asserts.equals(env, {name: False, "subject.debug": True, "subject.dist": True, "subject.report.json": False}, outputs)
    asserts.true(env, name.startswith("subject-1.0-cp3"), name)
    return analysistest.end(env)

build_action_test = analysistest.make(_build_action_test_impl)

def _arguments_test_impl(ctx):
    """Every setting reaches the helper, with its quotes."""
    env = analysistest.begin(ctx)
    argv = _action(env, "ReprowheelBuild").argv
    for argument in [
        "--name=Subject",
        "--version=1.0",
        "--build-wheel=tests/starlark/wheel/tool-1.0-py3-none-any.whl",
        "--host-library=libfoo.so.1",
        "--host-header=foo/*",
        "--config-setting=key=one",
        "--config-setting=key=two words",
        "--global-option=--with",
        "--global-option=-x y",
        "--build-option=--plat",
        "--deep",
        "--env=NAME=a \"b\" $c",
        "--epoch=1700000000",
        "--patch=tests/starlark/wheel/first.patch",
        "--patch=tests/starlark/wheel/second.patch",
        "--patch-strip=1",
        "--cpu-baseline=x86-64-v3",
        "--jobs=4",
    ]:
        asserts.true(env, argument in argv, "{} in {}".format(argument, argv))
    asserts.true(env, "--quiet" in argv, "what an action prints is shown when it is over")
    asserts.true(env, "--exclusive" in argv, "what a build puts into the outputs' folders is no output")
    for option in ["--cc-toolchain=", "--fingerprint=", "--expect=", "--out=", "--debug-dir=", "--report=", "--native=", "--wheel-file="]:
        asserts.equals(env, 1, len([argument for argument in argv if argument.startswith(option)]), option)
    return analysistest.end(env)

arguments_test = analysistest.make(_arguments_test_impl)

def _paths(given):
    """Reads the paths out of an action's arguments, as the repository phase is given its own."""
    values = {}
    for argument in given:
        flag, _, value = argument.partition("=")
        values.setdefault(flag, []).append(value)
    return struct(
        hub = "",
        expected = values["--expect"][0],
        fingerprint = values["--fingerprint"][0],
        out = "out",
        patches = values["--patch"],
        python = values["--python"][0],
        rust = struct(cargo_locks = {}, crates = [], toolchain = None),
        sdist = given[0],
        toolchain = values["--cc-toolchain"][0],
        wheels = values["--build-wheel"],
        work = "work",
    )

def _same_arguments_test_impl(ctx):
    """Both phases write the same arguments in the same order, but for outputs and what only actions have."""
    env = analysistest.begin(ctx)
    asserts.equals(env, sorted(BUILD_SETTING_ATTRS), sorted(_SETTINGS), "the subject has a value of every setting")
    argv = _action(env, "ReprowheelBuild").argv
    given = argv[argv.index("--") + 2:]
    made = build_arguments(struct(name = "Subject", settings = _SETTINGS, version = "1.0"), _paths(given))
    for flag in BUILD_FLAGS.values():
        asserts.true(env, flag in [argument.partition("=")[0] for argument in given], flag)
    others = ["--debug-dir", "--native", "--out", "--report", "--wheel-file"]
    asserts.equals(
        env,
        [argument for argument in given if argument.partition("=")[0] not in others],
        [argument for argument in made if argument.partition("=")[0] not in others],
    )
    return analysistest.end(env)

same_arguments_test = analysistest.make(_same_arguments_test_impl)

def _facts_test_impl(ctx):
    """The command line has what is in the files that the action reads: execution logs have digests only."""
    env = analysistest.begin(ctx)
    argv = _action(env, "ReprowheelBuild").argv
    facts = json.decode(argv[argv.index("--facts") + 1])
    asserts.true(env, argv.index("--facts") < argv.index("--"), "the launcher takes it, not the helper")
    for name in ["expected", "native", "toolchain"]:
        asserts.equals(env, _written(env, ".{}.json".format(name)), facts[name])
    asserts.equals(env, _written(env, ".fingerprint.json").keys(), facts["fingerprint"].keys())
    asserts.true(env, len(argv[argv.index("--facts") + 1]) < 16000, "command lines stay short")
    return analysistest.end(env)

facts_test = analysistest.make(_facts_test_impl)

def _defaults_test_impl(ctx):
    """Opt-in settings have no flag by default. The sources of the shim are inputs anyway."""
    env = analysistest.begin(ctx)
    action = _action(env, "ReprowheelBuild")
    for option in ["--deep", "--native", "--patch", "--patch-strip", "--cpu-baseline", "--rust-toolchain", "--crates", "--cargo-lock"]:
        asserts.equals(env, [], [text for text in action.argv if text.partition("=")[0] == option], option)
    asserts.true(env, "--jobs=1" in action.argv, "one CPU is set aside, so one job runs")
    inputs = [file.basename for file in action.inputs.to_list()]
    asserts.true(env, "shim.c" in inputs and "clock.h" in inputs, str(inputs))
    return analysistest.end(env)

defaults_test = analysistest.make(_defaults_test_impl)

def _toolchain_test_impl(ctx):
    """Tools and flags of the C++ toolchain are written as lists; quotes and blanks survive."""
    env = analysistest.begin(ctx)
    content = _written(env, ".toolchain.json")
    for key in ["c_flags", "cxx_flags"]:
        asserts.true(env, "-DTEXT=\"two words\"" in content[key], str(content[key]))
    asserts.true(env, "-DONLY_C" in content["c_flags"] and "-DONLY_C" not in content["cxx_flags"])
    asserts.true(env, "-DONLY_CXX" in content["cxx_flags"] and "-DONLY_CXX" not in content["c_flags"])
    for key in ["link_shared_flags", "link_executable_flags"]:
        asserts.true(env, "-Wl,-z,now2" in content[key], str(content[key]))
        asserts.equals(env, [], [flag for flag in content[key] if flag.startswith("-l") or flag in ["-shared", "-o"]])
    asserts.true(env, content["tools"]["cc"] and content["tools"]["cxx"] and content["tools"]["ar"])
    return analysistest.end(env)

toolchain_test = analysistest.make(_toolchain_test_impl, config_settings = {
    "//command_line_option:conlyopt": ["-DONLY_C"],
    "//command_line_option:copt": ["-DTEXT=\"two words\""],
    "//command_line_option:cxxopt": ["-DONLY_CXX"],
    "//command_line_option:linkopt": ["-Wl,-z,now2", "-lm"],
})

def _fingerprint_test_impl(ctx):
    """Every tool that is a path on the host is identified, and nothing else is keyed."""
    env = analysistest.begin(ctx)
    tools = _written(env, ".toolchain.json")["tools"]
    entries = _written(env, ".fingerprint.json")
    for path in tools.values():
        asserts.equals(env, path.startswith("/"), path in entries, path)
    executable = _action(env, "ReprowheelBuild").argv[0]
    asserts.equals(env, executable.startswith("/"), executable in entries, executable)
    for path, commands in entries.items():
        asserts.true(env, commands and commands[0]["argv"] and commands[0]["stdout"], path)
    return analysistest.end(env)

fingerprint_test = analysistest.make(_fingerprint_test_impl)

def _providers_test_impl(ctx):
    """What a wheel is, and where its report, debug files and toolchain are."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    wheel = target[WheelInfo]
    asserts.equals(env, ("subject", "1.0"), (wheel.name, wheel.version))
    asserts.equals(env, target.label, wheel.label)
    asserts.equals(env, [wheel.file], target[DefaultInfo].files.to_list())
    asserts.equals(env, [wheel.file], target[DefaultInfo].default_runfiles.files.to_list())
    asserts.equals(env, [wheel.wheel], target[OutputGroupInfo].dist.to_list())
    asserts.true(env, wheel.wheel.is_directory and wheel.file.basename.endswith(".whl") and not wheel.file.is_directory)
    asserts.equals(env, [wheel.report], target[OutputGroupInfo].report.to_list())
    asserts.equals(env, [wheel.debug], target[OutputGroupInfo].debug.to_list())
    asserts.equals(env, 2, len(target[OutputGroupInfo].toolchain.to_list()))
    asserts.equals(env, ("subject", "f" * 64), (target[SdistInfo].name, target[SdistInfo].sha256))
    return analysistest.end(env)

providers_test = analysistest.make(_providers_test_impl)

def _native_test_impl(ctx):
    """Headers under the names they are included by, libraries in link order, flags and defines; all are inputs."""
    env = analysistest.begin(ctx)
    content = _written(env, ".native.json")
    asserts.equals(env, ["-lm"], content["link_flags"])
    asserts.equals(env, ["OUTER=1"], content["defines"])
    asserts.equals(env, "tests/starlark/wheel/native_outer.h", content["headers"]["native_outer.h"])
    asserts.equals(env, "tests/starlark/wheel/native_outer.h", content["headers"]["tests/starlark/wheel/native_outer.h"])
    libraries = [path.split("/")[-1] for path in content["libraries"]]
    asserts.equals(env, ["libnative_outer.a", "libnative_inner.a"], [name.replace(".pic.a", ".a") for name in libraries])
    inputs = [file.path for file in _action(env, "ReprowheelBuild").inputs.to_list()]
    for path in content["libraries"] + ["tests/starlark/wheel/native_outer.h", "tests/starlark/wheel/first.patch"]:
        asserts.true(env, path in inputs, "{} is an input".format(path))
    return analysistest.end(env)

native_test = analysistest.make(_native_test_impl)

def _wheel_file_test_impl(ctx):
    """A fetched wheel is handed on without any action."""
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, [], analysistest.target_actions(env))
    asserts.equals(env, "tool-1.0-py3-none-any.whl", target[WheelInfo].wheel.basename)
    asserts.equals(env, target[WheelInfo].wheel, target[WheelInfo].file)
    asserts.equals(env, None, target[WheelInfo].report)
    return analysistest.end(env)

wheel_file_test = analysistest.make(_wheel_file_test_impl)

cross_build_test = make_failure_test({"//command_line_option:platforms": [str(Label("//tests/starlark/wheel:arm"))]})

def _no_python_impl(_ctx):
    return [platform_common.ToolchainInfo(py2_runtime = None, py3_runtime = None)]

_no_python = rule(implementation = _no_python_impl, doc = "A Python toolchain that has no Python.")

no_python_test = make_failure_test({"//command_line_option:extra_toolchains": [str(Label("//tests/starlark/wheel:no_python_toolchain"))]})

def _subject(name, **kwargs):
    sdist_wheel(
        name = name,
        build_requirements = ["tool-1.0-py3-none-any.whl"],
        sdist = "subject-1.0.tar.gz",
        tags = ["manual"],
        version = "1.0",
        **kwargs
    )

def rules_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    cc_library(name = "native_inner", srcs = ["native_inner.c"], linkopts = ["-lm"], tags = ["manual"])
    cc_library(
        name = "native_outer",
        srcs = ["native_outer.c"],
        hdrs = ["native_outer.h"],
        defines = ["OUTER=1"],
        includes = ["."],
        tags = ["manual"],
        deps = [":native_inner"],
    )
    cc_import(name = "native_shared", shared_library = "libnative_shared.so", tags = ["manual"])
    _subject(
        name = "subject",
        distribution = "Subject",
        expected_metadata = "{\"requires_dist\": []}",
        sha256 = "f" * 64,
        **_SETTINGS
    )
    _subject(name = "plain", distribution = "subject")
    _subject(name = "shared", distribution = "subject", native_deps = [":native_shared"])
    native.filegroup(name = "no_library_group")
    _subject(name = "no_library", distribution = "subject", native_deps = [":no_library_group"])
    _subject(name = "other_python", distribution = "subject", python_version = "3.2")
    _subject(name = "line_break", build_env = {"A": "one\ntwo"}, distribution = "subject")
    native.platform(
        name = "arm",
        constraint_values = ["@platforms//cpu:aarch64", "@platforms//os:linux"],
    )
    cross_build_test(
        name = name + "_cross_build",
        message = " for linux_aarch64, and sdists are not cross-built; expected a wheel. To fix: lock a wheel for linux_aarch64, or",
        target_under_test = ":plain",
    )
    _no_python(name = "no_python")
    native.toolchain(
        name = "no_python_toolchain",
        tags = ["manual"],
        toolchain = ":no_python",
        toolchain_type = "@rules_python//python:toolchain_type",
    )
    no_python_test(
        name = name + "_no_python",
        message = "//tests/starlark/wheel:plain: the Python toolchain has no Python 3 runtime; expected one.",
        target_under_test = ":plain",
    )
    wheel_file(name = "fetched", src = "tool-1.0-py3-none-any.whl", distribution = "tool", tags = ["manual"], version = "1.0")
    refused(name = "never", message = "foo==1.0 (r.txt:3) cannot be had.", tags = ["manual"])
    tests = {
        "arguments": arguments_test,
        "build_action": build_action_test,
        "facts": facts_test,
        "fingerprint": fingerprint_test,
        "native": native_test,
        "providers": providers_test,
        "same_arguments": same_arguments_test,
        "toolchain": toolchain_test,
    }
    for test, rule in tests.items():
        rule(name = "{}_{}".format(name, test), target_under_test = ":subject")
    defaults_test(name = name + "_defaults", target_under_test = ":plain")
    wheel_file_test(name = name + "_wheel_file", target_under_test = ":fetched")
    failures = {
        "line_break": "//tests/starlark/wheel:line_break: the setting \"one\\ntwo\" has a line break; expected one line.",
        "never": "//tests/starlark/wheel:never: foo==1.0 (r.txt:3) cannot be had.",
        "no_library": "native_deps: @@//tests/starlark/wheel:no_library_group is no C/C++ library; expected a `cc_library`.",
        "other_python": "expected 3.2, for which the hub was made. To fix: pip.parse(python_version = \"",
        "shared": "native_deps: @@//tests/starlark/wheel:native_shared has libnative_shared.so as a shared library only; expected a static one",
    }
    for target, message in failures.items():
        failure_test(name = "{}_{}".format(name, target), message = message, target_under_test = ":" + target)
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, test) for test in tests.keys() + failures.keys() + ["cross_build", "defaults", "no_python", "wheel_file"]],
    )
