"""Tests of //python/private/hub:plan.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:plan.bzl", "plan_variant")

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/hub:tag_options.bzl", "tag_options")

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/lock:build_lock.bzl", "parse_build_lock")

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/lock:locked.bzl", "locked_distribution", "locked_file", "parsed_lock")
load("//tests/starlark:tags.bzl", "parse_tag")

_A = "a" * 64
_B = "b" * 64

_LOCK = parsed_lock(entries = [
    locked_distribution(name = "cffi", extras = ["x"], hashes = [_A], version = "2.0", where = "r.txt:1"),
    locked_distribution(name = "foo", hashes = [_A], marker = "os_name == \"posix\"", version = "1.0", where = "r.txt:2"),
    locked_distribution(name = "foo", hashes = [_B], marker = "os_name == \"nt\"", version = "2.0", where = "r.txt:3"),
])

_BUILD_LOCK = json.encode({
    "build_lock_version": 1,
    "sdists": {
        "cffi==2.0": {"build_requirements": ["setuptools==80"], "filename": "cffi-2.0.tar.gz", "sha256": _A},
        "foo==1.0": {"build_requirements": ["cffi==2.0", "odd==1", "setuptools==80"], "filename": "foo-1.0.tar.gz", "sha256": _A},
        "odd==1": {"build_requirements": [], "filename": "odd-1.tar.gz", "sha256": _B},
    },
    "wheels": {"setuptools==80": {"filename": "setuptools-80-py3-none-any.whl", "sha256": _B}},
})

_HOST = struct(id = "", own = None, platform = "", python_version = "")

def _plan(lock = _LOCK, build_lock = _BUILD_LOCK, overrides = {}, variant = _HOST, build_where = "b.json", **tag):
    return plan_variant("pypi", variant, lock, parse_build_lock(build_lock, build_where), struct(
        build_where = build_where,
        options = tag_options(parse_tag(**tag)),
        overrides = overrides,
        relock = "lock it",
    ))

def _by_name(plan):
    return {item["name"]: item for item in plan.distributions}

def _repositories_test_impl(ctx):
    """One repository per locked version, and one per build requirement that is not locked as an sdist itself."""
    env = unittest.begin(ctx)
    plan = _plan()
    by_name = _by_name(plan)
    asserts.equals(
        env,
        ["pypi_build_odd_1", "pypi_build_setuptools_80", "pypi_cffi_2_0", "pypi_foo_1_0", "pypi_foo_2_0"],
        sorted(by_name),
    )
    asserts.equals(
        env,
        ["@pypi_cffi_2_0//:whl_file", "@pypi_build_odd_1//:whl_file", "@pypi_build_setuptools_80//:whl_file"],
        by_name["pypi_foo_1_0"]["build_requirements"],
    )
    asserts.equals(env, {
        "distribution": "foo",
        "hashes": [_B],
        "hub": "pypi",
        "name": "pypi_foo_2_0",
        "relock": "lock it",
        "unlocked": "b.json has foo==1.0",
        "version": "2.0",
        "where": "r.txt:3",
    }, by_name["pypi_foo_2_0"])
    asserts.equals(env, "b.json: wheels[\"setuptools==80\"]", by_name["pypi_build_setuptools_80"]["where"])
    asserts.equals(env, "setuptools-80-py3-none-any.whl", by_name["pypi_build_setuptools_80"]["filename"])
    asserts.equals(env, (["x"], ["x"]), (by_name["pypi_cffi_2_0"]["extras"], by_name["pypi_cffi_2_0"]["asked_extras"]))
    asserts.equals(env, [
        {"marker": "", "name": "cffi", "repository": "pypi_cffi_2_0", "where": "r.txt:1"},
        {"marker": "os_name == \"posix\"", "name": "foo", "repository": "pypi_foo_1_0", "where": "r.txt:2"},
        {"marker": "os_name == \"nt\"", "name": "foo", "repository": "pypi_foo_2_0", "where": "r.txt:3"},
    ], plan.entries)
    return unittest.end(env)

repositories_test = unittest.make(_repositories_test_impl)

def _variant_test_impl(ctx):
    """Every repository of a variant has the variant in its name, and knows its Python, its platform and the hub's facts."""
    env = unittest.begin(ctx)
    by_name = _by_name(_plan(variant = struct(id = "cp313_linux_aarch64", own = None, platform = "linux_aarch64", python_version = "3.13")))
    asserts.equals(env, [
        "pypi_313_linux_aarch64_build_odd_1",
        "pypi_313_linux_aarch64_build_setuptools_80",
        "pypi_313_linux_aarch64_cffi_2_0",
        "pypi_313_linux_aarch64_foo_1_0",
        "pypi_313_linux_aarch64_foo_2_0",
    ], sorted(by_name))
    for attributes in by_name.values():
        asserts.equals(env, "HUBS[\"cp313_linux_aarch64\"]", attributes["hub_variable"])
        asserts.equals(env, "linux_aarch64", attributes["platform"])
        asserts.equals(env, "3.13", attributes["python_version"])
    asserts.equals(env, "@pypi_313_linux_aarch64_cffi_2_0//:whl_file", by_name["pypi_313_linux_aarch64_foo_1_0"]["build_requirements"][0])
    return unittest.end(env)

variant_test = unittest.make(_variant_test_impl)

def _own_platform_test_impl(ctx):
    """Locked packages of a platform of the user have its patterns for wheels; what only builds use is chosen as ever."""
    env = unittest.begin(ctx)
    tags = {"abis": ["abi3"], "implementation": "cpython", "name": "mine", "platforms": ["manylinux_*_x86_64"]}
    own = {"base": "linux_x86_64", "tags": tags}
    by_name = _by_name(_plan(variant = struct(id = "mine", own = own, platform = "mine", python_version = "")))
    asserts.equals(env, {
        "pypi_mine_build_odd_1": None,
        "pypi_mine_build_setuptools_80": None,
        "pypi_mine_cffi_2_0": tags,
        "pypi_mine_foo_1_0": tags,
        "pypi_mine_foo_2_0": tags,
    }, {name: json.decode(attributes["wheel_tags"]) if "wheel_tags" in attributes else None for name, attributes in by_name.items()})
    asserts.equals(env, {"linux_x86_64": None}, {attributes["platform"]: None for attributes in by_name.values()})
    named = struct(id = "", own = {"base": "linux_x86_64", "tags": None}, platform = "linux_x86_64", python_version = "")
    asserts.false(env, [name for name, attributes in _by_name(_plan(variant = named)).items() if "wheel_tags" in attributes])
    return unittest.end(env)

own_platform_test = unittest.make(_own_platform_test_impl)

def _settings_test_impl(ctx):
    """Names in no_binary, only_binary and overrides reach the distributions that they name, and no others."""
    env = unittest.begin(ctx)
    by_name = _by_name(_plan(
        environment = {"A": "b"},
        no_binary = ["FOO"],
        only_binary = ["cffi"],
        overrides = {"cffi": {
            "additive_build_content_file": "//:extra.txt",
            "build_phase": "fetch",
            "build_requirements": ["odd==1"],
            "host_libraries": ["libffi.so.8"],
            "index_url": "https://example.org/own",
            "native_deps": [Label("//:x")],
            "patches": ["//:a.patch"],
        }},
    ))
    foo, cffi = by_name["pypi_foo_1_0"], by_name["pypi_cffi_2_0"]
    asserts.equals(env, (True, None), (foo.get("no_binary"), foo.get("only_binary")))
    asserts.equals(env, (None, True), (cffi.get("no_binary"), cffi.get("only_binary")))
    asserts.equals(env, "//:extra.txt", cffi["additive_build_content_file"])
    asserts.equals(env, ["//:a.patch"], cffi["patches"])
    asserts.equals(env, ["@pypi_build_setuptools_80//:whl_file", "@pypi_build_odd_1//:whl_file"], cffi["build_requirements"])
    asserts.equals(env, ("fetch", None), (cffi["build_phase"], foo.get("build_phase")))
    asserts.equals(env, ("https://example.org/own", None), (cffi["index_url"], foo.get("index_url")))
    asserts.equals(env, {
        "build_phase": "fetch",
        "build_requirements": ["odd==1"],
        "host_libraries": ["libffi.so.8"],
        "hub_build_env": {"A": "b"},
        "index_url": "https://example.org/own",
        "native_deps": [str(Label("//:x"))],
    }, json.decode(cffi["settings"]))
    asserts.equals(env, {"hub_build_env": {"A": "b"}}, json.decode(foo["settings"]))
    everything = _by_name(_plan(no_binary = [":all:"]))
    asserts.true(env, everything["pypi_cffi_2_0"]["no_binary"])
    asserts.false(env, "no_binary" in everything["pypi_build_odd_1"])
    return unittest.end(env)

settings_test = unittest.make(_settings_test_impl)

def _replaced_test_impl(ctx):
    """A package that a target replaces has no repository; builds that need it get one of their own."""
    env = unittest.begin(ctx)
    plan = _plan(overrides = {"cffi": {"target": Label("//:mine")}})
    by_name = _by_name(plan)
    asserts.false(env, "pypi_cffi_2_0" in by_name)
    asserts.equals(env, "@pypi_build_cffi_2_0//:whl_file", by_name["pypi_foo_1_0"]["build_requirements"][0])
    asserts.true(env, "pypi_build_cffi_2_0" in by_name)
    asserts.equals(env, {"marker": "", "name": "cffi", "repository": "", "where": "r.txt:1"}, plan.entries[0])
    return unittest.end(env)

replaced_test = unittest.make(_replaced_test_impl)

def _sources_test_impl(ctx):
    """What a lock says of a source reaches the repository; a version that it does not say comes from the build lock."""
    env = unittest.begin(ctx)
    lock = parsed_lock(
        entries = [
            locked_distribution(
                name = "cffi",
                commit = "0123456789abcdef",
                build_options = ["--plat"],
                config_settings = {"a": ["b"]},
                global_options = ["--with"],
                requires_dist = [],
                source = "git",
                subdirectory = "sub",
                url = "https://example.org/cffi",
                where = "r.txt:1",
            ),
            locked_distribution(
                name = "foo",
                files = [locked_file("foo-1.0.tar.gz", _A, "https://example.org/foo-1.0.tar.gz")],
                hashes = [_A],
                index_url = "https://example.org/i",
                version = "1.0",
                where = "r.txt:2",
            ),
            locked_distribution(name = "here", path = "libs/here", source = "path", where = "r.txt:3"),
        ],
        extra_index_urls = ["https://example.org/more"],
        index_url = "https://example.org/hint",
    )
    by_name = _by_name(_plan(lock = lock, index_url = "https://example.org/tag"))
    git = by_name["pypi_cffi_0123456789ab"]
    asserts.equals(env, ("git", "0123456789abcdef", "sub", "2.0"), (git["source"], git["commit"], git["subdirectory"], git["version"]))
    settings = {"build_options": ["--plat"], "config_settings": {"a": ["b"]}, "global_options": ["--with"]}
    asserts.equals(env, ("[]", settings, True), (git["requires_dist"], json.decode(git["locked_settings"]), git["no_binary"]))
    asserts.equals(env, ["https://example.org/more"], git["extra_index_urls"])
    asserts.equals(env, ("https://example.org/tag", "https://example.org/hint"), (git["index_url"], git["lock_index_url"]))
    foo = by_name["pypi_foo_1_0"]
    asserts.equals(env, "[{\"filename\":\"foo-1.0.tar.gz\",\"sha256\":\"" + _A + "\",\"url\":\"https://example.org/foo-1.0.tar.gz\"}]", foo["files"])
    asserts.equals(env, "https://example.org/i", foo["index_url"])
    asserts.equals(env, (False, False), ("locked_settings" in foo, "no_binary" in foo))
    here = by_name["pypi_here_direct"]
    asserts.equals(env, ("path", "libs/here", ""), (here["source"], here["path"], here["version"]))
    return unittest.end(env)

sources_test = unittest.make(_sources_test_impl)

def _relock_test_impl(ctx):
    """What is wrong with an entry is said where it is built: another version, or a build requirement of `pip.override` that is missing."""
    env = unittest.begin(ctx)
    plan = _plan(build_lock = None, build_where = "")
    asserts.equals(env, ["lock it"] * 3, [item["relock"] for item in plan.distributions])
    plan = _plan(overrides = {"foo": {"build_requirements": ["odd==1", "odd==2"]}})
    foo = _by_name(plan)["pypi_foo_1_0"]
    asserts.equals(
        env,
        "pip.override(hub_name = \"pypi\", name = \"foo\"): build_requirements has 'odd==2', which b.json does not have (did you mean 'odd==1'?)",
        foo["unlocked"],
    )
    asserts.false(env, "locked" in foo)
    there = _by_name(_plan(overrides = {"foo": {"build_requirements": ["odd==1"]}}))["pypi_foo_1_0"]
    asserts.equals(env, 1, len([label for label in there["build_requirements"] if "odd" in label]))
    return unittest.end(env)

relock_test = unittest.make(_relock_test_impl)

def _both_test_impl(ctx):
    """What the lock has as an sdist and as a wheel is built for the hub; builds of others use the wheel."""
    env = unittest.begin(ctx)
    lock = json.decode(_BUILD_LOCK)
    for key in ["cffi==2.0", "odd==1"]:
        lock["wheels"][key] = {"filename": key.replace("==", "-") + "-py3-none-any.whl", "sha256": _B}
    plan = _plan(build_lock = json.encode(lock))
    by_name = _by_name(plan)
    asserts.equals(env, len(by_name), len(plan.distributions))
    asserts.equals(
        env,
        ["@pypi_build_cffi_2_0//:whl_file", "@pypi_build_odd_1//:whl_file", "@pypi_build_setuptools_80//:whl_file"],
        by_name["pypi_foo_1_0"]["build_requirements"],
    )
    asserts.equals(env, [_A], by_name["pypi_cffi_2_0"]["hashes"])
    asserts.equals(env, [_B], by_name["pypi_build_cffi_2_0"]["hashes"])
    return unittest.end(env)

both_test = unittest.make(_both_test_impl)

def plan_test_suite(name):
    unittest.suite(
        name,
        repositories_test,
        variant_test,
        own_platform_test,
        settings_test,
        replaced_test,
        sources_test,
        relock_test,
        both_test,
    )
