"""Tests of //python/private/install: members.bzl, layout.bzl, namespaces.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:layout.bzl", "layout_commands", "plan_layout")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:members.bzl", "checked_members", "find_data", "find_dist_info")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:namespaces.bzl", "namespace_inits")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:unpack.bzl", "has_labels", "ignored_pth_files")

_INFO = ["foo_bar-1.0.dist-info/" + name for name in ["METADATA", "RECORD", "WHEEL"]]

def _member(name, size = 1, packed = 1, mode = 33188, flags = 0, method = 8):
    return struct(flags = flags, method = method, mode = mode, name = name, packed = packed, size = size)

def _checked(*members, size = 1000, error = ""):
    return checked_members(struct(error = error, members = members, size = size), "w.whl")

def _checked_test_impl(ctx):
    """Files and folders of the archive; folders may be missing in it."""
    env = unittest.begin(ctx)
    found = _checked(_member("a/b/c.py"), _member("e/", mode = 16877), _member("e/f", mode = 0))
    asserts.equals(env, ("", ["a/b/c.py", "e/f"], ["a/b", "a", "e"]), (found.error, found.files.keys(), found.folders.keys()))
    return unittest.end(env)

checked_test = unittest.make(_checked_test_impl)

def _refused_test_impl(ctx):
    """Names, links, packing and sizes that no wheel may have."""
    env = unittest.begin(ctx)
    inside = "w.whl: member '{}': name does not stay inside the wheel"
    for members, error in [
        ([_member(name)], inside.format(name))
        for name in ["/a", "../a", "a/../b", "a//b", "./a", "C:/a", "a/.", "//"]
    ] + [
        ([_member("")], "w.whl: member '': has no name"),
        ([_member("a\\b")], "w.whl: member 'a\\b': backslash, line break or NUL in the name"),
        ([_member("a\nb")], "w.whl: member 'a\nb': backslash, line break or NUL in the name"),
        ([_member("a", flags = 1)], "w.whl: member 'a': is encrypted"),
        ([_member("a", method = 14)], "w.whl: member 'a': is packed by method 14; expected deflate"),
        ([_member("a", mode = 41471)], "w.whl: member 'a': is a link or another special file"),
        ([_member("a/", mode = 33188)], "w.whl: member 'a/': is a link or another special file"),
        ([_member("\303\274")], "w.whl: member '\303\274': name has letters outside of ASCII, and is not marked as UTF-8"),
        ([_member("a"), _member("a")], "w.whl: member 'a' occurs twice"),
        ([_member("a"), _member("a/b")], "w.whl: member 'a' is both a file and a folder"),
        ([_member("a" * 256)], "w.whl: has a member with a name of more than 255 bytes in its path ('{}…')".format("a" * 60)),
        ([_member("a/" * 129 + "b")], "w.whl: has a member in 129 folders ('{}…'); the limit is 128".format("a/" * 30)),
        ([_member("a/" * 1024 + "b")], "w.whl: has a member whose path has 2049 bytes ('{}…'); the limit is 2048".format("a/" * 30)),
        ([_member("a", packed = 1001)], "w.whl: members overlap: together they are larger than the archive"),
        ([_member("a", size = 33 << 30)], "w.whl: unpacks to more than 34359738368 bytes, which is the limit"),
        ([_member("a", size = 2 << 30)], "w.whl: unpacks to 2147483648 bytes or more, over 200 times its own 1000; the limit is 200 times"),
    ]:
        asserts.equals(env, error, _checked(*members).error)
    asserts.equals(env, "", _checked(_member("\303\274", flags = 0x800)).error)
    asserts.equals(env, "w.whl: File is not a zip file", _checked(error = "File is not a zip file").error)
    return unittest.end(env)

refused_test = unittest.make(_refused_test_impl)

def _names(*names):
    return {name: None for name in names}

def _dist_info_test_impl(ctx):
    """The one folder of the project's metadata, and that with files for other places, however they are spelled."""
    env = unittest.begin(ctx)
    asserts.equals(env, ("foo_bar-1.0.dist-info", ""), find_dist_info(_names(*_INFO), "w.whl", "foo-bar"))
    for names, error in [
        ([], "expected one .dist-info folder, found none"),
        (_INFO + ["b-1.dist-info/x"], "expected one .dist-info folder, found b-1.dist-info, foo_bar-1.0.dist-info"),
        (["b-1.dist-info/x"], "b-1.dist-info belongs to another project"),
        (_INFO[:2], "foo_bar-1.0.dist-info/WHEEL is missing"),
    ]:
        asserts.equals(env, ("", "w.whl: " + error), find_dist_info(_names(*names), "w.whl", "foo-bar"))
    for names, data in [
        (["foo_bar-1.0.data/data/x"], "foo_bar-1.0.data"),
        (["Foo.Bar-1.0.data/data/x"], "Foo.Bar-1.0.data"),
        (["Foo.Bar-1.0.data/data/x", "foo_bar-1.0.data/data/x"], "foo_bar-1.0.data"),
        (["other-1.0.data/data/x", "a.data", "x/foo_bar-1.0.data/data"], ""),
    ]:
        asserts.equals(env, data, find_data(_names(*names), "foo_bar-1.0.dist-info"))
    return unittest.end(env)

dist_info_test = unittest.make(_dist_info_test_impl)

def _files(*names):
    return {name: _member(name) for name in names}

def _layout_test_impl(ctx):
    """Each scheme has its folder; two files of one place, and other schemes, are refused."""
    env = unittest.begin(ctx)
    files = _files("a.py", "d/purelib/b.py", "d/platlib/p/c.py", "d/scripts/s", "d/headers/h.h", "d/data/x", "p/__pycache__/c.pyc", "i/INSTALLER")
    files["e"] = _member("e", mode = 33261)
    files["f"] = _member("f", mode = 493)  # no kind of file
    plan = plan_layout(files, "i", "d")
    asserts.equals(env, "", plan.error)
    asserts.equals(env, {
        "a.py": "site-packages/a.py",
        "d/data/x": "data/x",
        "d/headers/h.h": "include/h.h",
        "d/platlib/p/c.py": "site-packages/p/c.py",
        "d/purelib/b.py": "site-packages/b.py",
        "d/scripts/s": "bin/s",
        "e": "site-packages/e",
        "f": "site-packages/f",
        "i/INSTALLER": "site-packages/i/INSTALLER",
        "p/__pycache__/c.pyc": "site-packages/p/__pycache__/c.pyc",
    }, plan.places)
    asserts.equals(env, ["site-packages/p/__pycache__/c.pyc", "site-packages/i/INSTALLER"], plan.left_out.keys())
    asserts.equals(env, ["bin/s", "site-packages/e"], plan.executable)
    for names, error in [
        (["a", "d/purelib/a"], "site-packages/a would be installed twice"),
        (["d/platlib/a", "d/purelib/a"], "site-packages/a would be installed twice"),
        (["a/b", "d/purelib/a"], "site-packages/a is both a file and a folder"),
        (["d/else/a"], "d/else/a is not contained in a valid .data subdirectory."),
        (["d/scripts"], "d/scripts is not contained in a valid .data subdirectory."),
    ]:
        asserts.equals(env, error, plan_layout(_files(*names), "i", "d").error)
    return unittest.end(env)

layout_test = unittest.make(_layout_test_impl)

def _commands_test_impl(ctx):
    """Whole folders are moved where nothing is yet; else what is in them, name by name."""
    env = unittest.begin(ctx)
    files = _files("p/__init__.py", "d/purelib/p/a.py", "d/purelib/p/q/b.py", "d/purelib/it's.py", "d/scripts/s", "d/platlib/p/q/c.py")
    asserts.equals(env, [
        "mv 'site-packages/d/platlib/p/q' 'site-packages/p'/",
        "mv 'site-packages/d/purelib/it'\\''s.py' 'site-packages'/",
        "mv 'site-packages/d/purelib/p/a.py' 'site-packages/p'/",
        "mv 'site-packages/d/purelib/p/q/b.py' 'site-packages/p/q'/",
        "mv 'site-packages/d/scripts' 'bin'",
        "rm -rf site-packages/'d'",
    ], layout_commands(files, "d", [])[:6])
    asserts.equals(env, "chmod 0755 'bin/s'", layout_commands(files, "d", ["bin/s"])[-1])
    asserts.equals(env, [], [line for line in layout_commands(_files("a"), "", []) if line.startswith(("mv", "rm"))])
    return unittest.end(env)

commands_test = unittest.make(_commands_test_impl)

def _namespaces_test_impl(ctx):
    """Folders of modules, and those around them, get an `__init__.py`; folders that no import can name do not."""
    env = unittest.begin(ctx)
    places = ["a/b/c.py", "d/__init__.py", "d/e/f.so", "data/x.txt", "g-h/i.py", "j/1k/l.py", "\303\274/m.pyd", "top.py"]
    asserts.equals(env, [
        "site-packages/a/__init__.py",
        "site-packages/a/b/__init__.py",
        "site-packages/d/e/__init__.py",
        "site-packages/j/__init__.py",
        "site-packages/\303\274/__init__.py",
    ], namespace_inits({"site-packages/" + place: None for place in places} | {"bin/n/o.py": None}))
    return unittest.end(env)

namespaces_test = unittest.make(_namespaces_test_impl)

def _labels_test_impl(ctx):
    """Names that Bazel takes no label of, or that begin a package."""
    env = unittest.begin(ctx)
    for name in ["a/b.py", "a b (dev).tmpl", "a+b~c@d", "BUILD/x", "a/build", "__init__.py"]:
        asserts.true(env, has_labels([name], ""), name)
    for name in ["a:b", "\303\274", "a/BUILD", "BUILD.bazel", "a\tb", "a\177"]:
        asserts.false(env, has_labels([name], "7.7.1"), name)
    for version, expected in {"": True, "10.0.0": True, "6.5.0": False, "7.10.0": True, "7.3.2": False, "7.4.0": True, "8.0.0-pre": True}.items():
        asserts.equals(env, expected, has_labels(["a b"], version), version)
    wheel = struct(files = {name: None for name in ["b.pth", "a.pth", "n-nspkg.pth", "d/c.pth", "a.py"]})
    asserts.equals(env, ["a.pth", "b.pth"], ignored_pth_files(wheel))
    return unittest.end(env)

labels_test = unittest.make(_labels_test_impl)

def members_test_suite(name):
    unittest.suite(name, checked_test, commands_test, dist_info_test, labels_test, layout_test, namespaces_test, refused_test)
