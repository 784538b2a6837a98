"""Tests of //python/private/install: digests.bzl, globs.bzl, record.bzl, scripts.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:digests.bzl", "digest_command", "digests_error", "known_algorithm", "no_program_error", "parse_digests")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:globs.bzl", "any_glob_matches", "glob_matches")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:record.bzl", "base64_digest", "parse_record", "record_error", "record_text")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:scripts.bzl", "entry_point_scripts", "script_text", "with_shebang")

# Of no bytes: hashlib.new(name).hexdigest(), and the same as RECORD writes it.
_EMPTY = {
    "md5": ("d41d8cd98f00b204e9800998ecf8427e", "1B2M2Y8AsgTpgAmY7PhCfg"),
    "sha256": ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
    "sha384": (
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        "OLBgp1GsljhM2TJ-sbHjaiH9txEUvgdDTAzHv2P24donTt6_529l-9Ua0vFImLlb",
    ),
}

def _digests_test_impl(ctx):
    """A program for each algorithm: coreutils, else Perl's shasum, else Python; what they print is read alike."""
    env = unittest.begin(ctx)
    for digest, text in _EMPTY.values():
        asserts.equals(env, text, base64_digest(digest))
    asserts.equals(env, ["/p/sha384sum"], digest_command(lambda name: "/p/" + name, "sha384"))
    asserts.equals(env, ["/p/shasum", "-a", "256"], digest_command(lambda name: None if name == "sha256sum" else "/p/" + name, "sha256"))
    found = digest_command(lambda name: "/p/python3" if name == "python3" else None, "sha3_256")
    asserts.equals(env, ("/p/python3", "sha3_256"), (found[0], found[-1]))
    asserts.equals(env, None, digest_command(lambda name: None, "sha256"))
    asserts.true(env, known_algorithm("blake2b") and not known_algorithm("shake_128") and not known_algorithm("crc32"))
    asserts.equals(env, "digests of unpacked files cannot be computed: a: gone", digests_error("a:\n gone\n"))
    message = "sha256 of unpacked files: PATH has none of sha256sum, shasum, python3; expected one of them. To fix: install one."
    asserts.equals(env, message, no_program_error("sha256"))
    asserts.equals(env, {"a b": "12", "c": "34"}, parse_digests("12  a b\n34 *c\n"))
    return unittest.end(env)

digests_test = unittest.make(_digests_test_impl)

def _globs_test_impl(ctx):
    """Globs as Bazel's: `*` within a folder, `**` for any number of folders."""
    env = unittest.begin(ctx)
    for glob, path, expected in [
        ("a/b.txt", "a/b.txt", True),
        ("a/b.txt", "a/b_txt", False),
        ("a/*.txt", "a/b.txt", True),
        ("a/*.txt", "a/b/c.txt", False),
        ("a/**/*.txt", "a/b.txt", True),
        ("a/**/*.txt", "a/b/c/d.txt", True),
        ("**/tests/**", "a/tests/b/c.py", True),
        ("**/tests/**", "tests/c.py", True),
        ("**/tests/**", "a/tests", False),
        ("a/**", "a/b/c", True),
        ("a/**", "b/c", False),
        ("**", "a", True),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxaxx", False),
        ("a*a", "a", False),
        ("site-packages/*.dist-info/WHEEL", "site-packages/foo-1.0.dist-info/WHEEL", True),
        ("a/b/c", "a/b", False),
        ("**/a/**/b", "a/a/c/b", True),
    ]:
        asserts.equals(env, expected, glob_matches(glob, path), "{} {}".format(glob, path))
    asserts.true(env, any_glob_matches(["x", "a"], "a") and not any_glob_matches([], "a"))
    return unittest.end(env)

globs_test = unittest.make(_globs_test_impl)

def _record_test_impl(ctx):
    """Rows with and without quotes are read, and written in the order of their bytes."""
    env = unittest.begin(ctx)
    text = "b.py,sha256=x,1\r\n\"a, \"\"b\"\".py\",sha256=y,2\nr,,\n"
    rows, error = parse_record(text)
    asserts.equals(env, ({"a, \"b\".py": ("sha256=y", "2"), "b.py": ("sha256=x", "1"), "r": ("", "")}, ""), (rows, error))
    asserts.equals(env, "\"a, \"\"b\"\".py\",sha256=y,2\nb.py,sha256=x,1\nr,,\n", record_text(rows))
    for text, error in [
        ("a,b", "Row Index 0: expected 3 elements, got 2"),
        ("a,b,c\n\nx,,\n", "Row Index 1: expected 3 elements, got 0"),
        ("\"a,b,c\n", "Row Index 0: expected 3 elements, got 0"),
    ]:
        asserts.equals(env, ({}, error), parse_record(text))
    return unittest.end(env)

record_test = unittest.make(_record_test_impl)

def _record_error_test_impl(ctx):
    """Each way in which a wheel differs from its RECORD; the first one is told, the others are counted."""
    env = unittest.begin(ctx)
    digest, value = _EMPTY["sha256"]
    good = {"a": ("sha256=" + value, "0"), "i/RECORD": ("", "")}
    files = {"a": struct(size = 0), "i/RECORD": struct(size = 9), "i/RECORD.jws": struct(size = 1)}
    check = lambda rows, files = files: record_error(rows, files, "i", {"sha256": {"a": digest}}, "w.whl")
    asserts.equals(env, "", check(good))
    asserts.equals(env, "", check(good | {"a": ("sha256=" + value, "00")}))
    start = "w.whl: damaged: In w.whl, "
    for rows, error in [
        ({"i/RECORD": ("", "")}, "a is not mentioned in RECORD"),
        (good | {"a": ("", "")}, "hash / size of a is not included in RECORD"),
        (good | {"a": ("sha256=" + value, "x")}, "entry in RECORD file for a is invalid"),
        (good | {"a": ("=" + value, "0")}, "entry in RECORD file for a is invalid"),
        (good | {"a": ("sha256=" + value, "1")}, "hash / size of a didn't match RECORD"),
        (good | {"a": ("sha256=" + value[:-1], "0")}, "hash / size of a didn't match RECORD"),
        (good | {"i/RECORD": ("sha256=" + value, "")}, "RECORD file incorrectly contains hash / size."),
        (good | {"i/RECORD.jws": ("", "")}, "digital signature file i/RECORD.jws is incorrectly contained in RECORD."),
        ({}, "a is not mentioned in RECORD (and 1 more)"),
    ]:
        asserts.equals(env, start + error, check(rows))
    return unittest.end(env)

record_error_test = unittest.make(_record_error_test_impl)

def _scripts_test_impl(ctx):
    """Scripts of entry points call them; first lines of other scripts are replaced where they ask for it."""
    env = unittest.begin(ctx)
    asserts.true(env, "\nfrom a.b import C\n" in script_text("a.b : C.run"))
    asserts.true(env, script_text("a:b").endswith("    sys.exit(b())\n"))
    for text in ["a", "a:", ":b", "a:b c", "a-b:c", "a:b()"]:
        asserts.equals(env, "", script_text(text))
    for points, error in [
        ({"console_scripts": {"a/b": "c:d"}}, "entry point 'a/b' is not a file name"),
        ({"console_scripts": {"..": "c:d"}}, "entry point '..' is not a file name"),
        ({"console_scripts": {"a": "c"}}, "entry_points.txt: a script that is not written as module:function"),
        ({"console_scripts": {"a": "c:d"}, "gui_scripts": {"a": "c:d"}}, "bin/a would be installed twice"),
    ]:
        asserts.equals(env, ({}, error), entry_point_scripts(points))
    for text, expected in [
        ("#!python\nx\n", "#!/usr/bin/env python3\nx\n"),
        ("#!pythonw -O\nx", "#!/usr/bin/env python3\nx"),
        ("#!python", "#!/usr/bin/env python3\n"),
        ("#!/bin/sh\n#!python\n", None),
        ("", None),
    ]:
        asserts.equals(env, expected, with_shebang(text))
    return unittest.end(env)

scripts_test = unittest.make(_scripts_test_impl)

def functions_test_suite(name):
    unittest.suite(name, digests_test, globs_test, record_error_test, record_test, scripts_test)
