"""Tests of //python/private/library:requires.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/library:requires.bzl", "dependency_labels", "outside_labels", "requirement_error", "wheel_labels")

_HUB = struct(
    environment = {"os_name": "posix", "python_version": "3.12"},
    packages = {"bar": "pypi_bar_1", "baz": "pypi_baz_1", "foo": "pypi_foo_1", "mine": ""},
    targets = {"mine": "@@//lib:mine"},
)

_REQUIRES = [
    "Bar[Fast]>=1",
    "bar",
    "baz; extra == 'b'",
    "foo[b]; extra == 'all'",
    "not-locked",
    "winonly; os_name == 'nt'",
]

def _labels_test_impl(ctx):
    """Edges go to locked packages whose marker holds, with their extras; each extra adds its own."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["@pypi_bar_1//:extra_fast", "@pypi_bar_1//:pkg"], dependency_labels("foo", _REQUIRES, "", _HUB))
    asserts.equals(env, ["@pypi_baz_1//:pkg"], dependency_labels("foo", _REQUIRES, "B", _HUB))
    asserts.equals(env, [":extra_b"], dependency_labels("foo", _REQUIRES, "all", _HUB))
    asserts.equals(env, [], dependency_labels("foo", _REQUIRES, "none", _HUB))
    asserts.equals(env, ["@@//lib:mine"], dependency_labels("foo", ["mine[x]>=1"], "", _HUB))
    return unittest.end(env)

labels_test = unittest.make(_labels_test_impl)

def _derived_labels_test_impl(ctx):
    """A group's packages do not depend on each other; wheels go with wheels, a library of the workspace has none."""
    env = unittest.begin(ctx)
    labels = dependency_labels("foo", _REQUIRES + ["baz", "mine"], "", _HUB) + [":extra_b"]
    asserts.equals(env, ["@@//lib:mine", "@pypi_baz_1//:pkg", ":extra_b"], outside_labels(labels, ["bar", "foo", "mine"], _HUB))
    asserts.equals(env, labels, outside_labels(labels, [], _HUB))
    asserts.equals(
        env,
        ["@pypi_bar_1//:whl_extra_fast", "@pypi_bar_1//:whl", "@pypi_baz_1//:whl", ":whl_extra_b"],
        wheel_labels(labels),
    )
    return unittest.end(env)

derived_labels_test = unittest.make(_derived_labels_test_impl)

def _errors_test_impl(ctx):
    """A text that is no requirement, or has no marker after its `;`, is an error with package, text and what to do."""
    env = unittest.begin(ctx)
    fix = " To fix: lock another version, or replace it by a target of yours (pip.override target)."
    for text, error in {
        "": "is not a requirement; expected for example: foo>=1.",
        "; os_name == 'nt'": "is not a requirement; expected for example: foo>=1.",
        "bar; nonsense": "marker 'nonsense' has 'nonsense' where a variable, a string or an operator is expected.",
        "bar; os_name ==": "marker 'os_name ==' is not a marker; expected for example: python_version < \"3.12\".",
    }.items():
        asserts.equals(env, "foo: Requires-Dist '{}': {}{}".format(text, error, fix), requirement_error("foo", text))
    for text in _REQUIRES:
        asserts.equals(env, "", requirement_error("foo", text))
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def requires_test_suite(name):
    unittest.suite(name, labels_test, derived_labels_test, errors_test)
