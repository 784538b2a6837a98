"""Tests of //python/private/hub:host_variants.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/hub:host_variants.bzl",
    "LIBC_FLAG",
    "PYTHON_FLAG",
    "marker_environment",
    "resolve_variants",
    "select_packages",
)

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:own_platforms.bzl", "platform_definition")

_HOST = {"implementation_version": "3.12.4", "os_name": "posix", "python_full_version": "3.12.4", "python_version": "3.12"}

def _environment_test_impl(ctx):
    """A wanted Python version replaces the host's, unless the host's is such a one; a platform replaces what depends on it."""
    env = unittest.begin(ctx)
    for wanted in ["", "3.12", "3.12.4"]:
        asserts.equals(env, _HOST, marker_environment(_HOST, wanted))
    asserts.equals(env, _HOST | {
        "implementation_version": "3.1.0",
        "python_full_version": "3.1.0",
        "python_version": "3.1",
    }, marker_environment(_HOST, "3.1"))
    asserts.equals(env, "3.12.5", marker_environment(_HOST, "3.12.5")["python_full_version"])
    windows = marker_environment(_HOST, "3.11", "windows_x86_64")
    asserts.equals(env, ("nt", "win32", "AMD64", "Windows", "3.11"), (
        windows["os_name"],
        windows["sys_platform"],
        windows["platform_machine"],
        windows["platform_system"],
        windows["python_version"],
    ))
    return unittest.end(env)

environment_test = unittest.make(_environment_test_impl)

def _entry(name, line, marker = ""):
    return {"marker": marker, "name": name, "repository": "r{}".format(line), "where": "r.txt:{}".format(line)}

def _select_test_impl(ctx):
    """Markers choose among the lines of one package; two that hold are an error with both places."""
    env = unittest.begin(ctx)
    entries = [_entry("a", 1), _entry("b", 2, "os_name == 'nt'"), _entry("b", 3, "os_name != 'nt'"), _entry("c", 4, "os_name == 'nt'")]
    asserts.equals(env, {"a": "r1", "b": "r3"}, select_packages(entries, _HOST).packages)
    asserts.equals(
        env,
        "r.txt:5: a is also locked in r.txt:1, and the markers of both hold for Python 3.12.4; expected one.",
        select_packages(entries + [_entry("a", 5, "os_name == 'posix'")], _HOST).error,
    )
    return unittest.end(env)

select_test = unittest.make(_select_test_impl)

def _variant(python_version, platform, entries = [], groups = {}, environments = [], requires_python = ""):
    parts = [part for part in ["cp" + python_version.replace(".", "") if python_version else "", platform] if part]
    return {
        "enable_implicit_namespace_pkgs": False,
        "entries": entries,
        "environments": environments,
        "groups": groups,
        "id": "_".join(parts),
        "own": None,
        "platform": platform,
        "python_version": python_version,
        "requires_python": requires_python,
        "unlocked": "b.json has no entry for it",
        "where": "r.txt",
    }

def _conditions(*variants):
    resolved = resolve_variants({"environment": _HOST}, variants)
    return [(item.condition.name, item.condition.constraints, item.condition.flags) if item.condition else None for item in resolved.variants]

def _conditions_test_impl(ctx):
    """A variant is selected by Python if there are several, by platform if it names one, by libc if there are two."""
    env = unittest.begin(ctx)
    linux = ["@platforms//cpu:x86_64", "@platforms//os:linux"]
    asserts.equals(env, [None], _conditions(_variant("", "")))
    asserts.equals(env, [None], _conditions(_variant("3.12", "")))
    asserts.equals(env, [("is_linux_x86_64", linux, {})], _conditions(_variant("", "linux_x86_64")))
    asserts.equals(env, [
        ("is_cp311", [], {PYTHON_FLAG: "3.11"}),
        ("is_cp312", [], {PYTHON_FLAG: "3.12"}),
    ], _conditions(_variant("3.11", ""), _variant("3.12.4", "")))
    asserts.equals(env, [
        ("is_linux_x86_64", linux, {LIBC_FLAG: "glibc"}),
        ("is_linux_x86_64_musl", linux, {LIBC_FLAG: "musl"}),
        ("is_osx_aarch64", ["@platforms//cpu:aarch64", "@platforms//os:osx"], {}),
    ], _conditions(_variant("3.12", "linux_x86_64"), _variant("3.12", "linux_x86_64_musl"), _variant("3.12", "osx_aarch64")))
    asserts.equals(env, [
        ("is_cp313_linux_x86_64", linux, {PYTHON_FLAG: "3.13"}),
        ("is_cp313t_linux_x86_64", linux, {PYTHON_FLAG: "3.13t"}),
    ], _conditions(_variant("3.13", "linux_x86_64"), _variant("3.13", "linux_x86_64_freethreaded")))
    return unittest.end(env)

conditions_test = unittest.make(_conditions_test_impl)

def _own_test_impl(ctx):
    """A platform of the user is selected by its own settings, unless it only changes one that has a name of its own."""
    env = unittest.begin(ctx)
    mine = _variant("3.13", "mine 1.0") | {"own": platform_definition("mine 1.0", {"config_settings": ["//:a", "//:b"], "env": {"sys_platform": "x"}})}
    free = _variant("3.13", "linux_x86_64_freethreaded")
    changed = free | {"own": platform_definition("linux_x86_64_freethreaded", {"whl_platform_tags": ["linux_x86_64"]})}
    found = resolve_variants({"environment": _HOST}, [mine, changed]).variants
    linux = ["@platforms//cpu:x86_64", "@platforms//os:linux"]
    asserts.equals(env, [
        struct(constraints = [], flags = {PYTHON_FLAG: "3.13"}, name = "is_cp313_mine_1.0", settings = ["//:a", "//:b"]),
        struct(constraints = linux, flags = {PYTHON_FLAG: "3.13t"}, name = "is_cp313t_linux_x86_64", settings = None),
    ], [item.condition for item in found])
    asserts.equals(env, ("x", "3.13.0"), (found[0].environment["sys_platform"], found[0].environment["python_full_version"]))
    asserts.equals(env, "linux", found[1].environment["sys_platform"])
    return unittest.end(env)

own_test = unittest.make(_own_test_impl)

def _resolve_test_impl(ctx):
    """Each variant has the packages whose marker holds for it, and groups of those that it has."""
    env = unittest.begin(ctx)
    entries = [_entry("a", 1), _entry("b", 2, "sys_platform == 'win32'"), _entry("c", 3, "python_version < '3.12'")]
    found = resolve_variants({"environment": _HOST}, [
        _variant("3.11", "linux_x86_64", entries, {"g": ["a", "b", "c"]}),
        _variant("3.12", "windows_x86_64", entries, {"g": ["a", "b", "c"]}),
    ])
    asserts.equals(env, "", found.error)
    asserts.equals(env, [{"a": "r1", "c": "r3"}, {"a": "r1", "b": "r2"}], [item.packages for item in found.variants])
    asserts.equals(env, ["b.json has no entry for it"] * 2, [item.unlocked for item in found.variants])
    asserts.equals(env, [{"g": ["a", "c"]}, {"g": ["a", "b"]}], [item.groups for item in found.variants])
    asserts.equals(
        env,
        ["Python 3.11 on linux_x86_64", "Python 3.12 on windows_x86_64"],
        [item.description for item in found.variants],
    )
    wrong = resolve_variants({"environment": _HOST}, [_variant("", "", [_entry("a", 1), _entry("a", 2)])])
    asserts.equals(env, "r.txt:2: a is also locked in r.txt:1, and the markers of both hold for Python 3.12.4; expected one.", wrong.error)
    for variant, error in [
        (
            _variant("3.11", "", requires_python = ">=3.12"),
            "r.txt: is for Python >=3.12; expected a lock for Python 3.11. To fix: lock again, or choose another python_version.",
        ),
        (
            _variant("3.11", "linux_aarch64", environments = ["sys_platform == 'win32'"]),
            "r.txt: is for the environments sys_platform == 'win32'; expected one that includes linux aarch64. " +
            "To fix: lock again for that platform, or leave it out.",
        ),
        (
            _variant("3.11", "", [_entry("a", 1) | {"requires_python": "<3"}]),
            "r.txt:1: a is for Python <3; expected one for Python 3.11. To fix: lock again with that Python.",
        ),
    ]:
        asserts.equals(env, error, resolve_variants({"environment": _HOST}, [variant]).error)
    return unittest.end(env)

resolve_test = unittest.make(_resolve_test_impl)

def host_variants_test_suite(name):
    unittest.suite(name, environment_test, select_test, conditions_test, own_test, resolve_test)
