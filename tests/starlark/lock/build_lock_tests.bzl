"""Tests of //python/private/lock:build_lock.bzl, crate_entries.bzl and crate_repositories.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:build_lock.bzl", "NO_BUILD_LOCK", "from_source_error", "parse_build_lock", "unlocked_text")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:crate_repositories.bzl", "crate_label", "crates_of_sdist", "merge_crates")

_A = "a" * 64

def _lock(sdists = {}, wheels = {}, version = 1, **more):
    return json.encode({"build_lock_version": version, "sdists": sdists, "wheels": wheels} | more)

_WHEEL = {"filename": "setuptools-80.9.0-py3-none-any.whl", "sha256": _A}
_SDIST = {"build_requirements": ["setuptools==80.9.0"], "filename": "foo-1.0.tar.gz", "sha256": _A}

# An sdist that needs nothing to be built.
_PLAIN = {"filename": "foo-1.0.tar.gz", "sha256": _A}

_COMMIT = "c" * 40
_GIT = "git+https://git.example/it.git?branch=main#" + _COMMIT

def _crates_test_impl(ctx):
    """One repository for each archive: crates of a commit share it, and so do all sdists; what is behind a name never changes."""
    env = unittest.begin(ctx)
    crates = {
        "a-b==1.0.0+x": {"sha256": _A},
        "one==0.1.0 ({})".format(_GIT): {"sha256": "b" * 64, "source": _GIT},
        "private==2.0 (sparse+https://r.example/)": {"sha256": _A, "source": "sparse+https://r.example/"},
        "two==0.1.0 ({})".format(_GIT): {"sha256": "b" * 64, "source": _GIT},
    }
    lock = parse_build_lock(_lock({"foo==1.0": _PLAIN | {"rust": {"crates": sorted(crates)}}}, crates = crates), "b.json")
    asserts.equals(env, "", lock.error)
    asserts.equals(env, crates, lock.crates)
    made = crates_of_sdist(lock, lock.sdists["foo==1.0"], "b.json")
    asserts.equals(env, [
        "@reprowheel_crate_a_b_1_0_0_x_aaaaaaaaaaaa//:a-b-1.0.0+x.crate",
        "@reprowheel_crate_it_cccccccccccc_bbbbbbbbbbbb//:it-{}.tar.gz".format(_COMMIT),
        "@reprowheel_crate_private_2_0_aaaaaaaaaaaa//:private-2.0.crate",
    ], [crate_label(crate) for crate in made])
    asserts.equals(env, ["", "", "sparse+https://r.example/"], [crate.get("registry", "") for crate in made])
    asserts.equals(env, ("https://git.example/it.git", _COMMIT), (made[1]["url"], made[1]["commit"]))
    asserts.equals(env, "b.json: crates[\"a-b==1.0.0+x\"]", made[0]["where"])
    asserts.equals(env, [], crates_of_sdist(lock, _PLAIN, "b.json"))
    found = {}
    merge_crates(found, [made[0] | {"crate_indexes": ["https://a.example"], "netrc": "/n"}])
    merge_crates(found, [made[0] | {"where": "other.json"}, made[0] | {"crate_indexes": ["https://b.example", "https://a.example"]}])
    asserts.equals(env, [made[0] | {"crate_indexes": ["https://a.example", "https://b.example"], "netrc": "/n"}], found.values())
    return unittest.end(env)

crates_test = unittest.make(_crates_test_impl)

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
        (_lock(crates = []), "crates: is a list; expected an object."),
        (_lock(crates = {"itoa": {}}), "crates[\"itoa\"]: is not a key; expected NAME==VERSION, or NAME==VERSION (SOURCE)."),
        (_lock(crates = {"itoa==1": 7}), "crates[\"itoa==1\"]: is a int; expected an object."),
        (_lock(crates = {"itoa==1": {}}), "crates[\"itoa==1\"].sha256: is None; expected 64 lower-case hexadecimal digits."),
        (
            _lock(crates = {"itoa==1": {"sha256": _A, "source": "sparse+https://a.example/"}}),
            "crates[\"itoa==1\"].source: is \"sparse+https://a.example/\"; expected \"\", as in its key.",
        ),
        (
            _lock(crates = {"itoa==1 (path+a)": {"sha256": _A, "source": "path+a"}}),
            "crates[\"itoa==1 (path+a)\"].source: is \"path+a\"; expected one that begins with registry+ or sparse+ or git+.",
        ),
        (
            _lock(crates = {"a==1 (git+https://a.example/a#main)": {"sha256": _A, "source": "git+https://a.example/a#main"}}),
            "crates[\"a==1 (git+https://a.example/a#main)\"].source: is \"git+https://a.example/a#main\"; expected a full commit at its " +
            "end, 40 or 64 hexadecimal digits after '#'.",
        ),
        (_lock({"foo==1.0": _PLAIN | {"rust": True}}), "sdists[\"foo==1.0\"].rust: is a bool; expected an object."),
        (
            _lock({"foo==1.0": _PLAIN | {"rust": {"crates": "itoa==1"}}}),
            "sdists[\"foo==1.0\"].rust.crates: is \"itoa==1\"; expected a list of strings.",
        ),
        (
            _lock({"foo==1.0": _PLAIN | {"rust": {"crates": ["itoa==1"]}}}, crates = {"itoa==2": {"sha256": _A}}),
            "sdists[\"foo==1.0\"].rust.crates[0]: names \"itoa==1\", which is not in \"crates\" of this file.",
        ),
        (
            _lock({"foo==1.0": _PLAIN | {"rust": {"cargo_locks": []}}}),
            "sdists[\"foo==1.0\"].rust.cargo_locks: is a list; expected an object.",
        ),
        (
            _lock({"foo==1.0": _PLAIN | {"rust": {"cargo_locks": {"Cargo.lock": {"sha256": _A}}}}}),
            "sdists[\"foo==1.0\"].rust.cargo_locks[\"Cargo.lock\"]: has no text; expected an object with sha256 and text.",
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
    unittest.suite(name, crates_test, unlocked_test, good_test, errors_test, cycle_test, from_source_test)
