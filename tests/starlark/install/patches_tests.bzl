"""Tests of //python/private/install: patch_text.bzl, patch_files.bzl against the helper's own answers.

locks/patch_answers.json has patches of git and diff, and wrong ones; tests/reprowheel/patches/test_answers.py asks the helper again.
"""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_lock_fixtures//:locks.bzl", "PATCH_ANSWERS")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:patch_files.bzl", "patched_files")

def _exists(files, path):
    if path in files:
        return "file"
    return "folder" if [name for name in files if name.startswith(path + "/")] else ""

def _answer(case):
    files = case["files"]
    changed, error = patched_files(
        [("p", case["patch"])],
        case["strip"],
        exists = lambda path: _exists(files, path),
        read = lambda path: struct(data = files[path], executable = False),
    )
    if error:
        return error.replace("\"", "'")
    after = {name: [text, False] for name, text in files.items()}
    for name, file in changed.items():
        after.pop(name, None)
        if file:
            after[name] = [file.data, file.executable]
    return after

def _answers_test_impl(ctx):
    """Each patch changes the files as the helper does, or is refused in the same words."""
    env = unittest.begin(ctx)
    refused = 0
    for case in PATCH_ANSWERS:
        expected = case["answer"]
        refused += 1 if type(expected) == "string" else 0
        asserts.equals(env, expected, _answer(case), case["name"])
    asserts.true(env, refused > 20 and len(PATCH_ANSWERS) - refused > 20)
    return unittest.end(env)

answers_test = unittest.make(_answers_test_impl)

def _order_test_impl(ctx):
    """The second patch sees what the first one made, an empty one changes nothing; an error changes nothing at all."""
    env = unittest.begin(ctx)
    first, second = ["--- a\n+++ a\n@@ -1 +1 @@\n-{}\n+{}\n".format(number, number + 1) for number in [1, 2]]
    arguments = dict(exists = lambda path: "file" if path == "a" else "", read = lambda path: struct(data = "1\n", executable = True))
    asserts.equals(env, ({"a": struct(data = "3\n", executable = True)}, ""), patched_files([("one", first), ("empty", ""), ("two", second)], 0, **arguments))
    files, error = patched_files([("one", first), ("two", first)], 0, **arguments)
    asserts.equals(env, {}, files)
    asserts.true(env, error.startswith("two:3: hunk 1 does not fit a at line 1: line 1 is "), error)
    return unittest.end(env)

order_test = unittest.make(_order_test_impl)

def patches_test_suite(name):
    unittest.suite(name, answers_test, order_test)
