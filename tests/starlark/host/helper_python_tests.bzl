"""Tests of //python/private/host:helper_python.bzl: which interpreter of the host runs the helper."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:helper_python.bzl", "NO_HELPER_ERROR", "find_helper_python", "runs_helper")

def _fits_test_impl(ctx):
    """CPython from 3.11 on runs the helper; another implementation, an older version and an unknown one do not."""
    env = unittest.begin(ctx)
    for version in ["3.11", "3.11.4", "3.14", "3.20", "4.0"]:
        asserts.true(env, runs_helper("cpython", version), version)
    for version in ["", "3", "3.9", "3.10", "3.10.12", "2.7", "3.x"]:
        asserts.false(env, runs_helper("cpython", version), version)
    asserts.false(env, runs_helper("pypy", "3.11"))
    return unittest.end(env)

fits_test = unittest.make(_fits_test_impl)

def _answers(version, implementation = "cpython"):
    facts = {"environment": {"python_version": version}, "implementation": implementation}
    return [{"stdout": json.encode(facts)}]

def _find(own, programs, variable = ""):
    """Searches a host. `own` is the version of its python3; `programs`: name to version, None for one that does not run."""
    rctx = struct(
        getenv = lambda name: variable if name == "REPROWHEEL_HELPER_PYTHON" else None,
        which = lambda name: "/bin/" + name if "/bin/" + name in programs else None,
    )
    return find_helper_python(
        rctx,
        own = struct(answers = _answers(own), path = "/bin/python3"),
        resolve = lambda program: program if programs.get(program) else None,
        ask = lambda path: _answers(programs[path]) if programs.get(path) else [],
    )

def _order_test_impl(ctx):
    """The named one; the host's python3; the newest of the others on PATH that runs and is what its name says; none."""
    env = unittest.begin(ctx)
    many = {"/bin/python3.10": "3.10", "/bin/python3.11": "3.11", "/bin/python3.13": "3.13", "/bin/python3.14": None, "/bin/python3.15": "3.8"}
    for own, programs, variable, expected in [
        ("3.12", many, "", "/bin/python3"),
        ("3.9", many, "", "/bin/python3.13"),
        ("3.9", {"/bin/python3.10": "3.10"}, "", None),
        ("3.12", many, "/bin/python3.11", "/bin/python3.11"),
        ("3.9", many, "/bin/python3.11", "/bin/python3.11"),
    ]:
        found = _find(own, programs, variable)
        asserts.equals(env, ("", expected), (found.error, found.path))
        asserts.equals(env, expected != None, bool(found.answers))
    fix = "; expected the absolute path of a CPython 3.11 or newer."
    for variable, said in {
        "/bin/none": "does not run",
        "/bin/python3.10": "is Python 3.10",
        "/bin/python3.14": "does not run",
        "python3.13": "does not run",
    }.items():
        asserts.equals(env, "@reprowheel_host: REPROWHEEL_HELPER_PYTHON={} {}{}".format(variable, said, fix), _find("3.12", many, variable).error)
    asserts.equals(
        env,
        "the helper of rules_reprowheel needs CPython 3.11 or newer where actions run; the Python toolchains have none, and nor " +
        "has PATH. To fix: put python3.11 or newer on PATH, or add to .bazelrc: " +
        "common --repo_env=REPROWHEEL_HELPER_PYTHON=/path/of/python3.11",
        NO_HELPER_ERROR,
    )
    return unittest.end(env)

order_test = unittest.make(_order_test_impl)

def helper_python_test_suite(name):
    unittest.suite(name, fits_test, order_test)
