"""Tests of //python/private/hub:groups.bzl, with real locks of three formats, too (locks/)."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_lock_fixtures//:locks.bzl", "LOCKS")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:groups.bzl", "plan_groups")

# buildifier: disable=bzl-visibility  (what the subject is given)
load("//python/private/lock:locked.bzl", "locked_distribution")

def _item(name, requires = None, via = [], extras = []):
    return struct(
        entry = locked_distribution(name = name, extras = extras, requires_dist = requires, version = "1", via = via, where = "r.txt:1"),
        key = name + "==1",
    )

def _groups_test_impl(ctx):
    """Groups come from the build lock, the lock, its comments, and by hand; members know each other and their extras."""
    env = unittest.begin(ctx)
    items = [
        _item("a", requires = ["b[x]"], extras = ["own"]),
        _item("b"),
        _item("c", via = ["d"]),
        _item("d", via = ["c", "not-locked"]),
        _item("e"),
        _item("f"),
    ]
    build_lock = struct(cycles = {}, sdists = {"b==1": {"requires_dist": ["a; os_name == 'nt'", "e"]}})
    found = plan_groups("pypi", "", items, build_lock, {})
    asserts.equals(env, {"a": ["a", "b"], "c": ["c", "d"]}, found.groups)
    asserts.equals(env, "@pypi//_groups:a", found.labels["b"])
    asserts.equals(env, {"a": ["own"], "b": ["x"], "c": [], "d": []}, found.extras)
    asserts.equals(env, ["c", "d"], found.members["d"])
    asserts.equals(env, {"a": ["own"], "b": ["x"]}, found.asked)
    asserts.false(env, "e" in found.labels)
    by_hand = plan_groups("pypi", "cp312", items, build_lock, {"g": ["e", "replaced", "f"], "h": ["a", "elsewhere"]})
    asserts.equals(env, {"cp312_a": ["a", "b"], "cp312_c": ["c", "d"], "cp312_e": ["e", "f"]}, by_hand.groups)
    asserts.equals(env, "@pypi//_groups:cp312_e", by_hand.labels["f"])
    return unittest.end(env)

groups_test = unittest.make(_groups_test_impl)

def _recorded_test_impl(ctx):
    """What the build lock records of wheels counts for every version, names of other hubs do not; members get the extras."""
    env = unittest.begin(ctx)
    items = [_item("a"), _item("b", extras = ["own"]), _item("c")]
    recorded = {"a": ["b[x]", "gone"], "b": ["a"], "c": ["gone"], "gone": ["a", "c"]}
    found = plan_groups("pypi", "", items, struct(cycles = recorded, sdists = {}), {})
    asserts.equals(env, {"a": ["a", "b"]}, found.groups)
    asserts.equals(env, {"a": [], "b": ["own", "x"]}, found.extras)
    none = plan_groups("pypi", "", items, struct(cycles = {}, sdists = {}), {})
    asserts.equals(env, {}, none.groups)
    return unittest.end(env)

recorded_test = unittest.make(_recorded_test_impl)

def _real_test_impl(ctx):
    """Real locks of one project: the cycle in it is found, and nothing else is taken for one.

    A pylock.toml that uv writes has no edges; there the cycle is named by hand.
    """
    env = unittest.begin(ctx)
    for lock, cycles in [("requirements", {}), ("uv", {}), ("pylock", {"by-hand": ["distributed", "dask"]})]:
        entries = [struct(**entry) for entry in LOCKS[lock]["entries"]]
        items = [struct(entry = entry, key = "{}=={}".format(entry.name, entry.version)) for entry in entries]
        found = plan_groups("pypi", "", items, struct(cycles = {}, sdists = {}), cycles)
        asserts.equals(env, {"dask": ["dask", "distributed"]}, found.groups, lock)
    return unittest.end(env)

real_test = unittest.make(_real_test_impl)

def groups_test_suite(name):
    unittest.suite(name, groups_test, recorded_test, real_test)
