"""Tests of //python/private/spec:core_metadata.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/spec:core_metadata.bzl",
    "extras_of",
    "first",
    "has_certain_dependencies",
    "parse_entry_points",
    "parse_fields",
    "parse_requirement",
)

def _fields_test_impl(ctx):
    """Header fields until the first empty line; repeated and continued ones."""
    env = unittest.begin(ctx)
    fields = parse_fields("Metadata-Version: 2.1\r\nName: Foo\nRequires-Dist: a\nrequires-dist: b;\n  os_name == 'nt'\n\nName: body\n")
    asserts.equals(env, "Foo", first(fields, "name"))
    asserts.equals(env, ["a", "b; os_name == 'nt'"], fields["requires-dist"])
    asserts.equals(env, "", first(fields, "version"))
    return unittest.end(env)

fields_test = unittest.make(_fields_test_impl)

def _controls_test_impl(ctx):
    """What controls a terminal is a question mark in every field: C0, DEL, C1, overrides of direction. Other letters stay."""
    env = unittest.begin(ctx)
    fields = parse_fields("Name: a\033[31m\177\302\233b\342\200\256c\342\201\246d\r\nAuthor: \303\251\tx\n")
    asserts.equals(env, ["a?[31m??b?c?d"], fields["name"])
    asserts.equals(env, ["\303\251\tx"], fields["author"])
    return unittest.end(env)

controls_test = unittest.make(_controls_test_impl)

def _certain_test_impl(ctx):
    """PEP 643: certain from 2.2 on, unless the field is dynamic."""
    env = unittest.begin(ctx)
    for text, expected in {
        "": False,
        "Metadata-Version: 2.1": False,
        "Metadata-Version: 2.10": True,
        "Metadata-Version: 2.2": True,
        "Metadata-Version: 2.4\nDynamic: License": True,
        "Metadata-Version: 2.4\nDynamic: Requires-Dist": False,
    }.items():
        asserts.equals(env, expected, has_certain_dependencies(parse_fields(text)), text)
    return unittest.end(env)

certain_test = unittest.make(_certain_test_impl)

def _requirement_test_impl(ctx):
    """PEP 508 dependencies: name, extras and marker; versions are the lock's matter."""
    env = unittest.begin(ctx)
    for text, expected in {
        "Foo": ("foo", [], ""),
        "Foo (>=1.0)": ("foo", [], ""),
        "Foo.Bar[B_x, a] >=1,<2 ; extra == 'x'": ("foo-bar", ["a", "b-x"], "extra == 'x'"),
        "foo @ https://example.org/a;b.zip ; os_name == 'nt'": ("foo", [], "os_name == 'nt'"),
        "foo>=1;python_version<'3'": ("foo", [], "python_version<'3'"),
    }.items():
        found = parse_requirement(text)
        asserts.equals(env, expected, (found.name, found.extras, found.marker), text)
    asserts.equals(env, None, parse_requirement("-foo"))
    return unittest.end(env)

requirement_test = unittest.make(_requirement_test_impl)

def _extras_test_impl(ctx):
    """Extras are in the markers of what they bring."""
    env = unittest.begin(ctx)
    texts = ["a", "b; os_name == 'nt'", "c; extra == 'x'", "d ; os_name == \"nt\" and extra==\"y\"", "e; extra == 'x'"]
    asserts.equals(env, ["x", "y"], extras_of(texts))
    return unittest.end(env)

extras_test = unittest.make(_extras_test_impl)

def _entry_points_test_impl(ctx):
    """Scripts only, with or without spaces, comments and extras."""
    env = unittest.begin(ctx)
    text = """\
# scripts
[console_scripts]
one = a.b:main
two=a:B.run [fast]

[gui_scripts]
; none
win = a:win
[pytest11]
plugin = a.plugin
"""
    asserts.equals(
        env,
        {"console_scripts": {"one": "a.b:main", "two": "a:B.run"}, "gui_scripts": {"win": "a:win"}},
        parse_entry_points(text.replace("\n", "\r\n")),
    )
    asserts.equals(env, {}, parse_entry_points("[pytest11]\nplugin = a\n"))
    return unittest.end(env)

entry_points_test = unittest.make(_entry_points_test_impl)

def core_metadata_test_suite(name):
    unittest.suite(name, fields_test, controls_test, certain_test, requirement_test, extras_test, entry_points_test)
