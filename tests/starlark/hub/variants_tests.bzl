"""Tests of //python/private/hub:variants.bzl and //python/private/spec:platforms.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:variants.bzl", "plan_variants")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/spec:platforms.bzl",
    "expand_platform",
    "host_platform",
    "lock_platform",
    "parse_platform",
    "platform_constraints",
    "platform_environment",
    "target_interpreter",
)
load("//tests/starlark:tags.bzl", "parse_tag")

def _parse_test_impl(ctx):
    """Names of platforms are read in rules_python's and other spellings; what is behind them is checked."""
    env = unittest.begin(ctx)
    for text, name in {
        "linux_aarch64": "linux_aarch64",
        "linux_amd64_muslc": "linux_x86_64_musl",
        "linux_x86_64_glibc": "linux_x86_64",
        "linux_x86_64_glibc_2_17": "linux_x86_64_glibc_2_17",
        "linux_x86_64_musl_1_2_freethreaded": "linux_x86_64_musl_1_2_freethreaded",
        "macos_arm64_12_0": "osx_aarch64_12_0",
        "windows_x86_64_freethreaded": "windows_x86_64_freethreaded",
    }.items():
        asserts.equals(env, ("", name), (parse_platform(text).error, parse_platform(text).name))
        asserts.equals(env, name, parse_platform(name).name)
    for text, error in {
        "linux": "'linux' is not a platform; expected for example linux_x86_64, linux_x86_64_musl, osx_aarch64 or windows_x86_64",
        "linux_x86_64_gnu": "platform 'linux_x86_64_gnu' has 'gnu' where glibc or musl is expected",
        "linux_x86_64_musl_1": "platform 'linux_x86_64_musl_1' has '1' where a version of two numbers is expected",
        "osx_aarch64_x": "platform 'osx_aarch64_x' has 'x' where a version of two numbers is expected",
        "windows_riscv64": "'windows_riscv64' is not a platform; expected for example linux_x86_64, linux_x86_64_musl, osx_aarch64 or windows_x86_64",
        "windows_x86_64_10": "platform 'windows_x86_64_10' has '10' after its architecture",
    }.items():
        asserts.equals(env, error, parse_platform(text).error)
    return unittest.end(env)

parse_test = unittest.make(_parse_test_impl)

def _names_test_impl(ctx):
    """The host's name, patterns of rules_python, and the names that locks per platform know."""
    env = unittest.begin(ctx)
    asserts.equals(env, "osx_aarch64", host_platform("mac os x", "aarch64"))
    asserts.equals(env, "linux_x86_64", host_platform("linux", "amd64"))
    asserts.equals(env, "windows_x86_64", host_platform("windows server 2022", "amd64"))
    for pattern, name in {
        "cp312_linux_aarch64": "linux_aarch64",
        "host": "osx_aarch64",
        "linux_x86_64": "linux_x86_64",
        "{os}_{arch}": "osx_aarch64",
        "{os}_{arch}_freethreaded": "osx_aarch64_freethreaded",
    }.items():
        asserts.equals(env, [name], expand_platform(pattern, "osx_aarch64"))
    asserts.equals(env, ["linux_x86_64", "linux_aarch64"], expand_platform("linux_*", "osx_aarch64"))
    asserts.equals(env, ["linux_x86_64", "linux_aarch64", "linux_s390x"], expand_platform("linux_*", "linux_s390x"))
    asserts.equals(env, "linux_x86_64_musl", lock_platform("linux_x86_64_musl_1_2_freethreaded"))
    asserts.equals(env, "linux_x86_64", lock_platform("linux_x86_64_glibc_2_17"))
    asserts.equals(env, ["@platforms//cpu:aarch64", "@platforms//os:osx"], platform_constraints("osx_aarch64_12_0"))
    return unittest.end(env)

names_test = unittest.make(_names_test_impl)

_HOST = {
    "abiflags": "",
    "implementation": "cpython",
    "libc": "glibc",
    "libc_version": [2, 39],
    "machine": "x86_64",
    "macos_version": [0, 0],
    "system": "linux",
    "version": [3, 12],
}

def _interpreter_test_impl(ctx):
    """A target that is not the host has its own machine, libc and macOS; versions come from its name, else defaults."""
    env = unittest.begin(ctx)
    asserts.equals(env, _HOST, target_interpreter(_HOST, "", ""))
    asserts.equals(env, _HOST | {"version": [3, 9]}, target_interpreter(_HOST, "3.9.1", ""))
    asserts.equals(env, _HOST, target_interpreter(_HOST, "", "linux_x86_64"))
    asserts.equals(env, _HOST | {"libc_version": [2, 17]}, target_interpreter(_HOST, "", "linux_x86_64_glibc_2_17"))
    asserts.equals(env, _HOST | {"libc": "musl", "libc_version": [1, 2]}, target_interpreter(_HOST, "", "linux_x86_64_musl") | {"macos_version": [0, 0]})
    other = target_interpreter(_HOST, "3.13", "linux_aarch64_freethreaded")
    asserts.equals(env, ("t", "aarch64", [2, 28], [3, 13]), (other["abiflags"], other["machine"], other["libc_version"], other["version"]))
    mac = target_interpreter(_HOST, "", "osx_aarch64_12_1")
    asserts.equals(env, ("darwin", "arm64", [12, 1], ""), (mac["system"], mac["machine"], mac["macos_version"], mac["libc"]))
    asserts.equals(env, [14, 0], target_interpreter(_HOST, "", "osx_x86_64")["macos_version"])
    windows = target_interpreter(_HOST, "", "windows_x86_64")
    asserts.equals(env, ("windows", "amd64"), (windows["system"], windows["machine"]))
    asserts.equals(env, "arm64", platform_environment({}, "osx_aarch64")["platform_machine"])
    asserts.equals(env, "aarch64", platform_environment({}, "linux_aarch64")["platform_machine"])
    asserts.equals(env, "ARM64", platform_environment({}, "windows_aarch64")["platform_machine"])
    return unittest.end(env)

interpreter_test = unittest.make(_interpreter_test_impl)

def _variants(*tags):
    planned = plan_variants(tags, "linux_x86_64")
    return planned.error or [(item.id, item.python_version, item.platform, item.lock.label, item.lock.kind) for item in planned.variants]

def _variants_test_impl(ctx):
    """The only variant has no name; others are named after Python and platform, and each has its platform's lock."""
    env = unittest.begin(ctx)
    asserts.equals(env, [("", "", "", "r.txt", "requirements")], _variants(parse_tag(requirements_lock = "r.txt")))
    asserts.equals(env, [("", "3.12", "", "uv.lock", "uv")], _variants(parse_tag(python_version = "3.12", uv_lock = "uv.lock")))
    asserts.equals(env, [("", "", "", "linux.txt", "requirements")], _variants(parse_tag(
        requirements_darwin = "mac.txt",
        requirements_linux = "linux.txt",
        requirements_lock = "r.txt",
    )))
    asserts.equals(env, [
        ("cp311", "3.11", "", "a.txt", "requirements"),
        ("cp312", "3.12", "", "pylock.toml", "pylock"),
    ], _variants(
        parse_tag(python_version = "3.11", requirements_lock = "a.txt"),
        parse_tag(pylock_toml = "pylock.toml", python_version = "3.12"),
    ))
    asserts.equals(env, [
        ("linux_x86_64", "", "linux_x86_64", "r.txt", "requirements"),
        ("linux_aarch64", "", "linux_aarch64", "arm.txt", "requirements"),
        ("osx_aarch64", "", "osx_aarch64", "r.txt", "requirements"),
    ], _variants(parse_tag(
        experimental_target_platforms = ["cp311_linux_*"],
        requirements_by_platform = {"arm.txt": "linux_aarch64"},
        requirements_lock = "r.txt",
        target_platforms = ["{os}_{arch}", "linux_aarch64", "linux_x86_64", "osx_aarch64"],
    )))
    asserts.equals(env, [
        ("cp311_linux_x86_64", "3.11", "linux_x86_64", "a.txt", "requirements"),
        ("cp311_linux_x86_64_musl", "3.11", "linux_x86_64_musl", "a.txt", "requirements"),
        ("cp312_linux_x86_64", "3.12", "linux_x86_64", "b.txt", "requirements"),
    ], _variants(
        parse_tag(python_version = "3.11", requirements_lock = "a.txt", target_platforms = ["linux_x86_64", "linux_x86_64_musl"]),
        parse_tag(python_version = "3.12", requirements_lock = "b.txt", target_platforms = ["host"]),
    ))
    return unittest.end(env)

variants_test = unittest.make(_variants_test_impl)

_OWN = {
    "alpha": {"config_settings": ["//:alpha"]},
    "linux_x86_64_cuda12.9": {"arch_name": "x86_64", "config_settings": ["//:cuda"], "os_name": "linux"},
    "osx_aarch64": None,
    "windows_aarch64": {"whl_platform_tags": ["win_arm64"]},
}

def _own_names(*tags, **kwargs):
    planned = plan_variants(tags, "linux_x86_64", kwargs.get("own", _OWN))
    return planned.error or [(item.id, item.platform, item.lock.label, item.own and item.own["base"]) for item in planned.variants]

def _own_test_impl(ctx):
    """Platforms of the user are asked for by name, by requirements_by_platform, or because the host is one; markers decide for each Python."""
    env = unittest.begin(ctx)
    asserts.equals(env, [("", "", "r.txt", None)], _own_names(parse_tag(python_version = "3.12", requirements_lock = "r.txt")))
    asserts.equals(env, [
        ("linux_x86_64", "linux_x86_64", "r.txt", None),
        ("linux_x86_64_cuda12_9", "linux_x86_64_cuda12.9", "c.txt", "linux_x86_64"),
    ], _own_names(parse_tag(
        requirements_by_platform = {"c.txt": "linux_x86_64_cuda12.9"},
        requirements_lock = "r.txt",
        target_platforms = ["{os}_{arch}", "linux_x86_64_cuda12.9"],
    )))
    asserts.equals(
        env,
        [("", "alpha", "a.txt", "")],
        _own_names(parse_tag(requirements_by_platform = {"a.txt": "alpha,windows_aarch64"})),
    )
    asserts.equals(env, [("cp310", "", "r.txt", None), ("cp311_windows_aarch64", "windows_aarch64", "w.txt", "windows_aarch64")], _own_names(
        parse_tag(python_version = "3.10", requirements_lock = "r.txt"),
        parse_tag(python_version = "3.11", requirements_lock = "w.txt", target_platforms = ["windows_aarch64"]),
    ))
    asserts.equals(env, [("", "linux_x86_64", "r.txt", "linux_x86_64")], _own_names(
        parse_tag(requirements_lock = "r.txt"),
        own = {"linux_x86_64": {"env": {"platform_version": "1"}}},
    ))
    removed = "target_platforms: pip.default(platform = \"{}\") without any other attribute takes that platform away; expected a platform that is there."
    asserts.equals(env, removed.format("linux_x86_64"), _own_names(parse_tag(requirements_lock = "r.txt"), own = {"linux_x86_64": None}))
    asserts.equals(env, removed.format("osx_aarch64"), _own_names(parse_tag(requirements_lock = "r.txt", target_platforms = ["osx_aarch64"])))
    asserts.equals(env, [("", "osx_x86_64", "r.txt", None)], _own_names(parse_tag(requirements_lock = "r.txt", target_platforms = ["osx_*"])))
    asserts.equals(
        env,
        "platform 'windows_aarch64' of pip.default has the marker \"python_version >= '3.11'\"; expected a python_version, which says whether it holds.",
        _own_names(parse_tag(requirements_lock = "r.txt", target_platforms = ["windows_aarch64"])),
    )
    asserts.equals(
        env,
        "has no platform; the markers of all that it asks for do not hold. To fix: pip.default(marker = ...).",
        _own_names(parse_tag(python_version = "3.10", requirements_lock = "r.txt", target_platforms = ["windows_aarch64"])),
    )
    asserts.equals(
        env,
        "target_platforms: 'beta' is not a platform; expected for example linux_x86_64, linux_x86_64_musl, osx_aarch64 or windows_x86_64, " +
        "or a platform of pip.default.",
        _own_names(parse_tag(requirements_lock = "r.txt", target_platforms = ["beta"])),
    )
    asserts.equals(
        env,
        "platforms a.b and a-b: their names differ in letters that names of repositories cannot have; expected other names.",
        _own_names(parse_tag(requirements_lock = "r.txt", target_platforms = ["a.b", "a-b"]), own = {"a-b": {"env": {"os_name": "x"}}, "a.b": {"env": {"os_name": "x"}}}),
    )
    return unittest.end(env)

own_test = unittest.make(_own_test_impl)

def _errors_test_impl(ctx):
    """No lock, two locks, two tags for one variant."""
    env = unittest.begin(ctx)
    for tags, error in [
        (
            [parse_tag()],
            "has no lock; expected one of requirements_lock, requirements_linux, requirements_darwin, requirements_windows, " +
            "requirements_by_platform, pylock_toml, uv_lock.",
        ),
        ([parse_tag(requirements_lock = "r", uv_lock = "u")], "has both uv_lock and requirements_lock; expected one lock."),
        ([parse_tag(pylock_toml = "p", uv_lock = "u")], "has both pylock_toml and uv_lock; expected one lock."),
        (
            [parse_tag(requirements_lock = "r", target_platforms = ["vax_vms"])],
            "target_platforms: 'vax_vms' is not a platform; expected for example linux_x86_64, linux_x86_64_musl, osx_aarch64 or windows_x86_64.",
        ),
        (
            [parse_tag(requirements_lock = "r"), parse_tag(python_version = "3.11", requirements_lock = "r")],
            "is given 2 times; expected a python_version in each: one hub has one lock per Python.",
        ),
        (
            [parse_tag(python_version = "3.11", requirements_lock = "r"), parse_tag(python_version = "3.11.2", requirements_lock = "s")],
            "is given twice for Python 3.11.2; expected one pip.parse per Python.",
        ),
        (
            [parse_tag(requirements_lock = "r", target_platforms = ["linux_x86_64_glibc_2_17", "linux_x86_64"])],
            "target_platforms has linux_x86_64_glibc_2_17 and linux_x86_64; expected one of them: nothing tells them apart when Bazel builds.",
        ),
    ]:
        asserts.equals(env, error, _variants(*tags))
    asserts.equals(
        env,
        "no lock is named for the platform linux_x86_64; expected requirements_lock, or one of requirements_darwin, " +
        "requirements_linux, requirements_windows, requirements_by_platform.",
        _variants(parse_tag(requirements_darwin = "mac.txt")),
    )
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def variants_test_suite(name):
    unittest.suite(name, parse_test, names_test, interpreter_test, variants_test, own_test, errors_test)
