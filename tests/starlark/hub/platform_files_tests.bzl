"""Tests of //python/private/hub:platform_files.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:platform_files.bzl", "files_by_platform")

_PLATFORMS = ["linux_x86_64", "linux_x86_64_musl", "linux_aarch64", "osx_aarch64", "windows_x86_64"]

def _answers_test_impl(ctx):
    """The exact pattern before the one with a star, the attribute of a system, then requirements_lock."""
    env = unittest.begin(ctx)
    found = files_by_platform(struct(
        requirements_by_platform = {"a.txt": "linux_*,osx_aarch64", "b.txt": " linux_aarch64 "},
        requirements_lock = "rest.txt",
    ), _PLATFORMS)
    asserts.equals(env, struct(error = "", files = {
        "linux_aarch64": "b.txt",
        "linux_x86_64": "a.txt",
        "linux_x86_64_musl": "a.txt",
        "osx_aarch64": "a.txt",
        "windows_x86_64": "rest.txt",
    }), found)
    found = files_by_platform(struct(
        requirements_by_platform = {"c.txt": "*_aarch64", "m.txt": "linux_x86_64_musl"},
        requirements_darwin = None,
        requirements_linux = "l.txt",
        requirements_windows = "w.txt",
    ), ["linux_x86_64", "linux_x86_64_musl", "osx_aarch64", "windows_x86_64"])
    asserts.equals(env, struct(error = "", files = {
        "linux_x86_64": "l.txt",
        "linux_x86_64_musl": "m.txt",
        "osx_aarch64": "c.txt",
        "windows_x86_64": "w.txt",
    }), found)
    found = files_by_platform(struct(requirements_by_platform = {"h.txt": "host"}), ["osx_aarch64"], host = "osx_aarch64")
    asserts.equals(env, {"osx_aarch64": "h.txt"}, found.files)
    found = files_by_platform(struct(requirements_lock = "r.txt"), _PLATFORMS)
    asserts.equals(env, {platform: "r.txt" for platform in _PLATFORMS}, found.files)
    return unittest.end(env)

answers_test = unittest.make(_answers_test_impl)

def _own_test_impl(ctx):
    """A platform of the user is read by its name or how that begins; a name in full before any pattern."""
    env = unittest.begin(ctx)
    own = {"alpha": {}, "linux_x86_64_cuda12.9": {}}
    files = struct(
        requirements_by_platform = {"a.txt": "alpha", "c.txt": "linux_x86_64_cuda*", "t.txt": "linux_x86_64_freethreaded"},
        requirements_linux = "l.txt",
    )
    asserts.equals(env, struct(error = "", files = {
        "alpha": "a.txt",
        "linux_x86_64": "l.txt",
        "linux_x86_64_cuda12.9": "c.txt",
        "linux_x86_64_freethreaded": "t.txt",
    }), files_by_platform(struct(
        requirements_by_platform = {"a.txt": "alpha", "c.txt": "linux_x86_64_cuda12.9", "t.txt": "linux_x86_64_freethreaded"},
        requirements_linux = "l.txt",
    ), ["alpha", "linux_x86_64", "linux_x86_64_cuda12.9", "linux_x86_64_freethreaded"], own = own))
    asserts.equals(
        env,
        "requirements_linux = l.txt: c.txt is read for linux_x86_64_cuda12.9 already (requirements_by_platform); expected one lock per platform.",
        files_by_platform(files, ["linux_x86_64_cuda12.9"], own = own).error,
    )
    return unittest.end(env)

own_test = unittest.make(_own_test_impl)

def _errors_test_impl(ctx):
    """Two files for one platform, none, and what is not a platform."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        "requirements_linux = l.txt: a.txt is read for linux_x86_64 already (requirements_by_platform); " +
        "expected one lock per platform.",
        files_by_platform(struct(requirements_by_platform = {"a.txt": "linux_*"}, requirements_linux = "l.txt"), _PLATFORMS).error,
    )
    asserts.equals(
        env,
        "no lock is named for the platform osx_aarch64; expected requirements_lock, or one of requirements_darwin, " +
        "requirements_linux, requirements_windows, requirements_by_platform.",
        files_by_platform(struct(requirements_linux = "l.txt"), ["linux_x86_64", "osx_aarch64"]).error,
    )
    asserts.equals(
        env,
        "requirements_by_platform: a.txt: 'linux' is not a platform; did you mean 'linux_*'?",
        files_by_platform(struct(requirements_by_platform = {"a.txt": "linux"}), _PLATFORMS).error,
    )
    for pattern in ["host", "macos_aarch64", "x86_64"]:
        asserts.equals(
            env,
            "requirements_by_platform: a.txt: '{}' is not a platform; ".format(pattern) +
            "expected {os}_{arch} such as linux_x86_64, osx_x86_64, windows_x86_64, with '*' for any.",
            files_by_platform(struct(requirements_by_platform = {"a.txt": pattern}), _PLATFORMS).error,
        )
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def platform_files_test_suite(name):
    unittest.suite(name, answers_test, own_test, errors_test)
