"""Tests of //python/private/fetch:file_patches.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:file_patches.bzl", "place_file_patches", "same_wheel")

_INDEX = "Foo-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
_CANONICAL = "foo-1.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"

def _same_test_impl(ctx):
    """The order of tags and the spelling of the name do not matter; everything else does."""
    env = unittest.begin(ctx)
    asserts.true(env, same_wheel(_INDEX, _CANONICAL))
    for other in [
        "foo-1.1-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        "foo-1.0-1-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        "foo-1.0-cp312-cp312-manylinux2014_x86_64.whl",
        "foo-1.0.tar.gz",
        "",
    ]:
        asserts.false(env, same_wheel(other, _CANONICAL), other)
    asserts.false(env, same_wheel("", ""))
    return unittest.end(env)

same_test = unittest.make(_same_test_impl)

def _place_test_impl(ctx):
    """The patches of the wheel that was taken are copied in their order; those of other files are left out."""
    env = unittest.begin(ctx)
    written = {}
    rctx = struct(
        file = lambda path, content, executable, legacy_utf8: written.update({path: (content, executable, legacy_utf8)}),
        path = lambda label: struct(exists = True, is_dir = False, name = label.name),
        read = lambda path: "text of {}".format(path.name),
    )
    first, second = str(Label("//some:dir/a.patch")), str(Label("//:a.patch"))
    settings = {"deep": True, "file_patches": {
        "bar-1.0-py3-none-any.whl": {"patch_strip": 0, "patches": [second]},
        _INDEX: {"patch_strip": 1, "patches": [first, second]},
    }}
    asserts.equals(env, {"deep": True, "file_patches": {
        _CANONICAL: {"patch_strip": 1, "patches": [":file_patches/0/a.patch", ":file_patches/1/a.patch"]},
    }}, place_file_patches(rctx, settings, _CANONICAL))
    asserts.equals(env, {
        "file_patches/0/a.patch": ("text of dir/a.patch", False, False),
        "file_patches/1/a.patch": ("text of a.patch", False, False),
    }, written)
    asserts.equals(env, {"deep": True}, place_file_patches(rctx, settings, ""))
    asserts.equals(env, {"deep": True}, place_file_patches(rctx, {"deep": True}, _CANONICAL))
    return unittest.end(env)

place_test = unittest.make(_place_test_impl)

def file_patches_test_suite(name):
    unittest.suite(name, same_test, place_test)
