"""Tests of //python/private/lock:plan.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:build_lock.bzl", "parse_build_lock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:plan.bzl", "lock_label", "plan_hub")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:requirements.bzl", "parse_requirements")

_A = "a" * 64
_B = "b" * 64

_REQUIREMENTS = """\
cffi==2.0[x] --hash=sha256:{a}
foo==1.0 ; os_name == "posix" --hash=sha256:{a}
foo==2.0 ; os_name == "nt" --hash=sha256:{b}
""".format(a = _A, b = _B).replace("cffi==2.0[x]", "cffi[x]==2.0")

_BUILD_LOCK = json.encode({
    "build_lock_version": 1,
    "sdists": {
        "cffi==2.0": {"build_requirements": ["setuptools==80"], "filename": "cffi-2.0.tar.gz", "sha256": _A},
        "foo==1.0": {"build_requirements": ["cffi==2.0", "odd==1", "setuptools==80"], "filename": "foo-1.0.tar.gz", "sha256": _A},
        "odd==1": {"build_requirements": [], "filename": "odd-1.tar.gz", "sha256": _B},
    },
    "wheels": {"setuptools==80": {"filename": "setuptools-80-py3-none-any.whl", "sha256": _B}},
})

def _options(**kwargs):
    return struct(**(dict(
        build_where = "b.json",
        extra_index_urls = [],
        index_url = "",
        no_binary = [],
        overrides = {},
        python_version = "",
        where = "r.txt",
    ) | kwargs))

def _plan(options, build_lock = _BUILD_LOCK):
    return plan_hub(
        "pypi",
        parse_requirements(_REQUIREMENTS, "r.txt"),
        parse_build_lock(build_lock, "b.json"),
        options,
    )

def _repositories_test_impl(ctx):
    """One repository per locked version, and one per build requirement that is not locked as an sdist itself."""
    env = unittest.begin(ctx)
    plan = _plan(_options())
    asserts.equals(env, "", plan.error)
    by_name = {item["name"]: item for item in plan.distributions}
    asserts.equals(
        env,
        ["pypi_build_odd_1", "pypi_build_setuptools_80", "pypi_cffi_2_0", "pypi_foo_1_0", "pypi_foo_2_0"],
        sorted(by_name),
    )
    asserts.equals(
        env,
        ["@pypi_cffi_2_0//:whl", "@pypi_build_odd_1//:whl", "@pypi_build_setuptools_80//:whl"],
        by_name["pypi_foo_1_0"]["build_requirements"],
    )
    asserts.equals(env, "r.txt:2", by_name["pypi_foo_1_0"]["where"])
    asserts.equals(env, "b.json: wheels[\"setuptools==80\"]", by_name["pypi_build_setuptools_80"]["where"])
    asserts.equals(env, "setuptools-80-py3-none-any.whl", by_name["pypi_build_setuptools_80"]["filename"])
    asserts.equals(env, ["x"], by_name["pypi_cffi_2_0"]["extras"])
    asserts.equals(env, "", by_name["pypi_foo_2_0"]["locked"])
    asserts.equals(env, "reprowheel lock r.txt --out b.json", by_name["pypi_foo_2_0"]["relock"])
    asserts.equals(env, [
        {"marker": "", "name": "cffi", "repository": "pypi_cffi_2_0", "where": "r.txt:1"},
        {"marker": "os_name == \"posix\"", "name": "foo", "repository": "pypi_foo_1_0", "where": "r.txt:2"},
        {"marker": "os_name == \"nt\"", "name": "foo", "repository": "pypi_foo_2_0", "where": "r.txt:3"},
    ], plan.entries)
    return unittest.end(env)

repositories_test = unittest.make(_repositories_test_impl)

def _settings_test_impl(ctx):
    """no_binary and overrides reach the distributions that they name, and no others."""
    env = unittest.begin(ctx)
    plan = _plan(_options(no_binary = ["FOO"], overrides = {"cffi": {"host_libraries": ["libffi.so.8"]}}))
    by_name = {item["name"]: item for item in plan.distributions}
    asserts.true(env, by_name["pypi_foo_1_0"]["no_binary"])
    asserts.false(env, by_name["pypi_cffi_2_0"]["no_binary"])
    asserts.equals(env, "{\"host_libraries\":[\"libffi.so.8\"]}", by_name["pypi_cffi_2_0"]["settings"])
    asserts.equals(env, "", by_name["pypi_foo_1_0"]["settings"])
    everything = {item["name"]: item for item in _plan(_options(no_binary = [":all:"])).distributions}
    asserts.true(env, everything["pypi_cffi_2_0"]["no_binary"])
    return unittest.end(env)

settings_test = unittest.make(_settings_test_impl)

def _unknown_test_impl(ctx):
    """Names that the lock does not have are errors."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        "pip.override hub_name = \"pypi\": 'bar' is not in the lock; expected one of: cffi, foo.",
        _plan(_options(overrides = {"bar": {}})).error,
    )
    asserts.equals(
        env,
        "pip.parse no_binary hub_name = \"pypi\": 'Bar' is not in the lock; expected one of: cffi, foo.",
        _plan(_options(no_binary = ["foo", "Bar"])).error,
    )
    return unittest.end(env)

unknown_test = unittest.make(_unknown_test_impl)

def _relock_test_impl(ctx):
    """Without a build lock, the advice says where to name the new one."""
    env = unittest.begin(ctx)
    plan = _plan(_options(build_where = ""), build_lock = None)
    asserts.equals(
        env,
        "reprowheel lock r.txt --out build-lock.json, and name that file in pip.parse(build_requirements_lock = ...)",
        plan.distributions[0]["relock"],
    )
    asserts.equals(env, 3, len(plan.distributions))
    return unittest.end(env)

relock_test = unittest.make(_relock_test_impl)

def _both_test_impl(ctx):
    """What the lock has as an sdist and as a wheel is built for the hub; builds of others use the wheel."""
    env = unittest.begin(ctx)
    lock = json.decode(_BUILD_LOCK)
    for key in ["cffi==2.0", "odd==1"]:
        lock["wheels"][key] = {"filename": key.replace("==", "-") + "-py3-none-any.whl", "sha256": _B}
    plan = _plan(_options(), build_lock = json.encode(lock))
    by_name = {item["name"]: item for item in plan.distributions}
    asserts.equals(env, len(by_name), len(plan.distributions))
    asserts.equals(
        env,
        ["@pypi_build_cffi_2_0//:whl", "@pypi_build_odd_1//:whl", "@pypi_build_setuptools_80//:whl"],
        by_name["pypi_foo_1_0"]["build_requirements"],
    )
    asserts.equals(env, [_A], by_name["pypi_cffi_2_0"]["hashes"])
    asserts.equals(env, [_B], by_name["pypi_build_cffi_2_0"]["hashes"])
    return unittest.end(env)

both_test = unittest.make(_both_test_impl)

def _label_test_impl(ctx):
    """A file of the main repository is named by its path alone."""
    env = unittest.begin(ctx)
    asserts.equals(env, "examples/hello/requirements.txt", lock_label(Label("//examples/hello:requirements.txt")))
    asserts.equals(env, "requirements.txt", lock_label(Label("//:requirements.txt")))
    asserts.true(env, lock_label(Label("@bazel_skylib//lib:unittest.bzl")).endswith("//lib/unittest.bzl"))
    return unittest.end(env)

label_test = unittest.make(_label_test_impl)

def lock_plan_test_suite(name):
    unittest.suite(name, repositories_test, settings_test, unknown_test, relock_test, both_test, label_test)
