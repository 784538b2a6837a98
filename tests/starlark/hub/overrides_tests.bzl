"""Tests of //python/private/hub:overrides.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/hub:overrides.bzl",
    "collect_modifications",
    "collect_overrides",
    "merge_settings",
    "tag_modifications",
)

# buildifier: disable=bzl-visibility  (what has to be in the tests' tags)
load("//python/private/wheel:settings.bzl", "OVERRIDE_ATTRS")
load("//tests/starlark:tags.bzl", "OVERRIDE_DEFAULTS", "override_tag", "parse_tag")

_FILE = "Foo_Bar-1.0-py3-none-any.whl"

def _module(*overrides, **kwargs):
    return struct(is_root = True, name = "m", tags = struct(override = overrides, whl_mods = kwargs.get("whl_mods", [])))

def _override(**kwargs):
    return override_tag(**({"hub_name": "pypi", "name": "foo-bar"} | kwargs))

def _collect_test_impl(ctx):
    """Overrides are collected by hub and normalized name, with only what is set."""
    env = unittest.begin(ctx)
    asserts.equals(env, sorted(OVERRIDE_ATTRS.keys() + ["file", "hub_name", "name"]), sorted(OVERRIDE_DEFAULTS))
    found = collect_overrides([
        _module(_override(name = "Foo.Bar", epoch = 0, patch_strip = 1, patches = ["//:a.patch"])),
        _module(_override(hub_name = "other", deep = True)),
    ])
    asserts.equals(env, "", found.error)
    asserts.equals(env, {"epoch": 0, "patch_strip": 1, "patches": ["//:a.patch"]}, found.by_hub["pypi"]["foo-bar"])
    asserts.equals(env, {"deep": True}, found.by_hub["other"]["foo-bar"])
    for name, default in OVERRIDE_DEFAULTS.items():
        value = {"bool": True, "dict": {"a": "b"}, "int": 5, "list": ["network"]}.get(type(default), "x")
        if name not in ["file", "hub_name", "name"]:
            asserts.equals(env, {name: value}, collect_overrides([_module(_override(**{name: value}))]).by_hub["pypi"]["foo-bar"])
    return unittest.end(env)

collect_test = unittest.make(_collect_test_impl)

_WHERE = "MODULE.bazel: pip.override(hub_name = \"pypi\", name = \"foo-bar\"): "

def _errors_test_impl(ctx):
    """Overrides that say nothing, too much, or twice are refused."""
    env = unittest.begin(ctx)
    for tags, error in [
        ([_override()], _WHERE + "sets nothing; expected at least one setting. To fix: remove it."),
        (
            [_override(deep = True), _override(name = "foo_bar", deep = True)],
            "MODULE.bazel: pip.override(hub_name = \"pypi\", name = \"foo_bar\"): is given twice; expected one override per package. " +
            "The other one is MODULE.bazel: pip.override(hub_name = \"pypi\", name = \"foo-bar\").",
        ),
        (
            [_override(target = "//:x", deep = True)],
            _WHERE + "has target and deep; expected target alone, as nothing is fetched or built then.",
        ),
        ([_override(allow_uncontained = ["netwrok"])], _WHERE + "allow_uncontained has 'netwrok'; did you mean 'network'?"),
        ([_override(cpus = -1)], _WHERE + "cpus is -1; expected 0 or more."),
        ([override_tag(deep = True)], "MODULE.bazel: pip.override(): expected hub_name and name, or file."),
        (
            [override_tag(file = "foo-1.0.tar.gz", patches = ["x"])],
            "MODULE.bazel: pip.override(file = \"foo-1.0.tar.gz\"): expected the file name of a wheel. " +
            "To fix: for an sdist, pip.override(hub_name, name, patches).",
        ),
        (
            [override_tag(file = _FILE, patches = ["x"], deep = True)],
            "MODULE.bazel: pip.override(file = \"{}\"): expected only patches and patch_strip beside file, not deep. ".format(_FILE) +
            "To fix: use hub_name, name, install_patches.",
        ),
        ([override_tag(file = _FILE)], "MODULE.bazel: pip.override(file = \"{}\"): sets nothing; expected patches.".format(_FILE)),
        (
            [override_tag(file = _FILE, patches = ["x"]), override_tag(file = _FILE, patches = ["y"])],
            "MODULE.bazel: pip.override(file = \"{}\"): is given twice; expected one override per package.".format(_FILE),
        ),
    ]:
        asserts.equals(env, error, collect_overrides([_module(*tags)]).error)
    return unittest.end(env)

errors_test = unittest.make(_errors_test_impl)

def _file_test_impl(ctx):
    """An override of a wheel's file is for that file in every hub; two files of one package are two overrides."""
    env = unittest.begin(ctx)
    other = _FILE.replace("1.0", "2.0")
    found = collect_overrides([_module(
        override_tag(file = _FILE, patch_strip = 1, patches = ["x"]),
        override_tag(file = other, patches = ["y"]),
    )])
    asserts.equals(env, "", found.error)
    asserts.equals(env, {"foo-bar": {"file_patches": {
        _FILE: {"patch_strip": 1, "patches": ["x"]},
        other: {"patch_strip": 0, "patches": ["y"]},
    }}}, found.by_file)
    asserts.equals(env, {}, found.by_hub)
    return unittest.end(env)

file_test = unittest.make(_file_test_impl)

def _whl_mods(**kwargs):
    return struct(**({
        "additive_build_content": "",
        "additive_build_content_file": None,
        "copy_executables": {},
        "copy_files": {},
        "data": [],
        "data_exclude_glob": [],
        "hub_name": "mods",
        "srcs_exclude_glob": [],
        "whl_name": "foo",
    } | kwargs))

def _modifications_test_impl(ctx):
    """whl_mods reach packages by whl_modifications, annotations by their JSON; both are override's settings."""
    env = unittest.begin(ctx)
    mods = collect_modifications([_module(whl_mods = [_whl_mods(copy_files = {"a": "b"})])])
    asserts.equals(env, {"mods": {"foo": {"copy_files": {"a": "b"}}}}, mods.by_hub)
    label = struct(name = "foo.json", workspace_name = "_main~pip~mods")
    found = tag_modifications(parse_tag(
        annotations = {"Baz": json.encode({"data": [":generated"], "srcs_exclude_glob": []})},
        whl_modifications = {label: "Foo.Bar"},
    ), mods.by_hub)
    asserts.equals(env, "", found.error)
    asserts.equals(env, {"baz": {"data": [":generated"]}, "foo-bar": {"copy_files": {"a": "b"}}}, found.by_name)
    asserts.equals(
        env,
        "MODULE.bazel: pip.whl_mods(hub_name = \"mods\", whl_name = \"foo\"): is given twice; expected one tag per package.",
        collect_modifications([_module(whl_mods = [_whl_mods(), _whl_mods()])]).error,
    )
    asserts.equals(
        env,
        "whl_modifications: @mods//:bar.json is no file of a pip.whl_mods tag; expected one of the values of whl_name with " +
        "hub_name = \"mods\": foo.",
        tag_modifications(parse_tag(whl_modifications = {struct(name = "bar.json", workspace_name = "_main~pip~mods"): "bar"}), mods.by_hub).error,
    )
    asserts.equals(
        env,
        "annotations: 'baz' is not JSON; expected what package_annotation(...) gives.",
        tag_modifications(parse_tag(annotations = {"baz": "data = 1"}), {}).error,
    )
    asserts.equals(
        env,
        "annotations: 'baz' has 'patches'; expected one of the 7 settings of package_annotation.",
        tag_modifications(parse_tag(annotations = {"baz": "{\"patches\": []}"}), {}).error,
    )
    asserts.equals(env, ({"a": 1, "b": 2}, ""), merge_settings({"a": 1}, {"b": 2}, "x"))
    asserts.equals(env, ({}, "x: more than one of pip.override, whl_modifications and annotations sets a; expected one of them."), merge_settings({"a": 1}, {"a": 2}, "x"))
    return unittest.end(env)

modifications_test = unittest.make(_modifications_test_impl)

def overrides_test_suite(name):
    unittest.suite(name, collect_test, errors_test, file_test, modifications_test)
