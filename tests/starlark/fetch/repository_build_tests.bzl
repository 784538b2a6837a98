"""Tests of //python/private/fetch:repository_build.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:repository_build.bzl", "build_arguments", "describe_error", "helper_message", "setting_error")

_NO_RUST = struct(cargo_locks = {}, crates = [], toolchain = "")

_REQUEST = struct(
    name = "foo",
    settings = {
        "build_env": {"A": "b c"},
        "build_options": ["--plat"],
        "config_settings": {"k": ["v", "w"]},
        "cpu_baseline": "x86-64-v3",
        "cpus": 3,
        "deep": True,
        "epoch": 0,
        "global_options": ["--with", "-x y"],
        "host_headers": ["zlib.h", "z/*"],
        "host_libraries": ["libz.so.1"],
        "host_tools": ["pg_config", "/opt/bin/rustc"],
        "patch_strip": 1,
    },
    version = "1.0",
    where = "r.txt:3",
)

_PATHS = struct(
    expected = "build/expected.json",
    fingerprint = "build/fingerprint.json",
    hub = "pypi",
    out = "build/wheel",
    patches = ["/w/a.patch"],
    python = "/p/python3.9",
    rust = struct(
        cargo_locks = {"rust/Cargo.lock": "build/rust/cargo_lock_0"},
        crates = ["/c/itoa-1.0.19.crate", "/c/git-0.tar.gz"],
        toolchain = "build/rust/toolchain.json",
    ),
    sdist = "foo-1.0.tar.gz",
    toolchain = "/t/toolchain.json",
    wheels = ["/x/a.whl", "/x/b.whl"],
    work = "build",
)

_OUTPUTS = ["--out=build/wheel", "--debug-dir=build/debug", "--report=build/report.json", "--exclusive", "--quiet"]

def _arguments_test_impl(ctx):
    """All settings reach the helper as the action passes them; what is not set is not passed."""
    env = unittest.begin(ctx)
    asserts.equals(env, [
        "foo-1.0.tar.gz",
        "--name=foo",
        "--version=1.0",
        "--python=/p/python3.9",
        "--build-wheel=/x/a.whl",
        "--build-wheel=/x/b.whl",
        "--cc-toolchain=/t/toolchain.json",
        "--fingerprint=build/fingerprint.json",
        "--hub=pypi",
        "--expect=build/expected.json",
        "--rust-toolchain=build/rust/toolchain.json",
        "--crates=/c/itoa-1.0.19.crate",
        "--crates=/c/git-0.tar.gz",
        "--cargo-lock=rust/Cargo.lock=build/rust/cargo_lock_0",
        "--host-library=libz.so.1",
        "--host-header=zlib.h",
        "--host-header=z/*",
        "--host-tool=pg_config",
        "--host-tool=/opt/bin/rustc",
        "--config-setting=k=v",
        "--config-setting=k=w",
        "--global-option=--with",
        "--global-option=-x y",
        "--build-option=--plat",
        "--env=A=b c",
        "--patch=/w/a.patch",
        "--patch-strip=1",
        "--cpu-baseline=x86-64-v3",
        "--jobs=4",
        "--deep",
        "--epoch=0",
    ] + _OUTPUTS, build_arguments(_REQUEST, _PATHS))
    bare = struct(name = "foo", settings = {}, version = "1.0")
    few = struct(expected = "", fingerprint = "f", hub = "", out = "build/wheel", patches = [], python = "p", rust = _NO_RUST, sdist = "s", toolchain = "t", wheels = [], work = "build")
    asserts.equals(
        env,
        ["s", "--name=foo", "--version=1.0", "--python=p", "--cc-toolchain=t", "--fingerprint=f", "--jobs=1"] + _OUTPUTS,
        build_arguments(bare, few),
    )
    return unittest.end(env)

arguments_test = unittest.make(_arguments_test_impl)

def _message_test_impl(ctx):
    """The helper's own words, from its line ERROR on; all of it where it died without one."""
    env = unittest.begin(ctx)
    asserts.equals(env, "foo failed\nTIP   do this", helper_message("noise\nERROR foo failed\nTIP   do this\n"))
    asserts.equals(env, "Traceback", helper_message("Traceback\n"))
    asserts.equals(env, "the helper ended without a message.", helper_message(""))
    asserts.equals(env, "r.txt:3: foo==1.0: no", describe_error(_REQUEST, "no"))
    return unittest.end(env)

message_test = unittest.make(_message_test_impl)

def _settings_test_impl(ctx):
    """What needs targets, another platform or another Python cannot be built in the repository phase."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", setting_error({"native_deps": []}, "", "3.12", "3.12"))
    asserts.equals(env, "", setting_error({}, "", "3.12.4", "3.12"))
    asserts.equals(env, "", setting_error({}, "", "", "3.12"))
    asserts.equals(
        env,
        "native_deps names targets, which do not exist yet in build_phase \"fetch\"; expected build_phase \"action\". " +
        "To fix: pip.override(build_phase = \"action\") for this package.",
        setting_error({"native_deps": ["//:z"]}, "", "", "3.12"),
    )
    asserts.equals(
        env,
        "build_phase \"fetch\" builds with the host's Python 3.12; expected 3.11, for which the hub was made. To fix: " +
        "build_phase = \"action\", with a toolchain of Python 3.11.",
        setting_error({}, "", "3.11", "3.12"),
    )
    asserts.equals(
        env,
        "build_phase \"fetch\" builds on and for the host; expected build_phase \"action\" for the platform linux_aarch64. " +
        "To fix: pip.override(build_phase = \"action\") for this package.",
        setting_error({}, "linux_aarch64", "", "3.12"),
    )
    return unittest.end(env)

settings_test = unittest.make(_settings_test_impl)

def repository_build_test_suite(name):
    unittest.suite(name, arguments_test, message_test, settings_test)
