"""Tests of //python/private/spec:own_platforms.bzl and tag_patterns.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/spec:filenames.bzl", "parse_wheel_name")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:own_platforms.bzl", "marker_holds", "own_environment", "platform_definition")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:tag_patterns.bzl", "pattern_rank")
load(":own_platforms_answers.bzl", "ANSWERS")

def _best(platforms, wheels, abis = ["abi3", "cp{major}{minor}"], version = [3, 12], implementation = "cpython"):
    """Gives the tags of the wheel that is taken; None if none fits."""
    wanted = {"abis": abis, "implementation": implementation, "platforms": platforms}
    ranks = []
    for tags in wheels:
        rank = pattern_rank(parse_wheel_name("foo-1.0-{}.whl".format(tags)), wanted, version)
        ranks += [(rank, tags)] if rank != None else []
    return min(ranks)[1] if ranks else None

def _answers_test_impl(ctx):
    """Of the same wheels the same one is taken as by rules_python."""
    env = unittest.begin(ctx)
    for platforms, abis, implementation, version, wheels, answer in ANSWERS:
        asserts.equals(env, answer, _best(platforms, wheels, abis, version, implementation), str((platforms, abis, wheels)))
    asserts.true(env, len({answer: None for _, _, _, _, _, answer in ANSWERS}) > 20)
    return unittest.end(env)

answers_test = unittest.make(_answers_test_impl)

_LINUX = [
    "py3-none-any",
    "cp312-cp312-manylinux_2_28_x86_64",
    "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64",
    "cp312-cp312-musllinux_1_2_x86_64",
    "cp312-cp312-manylinux_2_17_aarch64",
    "cp313-cp313-manylinux_2_17_x86_64",
]

def _patterns_test_impl(ctx):
    """The last pattern that matches counts most; of its versions the oldest; without a pattern only wheels for any platform."""
    env = unittest.begin(ctx)
    for patterns, expected in [
        ([], "py3-none-any"),
        (["manylinux_*_x86_64"], "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        (["linux_x86_64", "manylinux_*_x86_64"], "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        (["manylinux2014_x86_64"], "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        (["manylinux_2_5_x86_64"], "py3-none-any"),
        (["musllinux_*_x86_64"], "cp312-cp312-musllinux_1_2_x86_64"),
        (["musllinux_1_1_x86_64"], "py3-none-any"),
        (["musllinux_*_x86_64", "manylinux_*_x86_64"], "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        (["manylinux_*_x86_64", "musllinux_*_x86_64"], "cp312-cp312-musllinux_1_2_x86_64"),
        (["manylinux_*_x86_64", "any"], "py3-none-any"),
        (["manylinux_*_ppc64le"], "py3-none-any"),
    ]:
        asserts.equals(env, expected, _best(patterns, _LINUX))
    return unittest.end(env)

patterns_test = unittest.make(_patterns_test_impl)

def _places_test_impl(ctx):
    """A pattern for the system and CPU of an earlier one takes its place at the end, with its own version."""
    env = unittest.begin(ctx)
    mac = ["cp312-cp312-macosx_11_0_arm64", "cp312-cp312-macosx_10_9_universal2", "cp312-cp312-macosx_14_0_arm64"]
    asserts.equals(env, "cp312-cp312-macosx_11_0_arm64", _best(["macosx_*_universal2", "macosx_*_arm64"], mac))
    asserts.equals(env, "cp312-cp312-macosx_10_9_universal2", _best(["macosx_*_arm64", "macosx_*_universal2"], mac))
    asserts.equals(env, "cp312-cp312-macosx_11_0_arm64", _best(["macosx_*_arm64", "macosx_*_universal2", "macosx_13_0_arm64"], mac))
    asserts.equals(env, "cp312-cp312-macosx_10_9_universal2", _best(["macosx_*_universal2", "macosx_10_9_arm64"], mac))
    asserts.equals(env, "py3-none-win_amd64", _best(["win_amd64"], ["py3-none-any", "py3-none-win_amd64", "py3-none-win32"]))
    asserts.equals(env, None, _best(["win_*"], ["py3-none-win_amd64"]))
    return unittest.end(env)

places_test = unittest.make(_places_test_impl)

def _pythons_test_impl(ctx):
    """Then the Python tag, the implementation's before `py`, the newest first; then the last ABI that is named."""
    env = unittest.begin(ctx)
    anywhere = ["py2.py3-none-any", "py3-none-any", "py312-none-any", "cp39-abi3-any", "cp312-abi3-any", "cp312-cp312-any", "cp312-cp312t-any"]
    asserts.equals(env, "cp312-cp312-any", _best([], anywhere))
    asserts.equals(env, "cp312-abi3-any", _best([], anywhere, abis = ["cp{major}{minor}", "abi3"]))
    asserts.equals(env, "cp312-cp312t-any", _best([], anywhere, abis = ["cp{major}{minor}t"]))
    asserts.equals(env, "cp39-abi3-any", _best([], anywhere, version = [3, 11]))
    asserts.equals(env, "py3-none-any", _best([], ["py3-none-any", "py312-none-any", "py2-none-any"], version = [3, 11]))
    asserts.equals(env, "py2.py3-none-any", _best([], ["py2.py3-none-any", "py2-none-any"]))
    asserts.equals(env, "pp310-none-any", _best([], ["py3-none-any", "pp310-none-any", "cp310-none-any"], implementation = "pypy", version = [3, 10]))
    asserts.equals(env, None, _best([], ["py2-none-any", "cp313-none-any", "cp27-none-any"]))
    return unittest.end(env)

pythons_test = unittest.make(_pythons_test_impl)

def _definition_test_impl(ctx):
    """A name that rules_python knows keeps what a tag does not set; any other name means nothing by itself."""
    env = unittest.begin(ctx)
    own = platform_definition("linux_x86_64_cuda12.9", {"arch_name": "x86_64", "config_settings": ["//:cuda"], "os_name": "linux"})
    asserts.equals(env, {
        "arch_name": "x86_64",
        "base": "linux_x86_64",
        "config_settings": ["//:cuda"],
        "env": {},
        "marker": "",
        "name": "linux_x86_64_cuda12.9",
        "os_name": "linux",
        "tags": {
            "abis": ["abi3", "cp{major}{minor}"],
            "implementation": "cpython",
            "name": "linux_x86_64_cuda12.9",
            "platforms": [],
        },
    }, own)
    free = platform_definition("linux_x86_64_freethreaded", {"whl_platform_tags": ["manylinux_2_28_x86_64"]})
    asserts.equals(env, (None, "python_version >= '3.13'", ["cp{major}{minor}t"], ["manylinux_2_28_x86_64"]), (
        free["config_settings"],
        free["marker"],
        free["tags"]["abis"],
        free["tags"]["platforms"],
    ))
    changed = platform_definition("osx_aarch64", {"env": {"platform_release": "21"}})
    asserts.equals(env, ("osx_aarch64", None, None), (changed["base"], changed["config_settings"], changed["tags"]))
    asserts.equals(env, [], platform_definition("osx_aarch64", {"fresh": True, "os_name": "osx"})["tags"]["platforms"])
    asserts.equals(env, ["cp{major}{minor}t"], platform_definition("x", {"whl_abi_tags": ["cp{major}{minor}t"]})["tags"]["abis"])
    asserts.equals(env, "freebsd_x86_64", platform_definition("bsd", {"arch_name": "x86_64", "os_name": "freebsd"})["base"])
    return unittest.end(env)

definition_test = unittest.make(_definition_test_impl)

def _environment_test_impl(ctx):
    """Marker variables follow from system and CPU, `env` replaces them, and the host's release is never seen."""
    env = unittest.begin(ctx)
    host = {"os_name": "nt", "platform_machine": "AMD64", "platform_release": "11", "platform_version": "9", "python_version": "3.12", "sys_platform": "win32"}
    found = own_environment(host, platform_definition("x", {"arch_name": "aarch64", "env": {"platform_version": "7"}, "os_name": "linux"}))
    asserts.equals(env, {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "aarch64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "7",
        "python_version": "3.12",
        "sys_platform": "linux",
    }, found)
    bsd = own_environment(host, platform_definition("x", {"arch_name": "wasm32", "env": {"implementation_name": "pypy"}, "os_name": "freebsd"}))
    asserts.equals(env, ("freebsd", "FreeBSD", "posix", "wasm32", "PyPy", "0"), (
        bsd["sys_platform"],
        bsd["platform_system"],
        bsd["os_name"],
        bsd["platform_machine"],
        bsd["platform_python_implementation"],
        bsd["platform_version"],
    ))
    asserts.equals(env, "win32", own_environment(host, platform_definition("x", {}))["sys_platform"])
    return unittest.end(env)

environment_test = unittest.make(_environment_test_impl)

def _marker_test_impl(ctx):
    """A marker is asked with the platform's variables and the Python of the tag."""
    env = unittest.begin(ctx)
    arm = platform_definition("windows_aarch64", {"whl_platform_tags": ["win_arm64"]})
    asserts.false(env, marker_holds(arm, "3.10", "linux_x86_64"))
    asserts.true(env, marker_holds(arm, "3.11.4", "linux_x86_64"))
    musl = platform_definition("x", {"marker": "sys_platform == 'linux' and python_full_version >= '3.9.1'", "os_name": "linux"})
    asserts.true(env, marker_holds(musl, "3.9.1", "osx_aarch64"))
    asserts.false(env, marker_holds(musl, "3.9", "osx_aarch64"))
    asserts.true(env, marker_holds(platform_definition("x", {"marker": "sys_platform == 'darwin'"}), "3.9", "osx_aarch64"))
    return unittest.end(env)

marker_test = unittest.make(_marker_test_impl)

def own_platforms_test_suite(name):
    unittest.suite(name, answers_test, patterns_test, places_test, pythons_test, definition_test, environment_test, marker_test)
