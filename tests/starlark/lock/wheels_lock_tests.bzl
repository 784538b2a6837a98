"""Tests of //python/private/lock:wheels_lock.bzl: each package gets its own pins, and nothing of another's."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:wheels_lock.bzl", "parse_wheels_lock", "read_pins")
load("//tests/starlark:tags.bzl", "parse_tag")

_PIN = {"sha256": "1", "toolchain": "t1", "version": "1"}

_LOCK = {
    "toolchains": {"t1": {"compiler": "gcc"}, "t2": {"compiler": "clang"}},
    "update": "bazel run //:wheels.update",
    "wheels": {"bar": [_PIN | {"toolchain": "t2"}], "foo": [_PIN], "gone": [_PIN]},
    "wheels_lock_version": 1,
}

def _parts_test_impl(ctx):
    """A part has the pins of one package, their toolchains and the command. Pins of other packages do not change its text."""
    env = unittest.begin(ctx)
    found = parse_wheels_lock(json.encode(_LOCK), "w.lock", ["bar", "foo", "new"])
    asserts.equals(env, "", found.error)
    asserts.equals(env, ["bar", "foo", "new"], sorted(found.pins))
    asserts.equals(env, {
        "toolchains": {"t1": {"compiler": "gcc"}},
        "update": "bazel run //:wheels.update",
        "wheels": {"foo": [_PIN]},
        "wheels_lock_version": 1,
    }, json.decode(found.pins["foo"]))
    asserts.equals(env, {
        "toolchains": {},
        "update": "bazel run //:wheels.update",
        "wheels": {},
        "wheels_lock_version": 1,
    }, json.decode(found.pins["new"]))
    odd = parse_wheels_lock(json.encode(_LOCK | {"wheels": {"foo": [{"toolchain": ["t1"]}, 1]}}), "w.lock", ["foo"])
    asserts.equals(env, [{"toolchain": ["t1"]}, 1], json.decode(odd.pins["foo"])["wheels"]["foo"], "the helper says what is wrong with it")
    edited = _LOCK | {"wheels": _LOCK["wheels"] | {"bar": [_PIN | {"sha256": "2"}]}}
    after = parse_wheels_lock(json.encode(edited), "w.lock", ["bar", "foo"])
    asserts.equals(env, found.pins["foo"], after.pins["foo"])
    asserts.false(env, found.pins["bar"] == after.pins["bar"])
    return unittest.end(env)

parts_test = unittest.make(_parts_test_impl)

def _empty_test_impl(ctx):
    """An empty file is a lock without pins."""
    env = unittest.begin(ctx)
    for text in ["", "\n"]:
        found = parse_wheels_lock(text, "w.lock", ["foo"])
        asserts.equals(env, "", found.error)
        asserts.equals(env, {"toolchains": {}, "wheels": {}, "wheels_lock_version": 1}, json.decode(found.pins["foo"]))
    return unittest.end(env)

empty_test = unittest.make(_empty_test_impl)

_FIX = " To fix: restore the file, or empty it and record all wheels again."

def _errors_test_impl(ctx):
    """What is no wheels lock is named by file and place."""
    env = unittest.begin(ctx)
    for text, message in {
        "[]": "w.lock: (top): is not a JSON object; expected a wheels lock.",
        json.encode(_LOCK | {"toolchains": {"t": 1}}): "w.lock: toolchains.t: is a int; expected an object.",
        json.encode(_LOCK | {"wheels": []}): "w.lock: wheels: is a list; expected an object.",
        json.encode(_LOCK | {"wheels": {"foo": {}}}): "w.lock: wheels.foo: is a dict; expected a list.",
        json.encode(_LOCK | {"wheels_lock_version": 2}): "w.lock: wheels_lock_version: is 2; expected 1.",
        "{": "w.lock: (top): is not a JSON object; expected a wheels lock.",
    }.items():
        asserts.equals(env, message + _FIX, parse_wheels_lock(text, "w.lock", []).error)
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

_ONE = Label("//:one.lock")
_TWO = Label("//:two.lock")
_GONE = Label("//:gone.lock")
_FOLDER = Label("//:folder.lock")

def _read_test_impl(ctx):
    """The tags of a hub share one file; two are an error, and none is none."""
    env = unittest.begin(ctx)
    files = {_ONE: (True, False), _TWO: (True, False), _GONE: (False, False), _FOLDER: (True, True)}
    context = struct(path = lambda label: struct(exists = files[label][0], is_dir = files[label][1]), read = lambda label: {str(_ONE): json.encode(_LOCK), str(_TWO): "{"}[str(label)])
    tags = [parse_tag(wheels_lock = _ONE), parse_tag(), parse_tag(wheels_lock = _ONE)]
    found = read_pins(context, tags, ["foo"], lambda label: label.name)
    asserts.equals(env, ("", "one.lock", ["foo"]), (found.error, found.name, found.pins.keys()))
    asserts.equals(env, ("", "", {}), [(read.error, read.name, read.pins) for read in [read_pins(context, [parse_tag()], ["foo"], str)]][0])
    two = read_pins(context, [parse_tag(wheels_lock = _ONE), parse_tag(wheels_lock = _TWO)], ["foo"], lambda label: label.name)
    asserts.equals(env, "MODULE.bazel: pip.parse(hub_name = \"pypi\"): wheels_lock is one.lock and two.lock; expected one file for the hub, which holds " +
                        "the pins of all its Pythons and platforms. To fix: name the same file.", two.error)
    bad = read_pins(context, [parse_tag(wheels_lock = _TWO)], ["foo"], lambda label: label.name)
    for label, what in {_FOLDER: "is a directory", _GONE: "is not there"}.items():
        asserts.equals(
            env,
            "MODULE.bazel: pip.parse(hub_name = \"pypi\"): wheels_lock: {} {}; expected a file, which may be empty. To fix: : > {}".format(label.name, what, label.name),
            read_pins(context, [parse_tag(wheels_lock = label)], ["foo"], lambda label: label.name).error,
        )
    asserts.equals(env, "two.lock: (top): is not a JSON object; expected a wheels lock." + _FIX, bad.error)
    return unittest.end(env)

read_test = unittest.make(_read_test_impl)

def wheels_lock_test_suite(name):
    unittest.suite(name, parts_test, empty_test, errors_test, read_test)
