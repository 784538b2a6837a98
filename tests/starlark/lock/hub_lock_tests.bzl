"""Analysis tests of //python/private/lock:hub_lock.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:hub_lock.bzl", "hub_lock")

_COMMON = " '--update-command' 'bazel run @pypi//:lock.update'"

def _words_test_impl(ctx):
    """Each part has its words and its interpreter; what the caller adds is for every part; a lock elsewhere is in the runfiles."""
    env = analysistest.begin(ctx)
    actions = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"]
    script = [action.content for action in actions if action.outputs.to_list()[0].basename == "lock.update.sh"][0]
    _, _, line = script.splitlines()[-1].partition(" -- 'lock' ")
    first, found, second = line.partition(" \"$@\" --and ")
    asserts.true(env, found, line)
    asserts.true(env, first.startswith("'r.txt' '--out' 'b.json'" + _COMMON + " '--no-binary=a b' --python "), first)
    asserts.true(env, second.startswith("\"$runfiles\"/'bazel_skylib"), second)
    asserts.true(env, "/LICENSE' '--out' 'c.json'" + _COMMON + " --python " in second, second)
    asserts.true(env, second.endswith(" \"$@\""), second)
    asserts.true(env, "\ncd \"$BUILD_WORKSPACE_DIRECTORY\"\n" in script, script)
    files = analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()
    asserts.true(env, "LICENSE" in [file.basename for file in files])
    return analysistest.end(env)

words_test = analysistest.make(_words_test_impl)

def hub_lock_test_suite(name):
    """Declares subject and test.

    Args:
      name: (str) the suite.
    """
    hub_lock(
        name = "lock",
        command = "bazel run @pypi//:lock.update",
        parts = json.encode([
            {"label": "", "lock": "r.txt", "options": ["--no-binary=a b"], "out": "b.json"},
            {"label": str(Label("@bazel_skylib//:LICENSE")), "lock": "", "options": [], "out": "c.json"},
        ]),
    )
    words_test(name = name + "_words", target_under_test = ":lock.update")
    native.test_suite(name = name, tests = [name + "_words"])
