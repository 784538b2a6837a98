"""Tests of //python/private/lock:pylock.bzl and of //python/private/spec: environments.bzl, marker_text.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (what the subject returns)
load("//python/private/lock:locked.bzl", "locked_distribution", "locked_file", "parsed_lock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:pylock.bzl", "parse_pylock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:environments.bzl", "environment_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:marker_text.bzl", "all_of", "any_of", "fold_marker")

_A = "a" * 64
_B = "b" * 64
_COMMIT = "0123456789abcdef0123456789abcdef01234567"

def _lock(packages, **kwargs):
    return {"lock-version": "1.0", "packages": packages} | kwargs

def _hashes(digest = _A):
    return {"sha256": digest}

_INDEX = "https://example.org/simple"

# A package as the file has it, and what it means.
_PACKAGES = [
    (
        {
            "index": _INDEX,
            "marker": "'cli' in extras and os_name == 'nt'",
            "name": "one",
            "sdist": {"hashes": _hashes(_B), "name": "one-1.tar.gz", "url": "https://example.org/x"},
            "version": "1",
            "wheels": [{"hashes": _hashes() | {"md5": "0"}, "url": "https://example.org/one-1-py3-none-any.whl#x"}],
        },
        dict(
            files = [
                locked_file("one-1-py3-none-any.whl", _A, "https://example.org/one-1-py3-none-any.whl#x"),
                locked_file("one-1.tar.gz", _B, "https://example.org/x"),
            ],
            hashes = [_A, _B],
            marker = "os_name == 'nt'",
            version = "1",
        ),
    ),
    (
        {
            "dependencies": [{"name": "one", "version": "1"}, {"name": "three"}],
            "index": "https://example.org/other",
            "name": "two",
            "requires-python": ">=3.9",
            "version": "2",
            "wheels": [{"hashes": _hashes(), "path": "wheels/two-2-py3-none-any.whl"}],
        },
        dict(
            files = [locked_file("two-2-py3-none-any.whl", _A, "d/wheels/two-2-py3-none-any.whl")],
            hashes = [_A],
            index = "https://example.org/other",
            requires_dist = ["one==1", "three"],
            requires_python = ">=3.9",
            version = "2",
        ),
    ),
    (
        {
            "index": _INDEX,
            "marker": "'dev' in dependency_groups",
            "name": "three",
            "version": "3",
            "wheels": [{"hashes": _hashes(), "path": "/w/three-3-py3-none-any.whl"}],
        },
        dict(files = [locked_file("three-3-py3-none-any.whl", _A, "file:///w/three-3-py3-none-any.whl")], hashes = [_A], version = "3"),
    ),
    (
        {"archive": {"hashes": _hashes(), "subdirectory": "s", "url": "https://example.org/four-4.0.zip"}, "name": "Four"},
        dict(
            files = [locked_file("four-4.0.zip", _A, "https://example.org/four-4.0.zip")],
            hashes = [_A],
            name = "four",
            source = "url",
            subdirectory = "s",
            url = "https://example.org/four-4.0.zip",
            version = "4.0",
        ),
    ),
    (
        {"archive": {"hashes": _hashes(), "path": "../five.zip"}, "name": "five"},
        dict(hashes = [_A], path = "five.zip", source = "path"),
    ),
    (
        {"name": "six", "vcs": {"commit-id": _COMMIT, "subdirectory": "s", "type": "git", "url": "https://example.org/six.git"}, "version": "6"},
        dict(commit = _COMMIT, source = "git", subdirectory = "s", url = "https://example.org/six.git", version = "6"),
    ),
    (
        {"directory": {"path": "./seven", "subdirectory": "s"}, "name": "seven"},
        dict(path = "d/seven", source = "path", subdirectory = "s"),
    ),
    (
        {"marker": "'other' in extras", "name": "eight", "version": "8", "wheels": [{"hashes": _hashes(), "name": "eight-8-py3-none-any.whl"}]},
        None,
    ),
]

def _entries_test_impl(ctx):
    """Each kind of source, extras and groups, and which index a package must come from."""
    env = unittest.begin(ctx)
    lock = _lock([package for package, _ in _PACKAGES], **{
        "default-groups": ["dev"],
        "environments": ["os_name == 'nt'"],
        "extras": ["cli"],
        "requires-python": ">=3.9",
    })
    parsed = parse_pylock(lock, "d/pylock.toml", extras = ["CLI"])
    asserts.equals(env, parsed_lock(
        entries = [
            locked_distribution(**(dict(
                name = package["name"],
                where = "d/pylock.toml: packages[{}] ({})".format(index, package["name"]),
            ) | fields))
            for index, (package, fields) in enumerate(_PACKAGES)
            if fields
        ],
        environments = ["os_name == 'nt'"],
        index_url = _INDEX,
        requires_python = ">=3.9",
    ), parsed)
    none = [entry.name for entry in parse_pylock(lock, "d/pylock.toml", groups = []).entries]
    asserts.equals(env, ["two", "four", "five", "six", "seven"], none)
    return unittest.end(env)

entries_test = unittest.make(_entries_test_impl)

_WHEEL = {"hashes": _hashes(), "url": "https://example.org/foo-1-py3-none-any.whl"}
_FOO = {"name": "foo", "version": "1", "wheels": [_WHEEL]}
_SHA = "; expected a sha256. To fix: lock again with an index that gives sha256 hashes."

_ERRORS = [
    ({"lock-version": "2.0"}, "lock-version: is \"2.0\"; expected \"1.0\"."),
    (_lock({}), "packages: is {}; expected an array of tables."),
    (_lock([1]), "packages[0]: is 1; expected a table."),
    (_lock([], environments = ["x"]), "environments: marker 'x' has 'x' where a variable, a string or an operator is expected"),
    (_lock([], **{"requires-python": "x"}), "requires-python: \"x\" is not a version specifier."),
    (_lock([{"name": 1}]), "packages[0].name: is 1; expected a text."),
    (_lock([{}]), "packages[0].name: is None; expected a distribution's name."),
    (_lock([{"name": "foo"}]), "packages[0] (foo): has no source; expected exactly one of vcs, directory, archive, or sdist and " +
                               "wheels. To fix: lock again."),
    (_lock([_FOO | {"archive": {}}]), "packages[0] (foo): has archive and index; expected exactly one of vcs, directory, archive, " +
                                      "or sdist and wheels. To fix: lock again."),
    (_lock([_FOO | {"version": ""}]), "packages[0] (foo).version: is missing; expected the version of the files. To fix: lock again."),
    (_lock([_FOO | {"marker": "extra = 'x'"}]), "packages[0] (foo).marker: marker 'extra = 'x'' has '=' where a variable, " +
                                                "a string or an operator is expected"),
    (_lock([_FOO | {"requires-python": "3"}]), "packages[0] (foo).requires-python: \"3\" is not a version specifier."),
    (_lock([_FOO | {"dependencies": [{}]}]), "packages[0] (foo).dependencies[0].name: is None; expected a distribution's name."),
    (_lock([_FOO | {"wheels": [_WHEEL, {"url": "x"}]}]), "packages[0] (foo).wheels[1].hashes: has no hash" + _SHA),
    (_lock([_FOO | {"sdist": {"hashes": {"sha512": "0"}, "url": "x"}}]), "packages[0] (foo).sdist.hashes: has only a hash of sha512" + _SHA),
    (_lock([_FOO | {"wheels": [{"hashes": {"sha256": "0"}}]}]), "packages[0] (foo).wheels[0].hashes: has the sha256 \"0\"; " +
                                                                "expected 64 lower-case hexadecimal digits."),
    (_lock([_FOO | {"wheels": [{"hashes": _hashes()}]}]), "packages[0] (foo).wheels[0]: has neither name nor url nor path; " +
                                                          "expected one of them. To fix: lock again."),
    (_lock([{"name": "foo", "vcs": {"type": "hg"}}]), "packages[0] (foo).vcs.type: is \"hg\"; expected \"git\"."),
    (_lock([{"name": "foo", "vcs": {"path": "x", "type": "git"}}]), "packages[0] (foo).vcs.url: is missing; expected the " +
                                                                    "repository's address, as a path is not the same everywhere."),
    (
        _lock([{"name": "foo", "vcs": {"requested-revision": "main", "type": "git", "url": "https://example.org/foo"}}]),
        "packages[0] (foo).vcs.commit-id: foo: git+https://example.org/foo names 'main', which can move; expected @ and a full " +
        "commit of 40 hexadecimal digits. To fix: write the commit that 'git ls-remote https://example.org/foo main' prints.",
    ),
    (
        _lock([{"directory": {"editable": True, "path": "."}, "name": "foo"}]),
        "packages[0] (foo).directory.editable: foo is editable: it points into a source tree, which has no fixed content. To fix: " +
        "depend on its sources as a Bazel target and leave it out of the lock ('uv export' does with --no-emit-project or " +
        "--no-emit-workspace).",
    ),
    (
        _lock([{"directory": {"path": "../foo"}, "name": "foo"}]),
        "packages[0] (foo).directory.path: \"../foo\" lies outside of the workspace. To fix: move it into the workspace.",
    ),
    (
        _lock([{"archive": {"hashes": _hashes(), "path": "../foo-1.zip"}, "name": "foo"}]),
        "packages[0] (foo).archive: has the path \"../foo-1.zip\", which lies outside of the workspace. To fix: move it there.",
    ),
]

def _errors_test_impl(ctx):
    """Every refusal names the file, the dotted place, the value, and what to do."""
    env = unittest.begin(ctx)
    for content, message in _ERRORS:
        parsed = parse_pylock(content, "pylock.toml")
        asserts.equals(env, "pylock.toml: " + message, parsed.error)
        asserts.equals(env, [], parsed.entries)
    asserts.equals(
        env,
        "pylock.toml: extras: 'x' is not there; expected one of: y.",
        parse_pylock(_lock([], extras = ["y"]), "pylock.toml", extras = ["x"]).error,
    )
    asserts.equals(
        env,
        "pylock.toml: dependency-groups: 'x' is not there; expected one of: (none).",
        parse_pylock(_lock([]), "pylock.toml", groups = ["x"]).error,
    )
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

_WANTED = {"extra": ["extra-3-app-cpu"], "extras": ["a"]}

def _markers_test_impl(ctx):
    """What is known is answered; the rest keeps its meaning."""
    env = unittest.begin(ctx)
    for marker, expected in {
        "": "",
        "'A' in extras": "",
        "'a' not in extras or 'b' in extras": None,
        "'b' in extras and os_name == 'nt'": None,
        "'b' in extras or os_name == 'nt'": "os_name == 'nt'",
        "(os_name == 'nt' or 'b' in extras) and (python_version < '3' or os_name != \"x'y\")": "os_name == 'nt' and (" +
                                                                                               "python_version < '3' or os_name != \"x'y\")",
        "dependency_groups": "dependency_groups",
        "extra == 'extra-3-app-cpu' and extra != 'extra-3-app-gpu'": "",
        "os_name == 'nt' and (extra == 'extra-3-app-gpu' or 'x' in sys_platform)": "os_name == 'nt' and 'x' in sys_platform",
        "os_name not in 'nt' or 'a' in extras and os_name == 'x' and 'b' not in extras": "os_name not in 'nt' or os_name == 'x'",
    }.items():
        asserts.equals(env, expected, fold_marker(marker, _WANTED))
    asserts.equals(env, "a == 'b' and (c == 'd' or e == 'f')", all_of(["a == 'b'", "", "c == 'd' or e == 'f'", "a == 'b'"]))
    asserts.equals(env, "", all_of(["", ""]))
    asserts.equals(env, "", any_of(["a == 'b'", ""]))
    asserts.equals(env, "(a == 'b') or (c == 'd')", any_of(["a == 'b'", "c == 'd'", "a == 'b'"]))
    return unittest.end(env)

markers_test = unittest.make(_markers_test_impl)

_ENVIRONMENT = {"platform_machine": "x86_64", "python_full_version": "3.12.0", "python_version": "3.12", "sys_platform": "linux"}

def _environments_test_impl(ctx):
    """A lock for other Pythons or platforms is refused; the patch number of a Python does not count."""
    env = unittest.begin(ctx)
    for parsed, expected in [
        (parsed_lock(environments = ["sys_platform == 'linux'"], requires_python = ">=3.12.4,<4"), ""),
        (
            parsed_lock(requires_python = ">=3.13"),
            "uv.lock: is for Python >=3.13; expected a lock for Python 3.12. To fix: lock again, or choose another python_version.",
        ),
        (
            parsed_lock(environments = ["sys_platform == 'win32'", "sys_platform == 'darwin'"]),
            "uv.lock: is for the environments sys_platform == 'win32' | sys_platform == 'darwin'; expected one that includes " +
            "linux x86_64. To fix: lock again for that platform, or leave it out.",
        ),
        (
            parsed_lock(entries = [
                locked_distribution(marker = "sys_platform == 'win32'", name = "foo", requires_python = "<3", where = "uv.lock: p[0]"),
                locked_distribution(name = "bar", requires_python = "<3", where = "uv.lock: p[1]"),
            ]),
            "uv.lock: p[1]: bar is for Python <3; expected one for Python 3.12. To fix: lock again with that Python.",
        ),
    ]:
        asserts.equals(env, expected, environment_error(parsed, _ENVIRONMENT, "uv.lock"))
    return unittest.end(env)

environments_test = unittest.make(_environments_test_impl)

def pylock_test_suite(name):
    unittest.suite(name, entries_test, errors_test, markers_test, environments_test)
