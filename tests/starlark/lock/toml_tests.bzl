"""Tests of //python/private/lock:toml.bzl: what becomes of the reader's answer; the reader: tests/reprowheel/requirements/tables."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (what the subject returns)
load("//python/private/lock:locked.bzl", "locked_distribution", "locked_file", "parsed_lock")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:toml.bzl", "read_toml")

def _read(answer, pythons = {"python3": "/bin/python3"}, stderr = "too old", named = None, **request):
    """Reads a lock where a Python gives an answer; None for a Python that cannot; returns (lock, programs that ran)."""
    ran = []

    def _execute(command, **_kwargs):
        ran.append([str(part) for part in command[:1] + command[-3:]])
        return struct(return_code = 0 if answer and len(ran) == len(pythons) else 1, stderr = stderr, stdout = json.encode(answer))

    # the reader's folder
    def _path(_label):
        return struct(dirname = struct(dirname = "/tables", get_child = lambda name: name))

    watched = []
    context = struct(execute = _execute, getenv = {"REPROWHEEL_HELPER_PYTHON": named}.get, path = _path, watch = watched.append, which = pythons.get)
    return read_toml(context, "/lock", {"kind": "uv", "where": "d/uv.lock"} | request), ran, watched

def _answer_test_impl(ctx):
    """An answer becomes distributions; the reader is told what is asked, and each of its files is watched."""
    env = unittest.begin(ctx)
    file = {"filename": "a-1.zip", "sha256": "0", "url": "u"}
    entry = {"files": [file], "name": "a", "requires_dist": None, "where": "d/uv.lock: package[0] (a)"}
    answer = {
        "choices": {"one": [0, 1], "two": [1]},
        "entries": [entry],
        "environments": ["m"],
        "index_url": "i",
        "more": [entry | {"name": "b"}],
        "names": ["a"],
        "requires_python": ">=3",
    }
    lock, ran, watched = _read(answer)
    entries = [
        locked_distribution(files = [locked_file(**file)], name = name, where = "d/uv.lock: package[0] (a)")
        for name in ["a", "b"]
    ]
    asserts.equals(env, parsed_lock(
        choices = {"one": entries, "two": entries[1:]},
        entries = entries[:1],
        environments = ["m"],
        exact_edges = True,
        index_url = "i",
        requires_python = ">=3",
    ), lock)
    asserts.equals(env, [["/bin/python3", "/tables", "/lock", "{\"kind\":\"uv\",\"where\":\"d/uv.lock\"}"]], ran)
    asserts.true(env, "__main__.py" in watched and "uv.py" in watched)
    return unittest.end(env)

answer_test = unittest.make(_answer_test_impl)

def _errors_test_impl(ctx):
    """An error says what to do; for a commit that is missing with the words of requirements.txt."""
    env = unittest.begin(ctx)
    for error, expected in [
        (
            {"message": "d/uv.lock: package[1]: is 1; expected a table", "moving": None, "tip": "lock again"},
            "d/uv.lock: package[1]: is 1; expected a table. To fix: lock again.",
        ),
        (
            {
                "message": "d/uv.lock: package[1] (foo).source.git",
                "moving": {"name": "foo", "revision": "main", "url": "https://example.org/foo"},
                "tip": "lock again",
            },
            "d/uv.lock: package[1] (foo).source.git: foo: git+https://example.org/foo names 'main', which can move; expected @ " +
            "and a full commit of 40 hexadecimal digits. To fix: write the commit that 'git ls-remote https://example.org/foo " +
            "main' prints.",
        ),
    ]:
        asserts.equals(env, parsed_lock(error = expected), _read({"error": error})[0])
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def _pythons_test_impl(ctx):
    """The first Python that can read TOML is taken, each is tried once; without one the error names those that are too old.

    A failure of the reader is told as what it is.
    """
    env = unittest.begin(ctx)
    answer = {"choices": {}, "entries": [], "environments": [], "index_url": "", "more": [], "requires_python": ""}
    lock, ran, _ = _read(answer, {"python": "/bin/python", "python3.11": "/bin/python3.11"}, kind = "pylock")
    asserts.equals(env, parsed_lock(), lock)
    asserts.equals(env, ["/bin/python", "/bin/python3.11"], [command[0] for command in ran])
    message = "d/uv.lock: is read by the host's Python, which must be 3.11 or newer (module tomllib); found {}. " + \
              "To fix: install one, name one with --repo_env=REPROWHEEL_HELPER_PYTHON=/path/of/python3.11, or export the lock as " + \
              "requirements.txt."
    asserts.equals(env, message.format("none on PATH"), _read(None, {})[0].error)
    lock, ran, _ = _read(answer, {"python3": "/bin/python3"}, kind = "pylock", named = "/opt/python3.11")
    asserts.equals(env, (parsed_lock(), "/opt/python3.11"), (lock, ran[0][0]), "what the user names comes first")
    old, ran, _ = _read(None, {"python": "/bin/python3", "python3": "/bin/python3", "python3.12": "/bin/python3.12"})
    asserts.equals(env, message.format("/bin/python3, /bin/python3.12"), old.error)
    asserts.equals(env, 2, len(ran))
    failed, ran, _ = _read(
        None,
        {"python3": "/bin/python3", "python3.12": "/bin/python3.12"},
        stderr = "Traceback (most recent call last):\n  …\nRecursionError: too deep\n",
    )
    message = "d/uv.lock: cannot be read by /bin/python3 (RecursionError: too deep). To fix: write the lock again, or export it as " + \
              "requirements.txt."
    asserts.equals(env, message, failed.error)
    asserts.equals(env, 1, len(ran), "another Python would fail likewise")
    return unittest.end(env)

pythons_test = unittest.make(_pythons_test_impl)

def toml_test_suite(name):
    unittest.suite(name, answer_test, errors_test, pythons_test)
