"""Analysis tests of the rules in //python/private/pins: wheel_pin.bzl, wheels_lock.bzl, and of what depends on a pin."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("@rules_python//python:py_library.bzl", "py_library")
load("//python:defs.bzl", "sdist_wheel", "wheel_file", "wheels_lock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:install.bzl", "install")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:wheel_set.bzl", "wheel_set")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/pins:wheel_pin.bzl", "wheel_pin")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/pins:wheels_lock.bzl", "lock_path_error")

_MODE = str(Label("//python/config_settings:wheels_lock"))

def _pins(env):
    return [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelPin"]

def _validation(target):
    return [file.basename for file in getattr(target[OutputGroupInfo], "_validation", depset()).to_list()]

def _pin_test_impl(ctx):
    """One action reads report, wheel and pins. Bazel builds its verdict for everything that depends on the target."""
    env = analysistest.begin(ctx)
    asserts.equals(env, 1, len(_pins(env)))
    action = _pins(env)[0]
    inputs = [file.basename for file in action.inputs.to_list()]
    for name in ["pinned_built.report.json", "pinned_built.dist", "pins.json"]:
        asserts.true(env, name in inputs, name)
    end = action.argv.index("--")
    asserts.equals(env, "pin", action.argv[end + 1])
    asserts.equals(env, ctx.attr.warn, "--warn" in action.argv)
    for text in ["--check", "--lock=tests/starlark/pins/pins.json", "--lock-name=locks/wheels.lock", "--built"]:
        asserts.true(env, text in action.argv, text)
    verdict = "pinned_pin.pin-verdict.json"
    asserts.equals(env, [verdict], [file.basename for file in action.outputs.to_list()])
    asserts.equals(env, [verdict], _validation(analysistest.target_under_test(env)))
    return analysistest.end(env)

_WARN = {"warn": attr.bool(doc = "Whether the mode is warn.")}

pin_test = analysistest.make(_pin_test_impl, attrs = _WARN)
pin_warn_test = analysistest.make(_pin_test_impl, attrs = _WARN, config_settings = {_MODE: "warn"})

def _no_pin_test_impl(ctx):
    """Nothing is compared: the mode is off, or the wheel was fetched."""
    env = analysistest.begin(ctx)
    asserts.equals(env, [], analysistest.target_actions(env))
    target = analysistest.target_under_test(env)
    asserts.false(env, OutputGroupInfo in target and "_validation" in target[OutputGroupInfo])
    return analysistest.end(env)

no_pin_test = analysistest.make(_no_pin_test_impl)
off_test = analysistest.make(_no_pin_test_impl, config_settings = {_MODE: "off"})

def _collected_test_impl(ctx):
    """The verdict reaches what uses the wheel, however far away."""
    env = analysistest.begin(ctx)
    asserts.equals(env, ["pinned_pin.pin-verdict.json"], _validation(analysistest.target_under_test(env)))
    return analysistest.end(env)

collected_test = analysistest.make(_collected_test_impl)

def _unseen_test_impl(ctx):
    """No action but the comparison sees pins or verdicts: neither is in the key of a build or an installation."""
    env = analysistest.begin(ctx)
    for action in analysistest.target_actions(env):
        for file in action.inputs.to_list():
            asserts.false(env, file.basename == "pins.json" or file.basename.endswith(".pin-verdict.json"), "{} in {}".format(file.basename, action.mnemonic))
    return analysistest.end(env)

unseen_test = analysistest.make(_unseen_test_impl)

def _lock_test_impl(ctx):
    """Built wheels are recorded with their reports, fetched ones are passed over; the old lock is read."""
    env = analysistest.begin(ctx)
    found = [action for action in analysistest.target_actions(env) if action.mnemonic == "ReprowheelWheelsLock"]
    asserts.equals(env, 1, len(found))
    argv = found[0].argv
    asserts.equals(env, 1, len([text for text in argv if text == "--built"]))
    asserts.true(env, argv[argv.index("--built") + 1].endswith("/pinned_built.report.json"), str(argv))
    asserts.true(env, argv[argv.index("--built") + 2].endswith("/pinned_built.dist"), str(argv))
    for text in ["--lock-name=tests/starlark/pins/pins.json", "--lock=tests/starlark/pins/pins.json", "--update-command=bazel run //tests/starlark/pins:recorded.update"]:
        asserts.true(env, text in argv, "{} in {}".format(text, argv))
    outputs = sorted([file.basename for file in found[0].outputs.to_list()])
    asserts.equals(env, ["recorded.difference", "recorded.pruned", "recorded.updated"], outputs)
    asserts.equals(env, ["recorded.updated"], [file.basename for file in analysistest.target_under_test(env)[DefaultInfo].files.to_list()])
    return analysistest.end(env)

lock_test = analysistest.make(_lock_test_impl)

def _new_lock_test_impl(ctx):
    """Where there is no lock yet, an empty one is read."""
    env = analysistest.begin(ctx)
    written = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"]
    asserts.equals(env, ["new.empty"], [action.outputs.to_list()[0].basename for action in written])
    asserts.equals(env, "", written[0].content)
    return analysistest.end(env)

new_lock_test = analysistest.make(_new_lock_test_impl)

def _script_test_impl(ctx):
    """The script names the files it takes, and where it writes or what to do."""
    env = analysistest.begin(ctx)
    script = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"][0].content
    for text in ctx.attr.texts:
        asserts.true(env, text in script, "{} in {}".format(text, script))
    return analysistest.end(env)

script_test = analysistest.make(_script_test_impl, attrs = {"texts": attr.string_list(doc = "What the script must have.")})

def _failure_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, "is already compared with its pin, so a wrong pin would stop its own update; expected the wheel as it was " +
                                "built. To fix: wheels = all_whl_file_requirements, or whl_file for whl in the label.")
    return analysistest.end(env)

checked_test = analysistest.make(_failure_test_impl, expect_failure = True)

def _path_test_impl(ctx):
    """The lock is a file of the package that has the target."""
    env = unittest.begin(ctx)
    for path in ["wheels.lock", "locks/wheels.lock", "a..b"]:
        asserts.equals(env, "", lock_path_error("x", path))
    for path in ["", "/wheels.lock", "//:wheels.lock", ":wheels.lock", "@x//:wheels.lock", "../wheels.lock"]:
        message = "wheels_lock x: lock is '{}'; expected the path of a file in this package.".format(path)
        asserts.equals(env, message, lock_path_error("x", path))
    return unittest.end(env)

path_test = unittest.make(_path_test_impl)

def _subjects():
    manual = ["manual"]
    sdist_wheel(name = "pinned_built", distribution = "subject", sdist = "subject-1.0.tar.gz", tags = manual, version = "1.0")
    wheel_file(name = "pinned_fetched", src = "tool-1.0-py3-none-any.whl", distribution = "tool", tags = manual, version = "1.0")
    for name, wheel in {"fetched_pin": ":pinned_fetched", "pinned_pin": ":pinned_built"}.items():
        wheel_pin(name = name, lock = "locks/wheels.lock", pins = "pins.json", tags = manual, wheel = wheel)
    wheel_set(name = "pinned_whl", pin = ":pinned_pin", tags = manual, wheel = ":pinned_built")
    install(name = "pinned.site", pin = ":pinned_pin", tags = manual, wheel = ":pinned_built")
    py_library(name = "pinned_library", data = [":pinned.site"], tags = manual)
    native.alias(name = "pinned_alias", actual = ":pinned_library", tags = manual)
    native.filegroup(name = "pinned_group", data = [":pinned_alias"], tags = manual)
    wheels_lock(name = "recorded", lock = "pins.json", tags = manual, wheels = [":pinned_built", ":pinned_fetched"])
    wheels_lock(name = "new", lock = "none.lock", tags = manual, wheels = [])
    wheels_lock(name = "checked", lock = "none.lock", tags = manual, wheels = [":pinned_whl"])

def wheel_pin_test_suite(name):
    """Declares subjects and tests.

    Args:
      name: (str) the suite.
    """
    _subjects()
    path_test(name = name + "_path")
    tests = {
        "checked": (checked_test, "checked", {}),
        "fetched": (no_pin_test, "fetched_pin", {}),
        "lock": (lock_test, "recorded", {}),
        "new_lock": (new_lock_test, "new", {}),
        "off": (off_test, "pinned_pin", {}),
        "pin": (pin_test, "pinned_pin", {}),
        "test": (script_test, "recorded_test", {"texts": [
            "cat 'tests/starlark/pins/recorded.difference'",
            "tests/starlark/pins/pins.json is not what the wheels that are built now would make it. To fix: bazel run //tests/starlark/pins:recorded.update",
        ]}),
        "unseen_built": (unseen_test, "pinned_built", {}),
        "unseen_installed": (unseen_test, "pinned.site", {}),
        "update": (script_test, "recorded.update", {"texts": [
            "made='tests/starlark/pins/recorded.updated'",
            "--prune) made='tests/starlark/pins/recorded.pruned' ;;",
            "lock=\"$BUILD_WORKSPACE_DIRECTORY/tests/starlark/pins/pins.json\"",
            "run it with 'bazel run', which says where the workspace is",
            "is no option; expected --prune or nothing",
        ]}),
        "warn": (pin_warn_test, "pinned_pin", {"warn": True}),
    } | {
        "collected_" + target: (collected_test, target, {})
        for target in ["pinned_alias", "pinned_group", "pinned_whl", "pinned.site"]
    }
    for test, (rule, target, more) in tests.items():
        rule(name = "{}_{}".format(name, test), target_under_test = ":" + target, **more)
    native.test_suite(name = name, tests = ["{}_{}".format(name, test) for test in tests.keys() + ["path"]])
