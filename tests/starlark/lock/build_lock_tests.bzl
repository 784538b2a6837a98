"""Tests of //python/private/lock:build_lock.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:build_lock.bzl", "NO_BUILD_LOCK", "from_source_error", "parse_build_lock", "unlocked_text")

_A = "a" * 64

def _lock(sdists = {}, wheels = {}, version = 1, **more):
    return json.encode({"build_lock_version": version, "sdists": sdists, "wheels": wheels} | more)

_WHEEL = {"filename": "setuptools-80.9.0-py3-none-any.whl", "sha256": _A}
_SDIST = {"build_requirements": ["setuptools==80.9.0"], "filename": "foo-1.0.tar.gz", "sha256": _A}

def _good_test_impl(ctx):
    """A good lock is handed on as it is; no lock is an empty one."""
    env = unittest.begin(ctx)
    lock = parse_build_lock(_lock({"foo==1.0": _SDIST}, {"setuptools==80.9.0": _WHEEL}), "b.json")
    asserts.equals(env, "", lock.error)
    asserts.equals(env, {"foo==1.0": _SDIST}, lock.sdists)
    asserts.equals(env, {"setuptools==80.9.0": _WHEEL}, lock.wheels)
    asserts.equals(env, {}, lock.cycles)
    asserts.equals(env, {}, parse_build_lock(None, "").sdists)
    asserts.equals(env, {}, parse_build_lock(None, "").cycles)
    asserts.equals(env, {"a": ["b[x]"], "b": ["a"]}, parse_build_lock(_lock(cycles = {"a": ["b[x]"], "b": ["a"]}), "b.json").cycles)
    return unittest.end(env)

good_test = unittest.make(_good_test_impl)

def _errors_test_impl(ctx):
    """Every error names the file and the dotted place."""
    env = unittest.begin(ctx)
    again = " To fix: rm b.json && run it"
    for text, expected in [
        ("[]", "(top): is not a JSON object; expected a build lock." + again),
        ("nonsense", "(top): is not a JSON object; expected a build lock." + again),
        (_lock(version = 2), "build_lock_version: is 2; expected 1." + again),
        ("{}", "build_lock_version: is None; expected 1." + again),
        (_lock([]), "sdists: is a list; expected an object."),
        (
            _lock({"Foo==1.0": _SDIST}),
            "sdists[\"Foo==1.0\"]: is not a key; expected normalized-name==version.",
        ),
        (_lock({"foo": _SDIST}), "sdists[\"foo\"]: is not a key; expected normalized-name==version."),
        (_lock({"foo==1.0": 7}), "sdists[\"foo==1.0\"]: is a int; expected an object."),
        (
            _lock({"foo==1.0": {"filename": "foo-1.0.tar.gz"}}),
            "sdists[\"foo==1.0\"].sha256: is None; expected 64 lower-case hexadecimal digits.",
        ),
        (
            _lock({"foo==1.0": _SDIST | {"sha256": "A" * 64}}),
            "sdists[\"foo==1.0\"].sha256: is \"{}\"; expected 64 lower-case hexadecimal digits.".format("A" * 64),
        ),
        (
            _lock({"foo==1.0": _SDIST | {"filename": "../foo.tar.gz"}}),
            "sdists[\"foo==1.0\"].filename: is \"../foo.tar.gz\"; expected a file name without a folder.",
        ),
        (
            _lock({"foo==1.0": _SDIST | {"build_requirements": "setuptools"}}),
            "sdists[\"foo==1.0\"].build_requirements: is \"setuptools\"; expected a list of strings.",
        ),
        (
            _lock({"foo==1.0": _SDIST | {"top_level": "foo"}}),
            "sdists[\"foo==1.0\"].top_level: is \"foo\"; expected a list of strings.",
        ),
        (
            _lock({"foo==1.0": _SDIST | {"host_tools": [1]}}),
            "sdists[\"foo==1.0\"].host_tools: is [1]; expected a list of strings.",
        ),
        (
            _lock({"foo==1.0": _SDIST}),
            "sdists[\"foo==1.0\"].build_requirements[0]: names \"setuptools==80.9.0\", which is neither in \"wheels\" " +
            "nor in \"sdists\" of this file.",
        ),
        (
            _lock(wheels = {"a==1": {"filename": "a-1.tar.gz", "sha256": _A}}),
            "wheels[\"a==1\"].filename: is \"a-1.tar.gz\"; expected a name that ends in .whl.",
        ),
        (
            _lock(wheels = {"setuptools==80.9.0": _WHEEL | {"seed": "yes"}}),
            "wheels[\"setuptools==80.9.0\"].seed: is \"yes\"; expected true or false.",
        ),
        (_lock(cycles = []), "cycles: is a list; expected an object."),
        (_lock(cycles = {"A_b": []}), "cycles[\"A_b\"]: is not a key; expected a normalized name."),
        (_lock(cycles = {"a==1": []}), "cycles[\"a==1\"]: is not a key; expected a normalized name."),
        (_lock(cycles = {"a": "b"}), "cycles.a: is \"b\"; expected a list of strings."),
    ]:
        asserts.equals(env, "b.json: " + expected.removesuffix(again) + again, parse_build_lock(text, "b.json", "rm b.json && run it").error)
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def _cycle_test_impl(ctx):
    """Sdists that need each other to be built are refused; a chain is not, nor a cycle that a wheel breaks."""
    env = unittest.begin(ctx)

    def sdist(*needs):
        return {"build_requirements": list(needs), "filename": "x-1.tar.gz", "sha256": _A}

    chain = {"a==1": sdist("b==1"), "b==1": sdist("c==1"), "c==1": sdist()}
    asserts.equals(env, "", parse_build_lock(_lock(chain), "b.json").error)
    asserts.equals(
        env,
        "b.json: sdists: a==1, b==1 need each other to be built; expected no cycle. " +
        "To fix: lock a wheel of one of them, as 'reprowheel lock --from-source' does.",
        parse_build_lock(_lock({"a==1": sdist("b==1"), "b==1": sdist("a==1"), "c==1": sdist()}), "b.json").error,
    )
    wheel = {"b==1": {"filename": "b-1-py3-none-any.whl", "sha256": _A}}
    asserts.equals(env, "", parse_build_lock(_lock({"a==1": sdist("b==1"), "b==1": sdist("a==1")}, wheel), "b.json").error)
    return unittest.end(env)

cycle_test = unittest.make(_cycle_test_impl)

def _from_source_test_impl(ctx):
    """With `from_source`, builds may use wheels only as seeds. The first other wheel is named, with its file."""
    env = unittest.begin(ctx)
    seed = {"a==1": {"filename": "a-1-py3-none-any.whl", "seed": True, "sha256": _A}}
    plain = {"b==1": {"filename": "b-1-py3-none-any.whl", "seed": False, "sha256": _A}}
    for wheels, expected in [
        ({}, ""),
        (seed, ""),
        (plain | seed | {"setuptools==80.9.0": _WHEEL}, "from_source = True, but b.json: wheels[\"b==1\"] (b-1-py3-none-any.whl) " +
                                                        "is no seed; expected an sdist of every build requirement"),
    ]:
        lock = parse_build_lock(_lock({}, wheels), "b.json")
        asserts.equals(env, "", lock.error)
        asserts.equals(env, expected, from_source_error(lock, "b.json"))
    return unittest.end(env)

from_source_test = unittest.make(_from_source_test_impl)

def _unlocked_test_impl(ctx):
    """No lock is named, it does not exist, it has no entry: each is said."""
    env = unittest.begin(ctx)
    asserts.equals(env, "no build lock says with which build requirements", unlocked_text(NO_BUILD_LOCK, ""))
    asserts.equals(env, "b.json does not exist", unlocked_text(parse_build_lock(None, "b.json"), "b.json"))
    asserts.equals(env, "b.json has no entry for it", unlocked_text(parse_build_lock(_lock(), "b.json"), "b.json"))
    return unittest.end(env)

unlocked_test = unittest.make(_unlocked_test_impl)

def build_lock_test_suite(name):
    unittest.suite(name, unlocked_test, good_test, errors_test, cycle_test, from_source_test)
