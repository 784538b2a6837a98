"""Tests of //python/private/hub:pip_repository.bzl and of what //python:pip.bzl makes of its arguments."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("//python:pip.bzl", "package_annotation", "package_override", "pip_utils")

# buildifier: disable=bzl-visibility  (what annotations are given to)
load("//python/private/hub:overrides.bzl", "tag_modifications")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/hub:pip_repository.bzl",
    "add_install_deps",
    "install_argument_error",
    "parse_overrides",
    "spoke_aliases",
    "without_labels",
)

def _overrides_test_impl(ctx):
    """Overrides are settings by normalized name, only what was set; annotations are what rules_python's are."""
    env = unittest.begin(ctx)
    overrides = {"Baz": package_override(deep = True), "foo_bar": package_override(epoch = 5, patches = ["//:x"])}
    asserts.equals(env, {"baz": {"deep": True}, "foo-bar": {"epoch": 5, "patches": ["//:x"]}}, parse_overrides(overrides))
    modified = tag_modifications(struct(
        annotations = {"Foo.Bar": package_annotation(copy_files = {"a": "b"}, data = ["//:x"])},
        whl_modifications = {},
    ), {})
    asserts.equals(env, "", modified.error)
    asserts.equals(env, {"foo-bar": {"copy_files": {"a": "b"}, "data": ["//:x"]}}, modified.by_name)
    return unittest.end(env)

overrides_test = unittest.make(_overrides_test_impl)

def _labels_test_impl(ctx):
    """Labels become texts, wherever attributes have them."""
    env = unittest.begin(ctx)
    label = Label("//tests/starlark:x")
    for value, expected in [
        (label, str(label)),
        ([label, "a"], [str(label), "a"]),
        ({"a": label}, {"a": str(label)}),
        ("a", "a"),
        (None, None),
        (True, True),
    ]:
        asserts.equals(env, expected, without_labels(value))
    return unittest.end(env)

labels_test = unittest.make(_labels_test_impl)

def _spoke_aliases_test_impl(ctx):
    """Each package has its old repository, unless a distribution's own has that name."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        {"pypi_foo_bar": "foo-bar", "pypi_six": "six"},
        spoke_aliases("pypi", ["pypi_six_1_0", "pypi_odd_1"], ["foo-bar", "six", "odd-1"]),
    )
    return unittest.end(env)

spoke_aliases_test = unittest.make(_spoke_aliases_test_impl)

def _install_argument_test_impl(ctx):
    """What says how pip runs is accepted; anything else is refused by name."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", install_argument_error("pypi", {"quiet": False, "timeout": 5}))
    asserts.equals(
        env,
        "install_deps of @pypi: bar, foo has no effect here; expected no arguments. To fix: set it in pip_parse.",
        install_argument_error("pypi", {"bar": 2, "foo": 1, "quiet": True}),
    )
    return unittest.end(env)

install_argument_test = unittest.make(_install_argument_test_impl)

def _add_install_deps_test_impl(ctx):
    """The loads stand behind the docstring and before everything else, and nothing of the hub's own is lost."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        """\
\"\"\"Doc.\"\"\"

load("@rules_reprowheel//python:generated_workspace.bzl", _install_distributions = "install_distributions")
load(":distributions.bzl", _DISTRIBUTIONS = "DISTRIBUTIONS")

X = \"\"\"text\"\"\"

def install_deps(**whl_library_kwargs):
    _install_distributions("pypi", _DISTRIBUTIONS, whl_library_kwargs)
""",
        add_install_deps("\"\"\"Doc.\"\"\"\n\nX = \"\"\"text\"\"\"\n", "pypi"),
    )
    return unittest.end(env)

add_install_deps_test = unittest.make(_add_install_deps_test_impl)

def _normalize_name_test_impl(ctx):
    """Names are those of the hub's packages."""
    env = unittest.begin(ctx)
    asserts.equals(env, "foo_bar_baz", pip_utils.normalize_name("Foo.Bar--baz"))
    return unittest.end(env)

normalize_name_test = unittest.make(_normalize_name_test_impl)

def pip_repository_test_suite(name):
    """Makes the tests.

    Args:
      name: (str) the test suite.
    """
    unittest.suite(
        name,
        add_install_deps_test,
        install_argument_test,
        labels_test,
        normalize_name_test,
        overrides_test,
        spoke_aliases_test,
    )
