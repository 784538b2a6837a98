"""Tests of //python/private/wheel:request.bzl and settings.bzl: what becomes of each setting of a build."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:request.bzl", "setting_flags")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:settings.bzl", "BUILD_FLAGS", "BUILD_SETTING_ATTRS", "is_set", "setting_texts")

# Settings that are no flag of the helper, and what they become.
_NO_FLAG = {
    "memory_mb": "what Bazel sets aside for the action",
    "native_deps": "a file that --native names",
}

def _table_test_impl(ctx):
    """Every setting of a build has a flag of its own, or is in the list of those that need none."""
    env = unittest.begin(ctx)
    for name in BUILD_SETTING_ATTRS:
        asserts.true(env, (name in BUILD_FLAGS) != (name in _NO_FLAG), "BUILD_FLAGS has no flag for the setting " + name)
    asserts.equals(env, [], [name for name in BUILD_FLAGS.keys() + _NO_FLAG.keys() if name not in BUILD_SETTING_ATTRS])
    asserts.equals(env, len(BUILD_FLAGS), len({flag: None for flag in BUILD_FLAGS.values()}))
    return unittest.end(env)

table_test = unittest.make(_table_test_impl)

def _told(settings, patches = []):
    """Writes flags as the repository phase does."""
    return [flag.name if flag.values == None else (flag.name, flag.values) for flag in setting_flags(settings, patches)]

def _flags_test_impl(ctx):
    """A setting without a value has no flag. The type of a value says how its flag is written. `--jobs` is the step of CPUs."""
    env = unittest.begin(ctx)
    jobs = ("--jobs", ["1"])
    asserts.equals(env, [jobs], _told({}))
    unset = {"build_env": {}, "cpu_baseline": "", "cpus": 0, "deep": False, "epoch": -1, "host_headers": [], "patch_strip": 2}
    asserts.equals(env, [jobs], _told(unset), "the defaults, and patch_strip without patches")
    for settings, expected in [
        ({"build_env": {"A": "b c"}}, [("--env", ["A=b c"]), jobs]),
        ({"config_settings": {"k": ["v", "w"]}}, [("--config-setting", ["k=v", "k=w"]), jobs]),
        ({"cpu_baseline": "x86-64-v3"}, [("--cpu-baseline", ["x86-64-v3"]), jobs]),
        ({"cpus": 3}, [("--jobs", ["4"])]),
        ({"memory_mb": 20000}, [("--jobs", ["4"])]),
        ({"deep": True}, [jobs, "--deep"]),
        ({"epoch": 0}, [jobs, ("--epoch", ["0"])]),
        ({"allow_uncontained": ["files"], "max_seconds": 60}, [jobs, ("--allow-uncontained", ["files"]), ("--max-seconds", ["60"])]),
        ({"host_headers": ["a.h", "b/*"]}, [("--host-header", ["a.h", "b/*"]), jobs]),
        ({"host_tools": ["pg_config", "/opt/b"]}, [("--host-tool", ["pg_config", "/opt/b"]), jobs]),
    ]:
        asserts.equals(env, expected, _told(settings))
    patched = [("--patch", ["a.patch"]), ("--patch-strip", ["0"]), jobs]
    asserts.equals(env, patched, _told({"patches": ["//:a.patch"]}, ["a.patch"]))
    return unittest.end(env)

flags_test = unittest.make(_flags_test_impl)

def _values_test_impl(ctx):
    """Which values count as set, and which texts go through a file with one argument per line."""
    env = unittest.begin(ctx)
    for value in [None, "", False, 0, [], {}]:
        asserts.false(env, is_set("deep", value), repr(value))
    asserts.equals(env, [False, False, True, True], [is_set("epoch", value) for value in [None, -1, 0, 5]])
    asserts.equals(
        env,
        ["--x", "A", "b", "h", "k", "v"],
        sorted(setting_texts({
            "build_env": {"A": "b"},
            "build_options": ["--x"],
            "config_settings": {"k": ["v"]},
            "data": ["no setting of a build"],
            "epoch": 5,
            "host_headers": ["h"],
        })),
    )
    return unittest.end(env)

values_test = unittest.make(_values_test_impl)

def request_test_suite(name):
    unittest.suite(name, table_test, flags_test, values_test)
