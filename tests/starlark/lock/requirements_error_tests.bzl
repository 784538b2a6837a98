"""Tests of //python/private/lock:requirements.bzl: what is refused, with which words."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:requirements.bzl", "parse_requirements")

_A = "a" * 64
_B = "b" * 64
_HASH = " --hash=sha256:" + _A

_PIN = "To fix: write it as name==version, for example with 'pip-compile --generate-hashes' or " + \
       "'uv pip compile --generate-hashes'."
_NO_HASH = "foo==1.0 has no hash; expected --hash=sha256:.... To fix: lock it with hashes, " + \
           "'pip-compile --generate-hashes' or 'uv pip compile --generate-hashes'."
_EDITABLE = "the option '-e' is refused: an editable install points into a source tree, which has no fixed content. To fix: " + \
            "depend on the sources as a Bazel target, or write the path without -e to build it ('uv export' leaves it out " + \
            "with --no-emit-project, --no-emit-workspace or --no-editable)."
_COMMIT = "; expected @ and a full commit of 40 hexadecimal digits. To fix: write the commit that 'git ls-remote "
_OLD = " is refused: it is no option of PEP 517. To fix: use --config-settings, or pip.override(config_settings = ...)."

_ERRORS = {
    "--editable=.": _EDITABLE.replace("'-e'", "'--editable'"),
    "--frobnicate": "unknown option '--frobnicate'; expected a pinned requirement. To fix: remove it.",
    "--index-url": "the option '--index-url' has no value.",
    "--index-url 'x": "'--index-url 'x' has a quote that does not end.",
    "--index-url e.org/simple": "--index-url 'e.org/simple' has no scheme; expected https://, http:// or file:///. To fix: https://e.org/simple.",
    "-c ../c.txt": "the file '../c.txt' is outside of the workspace. To fix: put it into the workspace.",
    "-e .": _EDITABLE,
    "-r https://example.org/r.txt": "the file 'https://example.org/r.txt' is on a network, where it can change. " +
                                    "To fix: put it into the workspace.",
    "-r requirements.txt": "the file 'requirements.txt' includes itself. To fix: remove this line.",
    "-rother.txt": "the file 'other.txt' does not exist; expected other.txt.",
    "../../x.whl": "'../../x.whl' lies outside of the workspace. To fix: move it into the workspace.",
    "./dir": "'./dir' has no name, and there is no [project] name in its pyproject.toml; expected name @ ./dir.",
    "./local.whl": "'local.whl' has no name; expected name @ before it.",
    "/abs/foo-1.0.zip": "'/abs/foo-1.0.zip' is an absolute path, which other machines do not have. " +
                        "To fix: write it relative to this file, such as ./dir.",
    "<<<<<<< HEAD": "'<<<<<<< HEAD' is the mark of a merge conflict; expected name==version.",
    "[project]": "'[project]' is a table of TOML, but this file is read as requirements.txt; expected name==version. To fix: name a pylock.toml in " +
                 "pylock_toml, a uv.lock in uv_lock.",
    "foo" + _HASH: "'foo' is not pinned; expected name==version. " + _PIN,
    "foo @ bzr+https://example.org/x": "'bzr+https' is not supported; " +
                                       "expected one of https, http, file, git+https, git+http, git+ssh, git+file.",
    "foo @ file:///abs/dir": "'file:///abs/dir' is an absolute folder, which other machines do not have. " +
                             "To fix: write it relative to this file, such as foo @ file:./dir.",
    "foo @ git+git://example.org/x@" + "a" * 40: "'git+git' is not supported; expected git+https, git+http, git+ssh, git+file.",
    "foo @ git+https://example.org/foo": "foo: git+https://example.org/foo names no commit" + _COMMIT +
                                         "https://example.org/foo' prints.",
    "foo @ git+https://me:secret@example.org/foo@v1.0": "foo: git+https://***@example.org/foo names 'v1.0', which can move" +
                                                        _COMMIT + "https://***@example.org/foo v1.0' prints.",
    "foo @ https://example.org/bar-1.0-py3-none-any.whl" + _HASH: "foo: 'bar-1.0-py3-none-any.whl' is a wheel of bar; " +
                                                                  "expected one of foo.",
    "foo @ https://example.org/foo.tar.gz": "foo has no hash; expected #sha256=... at the end of its address, or --hash=sha256:....",
    "foo @ https://example.org/foo.tar.gz#sha256=12": "'sha256:12' is not a sha256 digest; expected 64 hexadecimal digits.",
    "foo==1.*" + _HASH: "'foo==1.*' is not pinned; expected name==version. " + _PIN,
    "foo==1.0": _NO_HASH,
    "foo==1.0 ; python_versoin < '3'" + _HASH: "marker 'python_versoin < '3'' has 'python_versoin' where a variable, " +
                                               "a string or an operator is expected; did you mean 'python_version'?",
    "foo==1.0 --global-option" + _HASH: _NO_HASH,
    "foo==1.0 --install-option=x" + _HASH: "the option '--install-option'" + _OLD,
    "foo==1.0 --hash=sha256": "'sha256' is not a hash; expected sha256:<64 hexadecimal digits>.",
    "foo==1.0 --hash=sha256:abc": "'sha256:abc' is not a sha256 digest; expected 64 hexadecimal digits.",
    "foo==1.0 --hash=sha512:ab --hash=md5:0": "foo==1.0 has a hash of md5, sha512 only; expected a sha256. " +
                                              "To fix: add --hash=sha256:..., as 'pip hash' prints it.",
    "foo==1.0 --nonsense=x" + _HASH: "the option '--nonsense' is not supported after a requirement; " +
                                     "expected --hash=sha256:... or --config-settings, --global-option, --build-option.",
    "foo==1.0" + _HASH + " --config-settings=x": "'x' is not a config setting; expected KEY=VALUE.",
    "foo==:" + _HASH: "'foo==:': ':' is not a version (PEP 440); expected for example foo==1.0.",
    "foo==" + _HASH: "'foo==': there is no version after '=='; expected for example foo==1.0.",
    "foo==one" + _HASH: "'foo==one': 'one' is not a version (PEP 440); expected for example foo==1.0.",
    "foo>=1.0" + _HASH: "'foo>=1.0' is not pinned; expected name==version. " + _PIN,
    "foo>=1.0,==1.2" + _HASH: "'foo>=1.0,==1.2' is not pinned; expected name==version. " + _PIN,
    "foo[-]==1.0" + _HASH: "'-' is not an extra's name; expected letters, digits, '.', '-' and '_'.",
    "foo[bar==1.0" + _HASH: "'foo[bar' has an extras list without ']'.",
    "git+https://example.org/foo@abc1234#egg=foo": "foo: git+https://example.org/foo names 'abc1234', which can move" + _COMMIT +
                                                   "https://example.org/foo abc1234' prints.",
    "ä==1.0" + _HASH: "'ä' is not a distribution's name; expected letters, digits, '.', '-' and '_'.",
}

def _errors_test_impl(ctx):
    """Every refusal names file and line, the value, and what to do."""
    env = unittest.begin(ctx)
    for line, message in _ERRORS.items():
        parsed = parse_requirements("\n# comment\n{}\n".format(line), "requirements.txt")
        asserts.equals(env, "requirements.txt:3: " + message, parsed.error)
        asserts.equals(env, [], parsed.entries)
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def _duplicate_test_impl(ctx):
    """A package may be locked twice only with different versions and markers; the same pin needs a hash in common."""
    env = unittest.begin(ctx)
    text = "foo==1.0{h}\nFoo==2.0{h}\n".format(h = _HASH)
    asserts.equals(
        env,
        "r.txt:2: foo==2.0 is locked again, after foo==1.0 in r.txt:1; expected one line per package. " +
        "To fix: remove one, or give both different versions and markers that exclude each other.",
        parse_requirements(text, "r.txt").error,
    )
    text = "foo==1.0{h}\nfoo @ https://t:x@example.org/foo-1.0.zip{h}".format(h = _HASH)
    asserts.true(env, "foo==1.0 is locked again, after foo==1.0 in r.txt:1" in parse_requirements(text, "r.txt").error)
    text = "foo==1.0 ; os_name == 'nt'{h}\nfoo==2.0 ; os_name != 'nt'{h}\n".format(h = _HASH)
    asserts.equals(env, "", parse_requirements(text, "r.txt").error)
    text = "foo==1.0{}\nfoo==1.0 --hash=sha256:{}".format(_HASH, _B)
    asserts.equals(
        env,
        "r.txt:2: foo is locked in r.txt:1, too, and no sha256 is in both lines. " +
        "To fix: lock both files together, or remove one line.",
        parse_requirements(text, "r.txt").error,
    )
    return unittest.end(env)

duplicate_test = unittest.make(_duplicate_test_impl)

_FIX = " of c.txt:1. To fix: lock again with that constraint, or remove it."

# Constraint, lock, error.
_CONSTRAINTS = [
    ("foo<1", "foo==1.0" + _HASH, "r.txt:2: foo==1.0 contradicts the constraint foo <1" + _FIX),
    ("foo<1 ; os_name == 'nt'", "foo==1.0" + _HASH, ""),
    (
        "foo<1 ; os_name == 'nt'",
        "foo==1.0 ; os_name == 'nt'" + _HASH,
        "r.txt:2: foo==1.0 contradicts the constraint foo <1" + _FIX,
    ),
    ("foo==1.0 --hash=sha256:" + _B, "foo==1.0" + _HASH, "r.txt:2: foo==1.0 contradicts the constraint foo with another sha256" + _FIX),
    (
        "foo @ https://example.org/foo-1.0.zip",
        "foo==1.0" + _HASH,
        "r.txt:2: foo==1.0 contradicts the constraint foo @ https://example.org/foo-1.0.zip" + _FIX,
    ),
    ("foo @ https://example.org/foo-1.0.zip", "foo @ https://example.org/foo-1.0.zip" + _HASH, ""),
    (
        "foo==1.0",
        "foo" + _HASH,
        "r.txt:2: 'foo' is not pinned; expected name==version. " + _PIN +
        " The constraint foo==1.0 of c.txt:1 is not a pin of this line: write foo==1.0 here.",
    ),
    ("foo[x]<1", "", "c.txt:1: 'foo[x]<1' has extras, which a constraint cannot have. To fix: remove them."),
    ("foo~1", "", "c.txt:1: '~1' is not a version specifier (PEP 440)."),
    ("./x", "", "c.txt:1: './x' is not a constraint; expected a name and versions, such as name<2."),
]

def _constraints_test_impl(ctx):
    """Constraints are checked against what is locked, and pin nothing themselves."""
    env = unittest.begin(ctx)
    for constraint, lock, error in _CONSTRAINTS:
        parsed = parse_requirements("-c c.txt\n" + lock, "r.txt", {"c.txt": constraint}.get)
        asserts.equals(env, error, parsed.error)
    return unittest.end(env)

constraints_test = unittest.make(_constraints_test_impl)

def requirements_error_test_suite(name):
    unittest.suite(name, errors_test, duplicate_test, constraints_test)
