"""Tests of //python/private/lock:uv_lock.bzl, uv_source.bzl and uv_graph.bzl; real files: formats_tests.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (what the subject returns)
load("//python/private/lock:locked.bzl", "locked_distribution", "locked_file")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:uv_lock.bzl", "parse_uv_lock")

_A = "a" * 64
_B = "b" * 64
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_INDEX = "https://example.org/simple"

def _file(name, digest = _A):
    return {"hash": "sha256:" + digest, "url": "https://example.org/p/" + name}

def _package(name, version = "1", **kwargs):
    return {"name": name, "source": {"registry": _INDEX}, "version": version, "wheels": [
        _file("{}-{}-py3-none-any.whl".format(name, version)),
    ]} | {key.replace("_", "-"): value for key, value in kwargs.items()}

def _app(*dependencies, **kwargs):
    return {"dependencies": list(dependencies), "name": "app", "source": {"virtual": "."}} | {
        key.replace("_", "-"): value
        for key, value in kwargs.items()
    }

def _lock(*packages, **kwargs):
    return {"package": list(packages), "version": 1} | {key.replace("_", "-"): value for key, value in kwargs.items()}

# A package as the file has it, and what it means.
_SOURCES = [
    (
        {"sdist": {"hash": "sha256:" + _B, "path": "one-1.tar.gz"}, "source": {"registry": "wheels"}, "version": "1", "wheels": [
            {"hash": "sha256:" + _A, "path": "one-1-py3-none-any.whl"},
        ]},
        dict(files = [
            locked_file("one-1-py3-none-any.whl", _A, "d/wheels/one-1-py3-none-any.whl"),
            locked_file("one-1.tar.gz", _B, "d/wheels/one-1.tar.gz"),
        ], hashes = [_A, _B], version = "1"),
    ),
    (
        {"source": {"registry": "https://example.org/other"}, "version": "1", "wheels": [_file("one-1-py3-none-any.whl")]},
        dict(
            files = [locked_file("one-1-py3-none-any.whl", _A, "https://example.org/p/one-1-py3-none-any.whl")],
            hashes = [_A],
            index = "https://example.org/other",
            version = "1",
        ),
    ),
    (
        {"source": {"registry": "/w"}, "version": "1", "wheels": [{"hash": "sha256:" + _A, "path": "one-1-py3-none-any.whl"}]},
        dict(files = [locked_file("one-1-py3-none-any.whl", _A, "file:///w/one-1-py3-none-any.whl")], hashes = [_A], version = "1"),
    ),
    (
        {"source": {"git": "https://example.org/one.git?subdirectory=a%2Db&rev=main#" + _COMMIT}, "version": "1"},
        dict(commit = _COMMIT, source = "git", subdirectory = "a-b", url = "https://example.org/one.git", version = "1"),
    ),
    (
        {"sdist": {"hash": "sha256:" + _A}, "source": {"subdirectory": "s", "url": "https://example.org/one-1.zip"}, "version": "1"},
        dict(hashes = [_A], source = "url", subdirectory = "s", url = "https://example.org/one-1.zip", version = "1"),
    ),
    (
        {"source": {"path": "../one-1-py3-none-any.whl"}, "version": "1", "wheels": [
            {"filename": "one-1-py3-none-any.whl", "hash": "sha256:" + _A},
        ]},
        dict(hashes = [_A], path = "one-1-py3-none-any.whl", source = "path", version = "1"),
    ),
    (
        {"source": {"directory": "libs/one"}},
        dict(path = "d/libs/one", source = "path"),
    ),
]

def _sources_test_impl(ctx):
    """Each kind of source; paths are relative to the lock's folder."""
    env = unittest.begin(ctx)
    main = [_package(name) for name in ["x", "y", "z"]]
    for package, fields in _SOURCES:
        lock = _lock(_app({"name": "one"}), package | {"name": "one"}, *main)
        parsed = parse_uv_lock(lock, "d/uv.lock")
        asserts.equals(env, "", parsed.error)
        asserts.equals(env, [
            locked_distribution(**(dict(name = "one", requires_dist = [], where = "d/uv.lock: package[1] (one)") | fields)),
        ], parsed.entries)
        asserts.equals(env, _INDEX, parsed.index_url)
    return unittest.end(env)

sources_test = unittest.make(_sources_test_impl)

def _summary(lock, **kwargs):
    parsed = parse_uv_lock(lock, "uv.lock", **kwargs)
    return parsed.error or {
        entry.name + "==" + entry.version + ("[" + ",".join(entry.extras) + "]" if entry.extras else ""): entry.marker
        for entry in parsed.entries
    }

def _markers_test_impl(ctx):
    """A package is needed if any path of dependencies to it applies. Cycles end. A package that nobody needs is left out."""
    env = unittest.begin(ctx)
    lock = _lock(
        _app({"marker": "os_name == 'nt'", "name": "a"}, {"extra": ["x"], "name": "b"}, {"marker": "sys_platform == 'w'", "name": "e"}),
        _package("a", dependencies = [{"name": "b"}, {"name": "c"}, {"marker": "python_version < '3'", "name": "d"}]),
        _package("b", dependencies = [{"name": "b"}], optional_dependencies = {"X": [{"name": "e"}], "y": [{"name": "c"}]}),
        _package("c", dependencies = [{"name": "a"}, {"name": "d"}]),
        _package("d", dependencies = [{"extra": ["y"], "marker": "os_name == 'q' or os_name == 'r'", "name": "b"}]),
        _package("e"),
        _package("f"),
    )
    asserts.equals(env, {
        "a==1": "os_name == 'nt'",
        "b==1[x,y]": "",
        "c==1": "os_name == 'nt'",
        "d==1": "os_name == 'nt'",
        "e==1": "",
    }, _summary(lock))
    return unittest.end(env)

markers_test = unittest.make(_markers_test_impl)

def _forks_test_impl(ctx):
    """Several versions of a package have markers that exclude each other."""
    env = unittest.begin(ctx)
    old = ["python_version < '3' and os_name == 'nt'", "python_version < '3' and os_name != 'nt'"]
    lock = _lock(
        _app({"name": "a", "version": "1"}, {"marker": "python_version >= '3'", "name": "a", "version": "2"}, {"name": "b"}),
        _package("a", resolution_markers = old),
        _package("a", "2", resolution_markers = ["python_version >= '3'"]),
        _package("b", resolution_markers = ["os_name == 'one'"]),
    )
    asserts.equals(env, {
        "a==1": "(python_version < '3' and os_name == 'nt') or (python_version < '3' and os_name != 'nt')",
        "a==2": "python_version >= '3'",
        "b==1": "",
    }, _summary(lock))
    return unittest.end(env)

forks_test = unittest.make(_forks_test_impl)

def _wanted_test_impl(ctx):
    """Extras and groups of all members, those that conflict, and requirements without a project."""
    env = unittest.begin(ctx)
    lock = _lock(
        _app(
            {"marker": "extra == 'extra-3-app-cpu'", "name": "a"},
            {"marker": "extra == 'extra-3-app-gpu' or os_name == 'nt'", "name": "b"},
            dev_dependencies = {"dev": [{"name": "c"}]},
            metadata = {"provides-extras": ["empty"]},
            optional_dependencies = {"cpu": [{"name": "d"}], "gpu": [{"name": "e"}]},
        ),
        {"dependencies": [{"name": "app"}, {"name": "f"}], "name": "lib", "source": {"editable": "libs/lib"}},
        manifest = {"members": ["app", "lib"]},
        *[_package(name) for name in ["a", "b", "c", "d", "e", "f"]]
    )
    asserts.equals(env, {"b==1": "os_name == 'nt'", "f==1": ""}, _summary(lock))
    asserts.equals(env, {"a==1": "", "b==1": "os_name == 'nt'", "c==1": "", "d==1": "", "f==1": ""}, _summary(
        lock,
        extras = ["CPU", "empty"],
        groups = ["dev"],
    ))
    asserts.equals(env, "uv.lock: 'x' is no extra of a locked project; expected one of: cpu, empty, gpu.", _summary(lock, extras = ["x"]))
    asserts.equals(env, "uv.lock: 'x' is no dependency group of a locked project; expected one of: dev.", _summary(lock, groups = ["x"]))
    script = _lock(_package("a"), _package("a", "2"), _package("b"), manifest = {
        "dependency-groups": {"test": [{"name": "b"}]},
        "requirements": [{"marker": "os_name == 'nt'", "name": "a", "specifier": ">=2"}],
    })
    asserts.equals(env, {"a==2": "os_name == 'nt'"}, _summary(script))
    asserts.equals(env, {"a==2": "os_name == 'nt'", "b==1": ""}, _summary(script, groups = ["test"]))
    return unittest.end(env)

wanted_test = unittest.make(_wanted_test_impl)

_FOO = _app({"name": "foo"})
_SHA = "; expected a sha256. To fix: lock again with an index that gives sha256 hashes."
_VARIABLE = " where a variable, a string or an operator is expected"

_ERRORS = [
    ({"version": 2}, "version: is 2; expected 1. To fix: lock with a uv that writes version 1."),
    (_lock(), "has no project of its own and no requirements; expected a source of virtual or editable \".\", or [manifest]."),
    (_lock(1), "package[0]: is 1; expected a table."),
    (_lock(supported_markers = ["x"]), "supported-markers: marker 'x' has 'x'" + _VARIABLE),
    (_lock(requires_python = "x"), "requires-python: \"x\" is not a version specifier."),
    (_lock({"name": "f/o"}), "package[0].name: is \"f/o\"; expected a distribution's name."),
    (_lock({"name": "foo"}), "package[0].source: is {}; expected one of directory, editable, git, path, registry, url, virtual."),
    (_lock({"name": "foo", "source": {"registry": 1}}), "package[0].source.registry: is 1; expected a text."),
    (_lock(_app({"name": 1})), "package[0].dependencies[0].name: is 1; expected a text."),
    (_lock(_app(optional_dependencies = {"x": [{}]})), "package[0].optional-dependencies.x[0].name: is None; " +
                                                       "expected a distribution's name."),
    (_lock(_app({"marker": "x", "name": "foo"})), "package[0].dependencies[0].marker: marker 'x' has 'x'" + _VARIABLE),
    (_lock(_package("foo", resolution_markers = ["x"])), "package[0].resolution-markers[0]: marker 'x' has 'x'" + _VARIABLE),
    (_lock(manifest = {"requirements": [1]}), "manifest.requirements[0]: is 1; expected a table."),
    (_lock(_FOO, _package("foo", wheels = [])), "package[1] (foo): has neither sdist nor wheels; expected a file. To fix: lock again."),
    (_lock(_FOO, _package("foo", sdist = {"url": "x"})), "package[1] (foo).sdist: has no hash" + _SHA),
    (_lock(_FOO, _package("foo", sdist = {"hash": "md5:0", "url": "x"})), "package[1] (foo).sdist: has only a hash of md5" + _SHA),
    (_lock(_FOO, _package("foo", wheels = [{"hash": "sha256:0", "url": "x"}])), "package[1] (foo).wheels[0]: has the sha256 \"0\"; " +
                                                                                "expected 64 lower-case hexadecimal digits."),
    (
        _lock(_FOO, _package("foo", source = {"git": "https://example.org/foo?branch=main#"})),
        "package[1] (foo).source.git: foo: git+https://example.org/foo names 'main', which can move; expected @ and a full commit " +
        "of 40 hexadecimal digits. To fix: write the commit that 'git ls-remote https://example.org/foo main' prints.",
    ),
    (
        _lock(_FOO, {"name": "foo", "source": {"url": "https://example.org/foo.zip"}}),
        "package[1] (foo): has no hash of https://example.org/foo.zip; expected one in sdist or wheels. To fix: lock again.",
    ),
    (
        _lock(_FOO, _package("foo", source = {"directory": "../x"})),
        "package[1] (foo).source.directory: \"../x\" lies outside of the workspace. To fix: move it into the workspace.",
    ),
    (
        _lock(_FOO, _package("foo", dependencies = [{"name": "app"}])),
        "package[1] (foo): needs app, which is a project of the workspace itself and no distribution. " +
        "To fix: lock it as a path that is not editable.",
    ),
]

def _errors_test_impl(ctx):
    """Every refusal names the file, the dotted place, the value, and what to do."""
    env = unittest.begin(ctx)
    for content, message in _ERRORS:
        parsed = parse_uv_lock(content, "uv.lock")
        asserts.equals(env, "uv.lock: " + message, parsed.error)
        asserts.equals(env, [], parsed.entries)
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def uv_lock_test_suite(name):
    unittest.suite(name, sources_test, markers_test, forks_test, wanted_test, errors_test)
