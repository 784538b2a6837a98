"""Tests of //python/private/choice:python_choice.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/choice:python_choice.bzl", "choose_python", "exact_version", "with_python")
load("//tests/starlark:tags.bzl", "parse_tag")

def _context(requires_python = "", version = "3.10.4", code = 0):
    """Makes a context whose programs answer: the reader of TOML with `requires_python`, an interpreter with its version."""
    answer = {"choices": {}, "entries": [], "environments": [], "index_url": "", "more": [], "requires_python": requires_python}

    def _execute(command, **_kwargs):
        reads = "pyproject" in str(command[-1])
        return struct(return_code = code, stderr = "no", stdout = json.encode(answer) if reads else version + "\n")

    def _path(_what):
        return struct(dirname = struct(dirname = "/tables", get_child = lambda name: name), exists = True)

    return struct(execute = _execute, getenv = lambda _name: None, path = _path, which = lambda name: _path(name) if name != "gone" else None)

def _choose(context = _context(), default = None, **tag):
    found = choose_python(context, parse_tag(**tag), "the tag", default)
    return found.error or found.version

_LABEL = Label("//:pyproject.toml")

def _order_test_impl(ctx):
    """python_version, then the tag's pyproject.toml, then that of pip.default, then the interpreter that is named, then the host."""
    env = unittest.begin(ctx)
    pinned = _context("==3.12.5")
    asserts.equals(env, "3.9", _choose(pinned, pyproject_toml = _LABEL, python_interpreter = "python3", python_version = "3.9"))
    asserts.equals(env, "3.12.5", _choose(pinned, pyproject_toml = _LABEL, python_interpreter = "python3"))
    asserts.equals(env, "3.12.5", _choose(pinned, default = _LABEL))
    asserts.equals(env, "3.10.4", _choose(python_interpreter = "python3.10"))
    asserts.equals(env, "3.10.4", _choose(python_interpreter = "gone", python_interpreter_target = _LABEL))
    asserts.equals(env, "", _choose())
    tag = with_python(parse_tag(quiet = False), "3.8", "the tag")
    asserts.equals(env, parse_tag(place = "the tag", python_version = "3.8", quiet = False), tag)
    return unittest.end(env)

order_test = unittest.make(_order_test_impl)

def _errors_test_impl(ctx):
    """requires-python has to name one version, as in rules_python; an interpreter has to be there and to run."""
    env = unittest.begin(ctx)
    for text, version in {"": "", " == 3.13.2 ": "3.13.2", "3.13": "", "==3": "", "==3.13": "3.13", "==3.13.*": "", "==3.13.2,<4": "", ">=3.13": "", "~=3.13": ""}.items():
        asserts.equals(env, version, exact_version(text))
    asserts.equals(
        env,
        "pyproject.toml: requires-python is '>=3.11'; expected one version, such as ==3.13.2. To fix: write that, or python_version instead of pyproject_toml.",
        _choose(_context(">=3.11"), pyproject_toml = _LABEL).replace("@rules_reprowheel//", ""),
    )
    asserts.equals(
        env,
        "pyproject.toml: is read by the host's Python, which must be 3.11 or newer (module tomllib); found <unknown object>",
        _choose(_context(code = 1), pyproject_toml = _LABEL).replace("@rules_reprowheel//", "").partition(";")[0] + "; found <unknown object>",
    )
    asserts.true(env, _choose(_context(code = 1), pyproject_toml = _LABEL).endswith(", or write python_version instead."))
    asserts.equals(
        env,
        "the tag: python_interpreter 'gone' is not there; expected a program on PATH, or an absolute path.",
        _choose(python_interpreter = "gone"),
    )
    asserts.equals(
        env,
        "the tag: pyproject_toml: pyproject.toml: no such file; expected it, or python_version instead.",
        _choose(struct(path = lambda _what: struct(exists = False)), pyproject_toml = _LABEL).replace("@rules_reprowheel//", ""),
    )
    asserts.true(env, _choose(_context(code = 1), python_interpreter = "python3").endswith(" does not run (no); expected a working Python 3."))
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def python_choice_test_suite(name):
    unittest.suite(name, order_test, errors_test)
