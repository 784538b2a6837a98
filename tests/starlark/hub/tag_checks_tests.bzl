"""Tests of //python/private/hub:tag_checks.bzl and parse_attrs.bzl: what becomes of every attribute of pip.parse."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/choice:tag_places.bzl", "WORKSPACE", "parse_place")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:parse_attrs.bzl", "IDLE_PARSE_ATTRS", "PARSE_ATTRS", "REFUSED_PARSE_ATTRS")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load(
    "//python/private/hub:tag_checks.bzl",
    "foreign_override_error",
    "hub_name_of",
    "no_hub_error",
    "parse_tag_error",
    "reserved_name_error",
    "unknown_hub_error",
    "unknown_name_error",
    "unused_file_error",
    "whl_mods_hub_error",
)
load("//tests/starlark:tags.bzl", "PARSE_DEFAULTS", "override_tag", "parse_tag")

_M = struct(is_root = True, name = "m")

# What rules_python's pip.parse has, of 0.22.1 and of today, and what becomes of it here: honoured (under its own name or
# as the other one), without effect, refused.
_RULES_PYTHON = {
    "add_libdir_to_library_search_path": "refused",
    "annotations": "honoured",
    "auth_patterns": "honoured",
    "download_only": "honoured",
    "enable_implicit_namespace_pkgs": "honoured",
    "environment": "honoured",
    "envsubst": "honoured",
    "experimental_extra_index_urls": "honoured",
    "experimental_index_url": "honoured",
    "experimental_index_url_overrides": "honoured",
    "experimental_requirement_cycles": "honoured",
    "experimental_target_platforms": "honoured",
    "extra_hub_aliases": "honoured",
    "extra_pip_args": "honoured",
    "incompatible_generate_aliases": "idle",
    "isolated": "idle",
    "name": "honoured",
    "netrc": "honoured",
    "parallel_download": "idle",
    "pip_data_exclude": "honoured",
    "pyproject_toml": "honoured",
    "python_interpreter": "honoured",
    "python_interpreter_target": "honoured",
    "python_version": "honoured",
    "quiet": "idle",
    "repo_prefix": "refused",
    "requirements_by_platform": "honoured",
    "requirements_darwin": "honoured",
    "requirements_linux": "honoured",
    "requirements_lock": "honoured",
    "requirements_windows": "honoured",
    "simpleapi_skip": "idle",
    "target_platforms": "honoured",
    "timeout": "idle",
    "use_hub_alias_dependencies": "idle",
    "uv_lock": "honoured",
    "whl_modifications": "honoured",
}

def _table_test_impl(ctx):
    """No attribute of rules_python is unknown; those that are idle are accepted, those that are refused say what to do."""
    env = unittest.begin(ctx)
    asserts.equals(env, sorted(PARSE_DEFAULTS), sorted(PARSE_ATTRS.keys() + ["hub_name"]))
    asserts.equals(env, sorted([name for name, fate in _RULES_PYTHON.items() if fate == "idle"]), IDLE_PARSE_ATTRS)
    asserts.equals(env, sorted([name for name, fate in _RULES_PYTHON.items() if fate == "refused"]), sorted(REFUSED_PARSE_ATTRS))
    for name, fate in _RULES_PYTHON.items():
        asserts.true(env, name in PARSE_ATTRS, name)
        if fate == "idle":
            other = {"bool": not PARSE_DEFAULTS[name], "int": 7, "list": ["x"], "string": "x"}.get(type(PARSE_DEFAULTS[name]), "x")
            asserts.equals(env, "", parse_tag_error(parse_tag(**{name: other}), _M, {}), name)
    for name, value, advice in [
        ("add_libdir_to_library_search_path", True, "builds find the interpreter's own libraries; name others in pip.override(native_deps = ...)"),
        ("repo_prefix", "x_", "remove it; repositories are named after the hub"),
    ]:
        asserts.equals(
            env,
            "MODULE.bazel: pip.parse(hub_name = \"pypi\"): {} cannot be honoured. To fix: {}.".format(name, advice),
            parse_tag_error(parse_tag(**{name: value}), _M, {}),
        )
    return unittest.end(env)

table_test = unittest.make(_table_test_impl)

def _parse_test_impl(ctx):
    """Bad pip.parse tags are refused with the hub's name and the value."""
    env = unittest.begin(ctx)
    for version in ["", "3.9", "3.12", "3.12.4", "3.15"]:
        asserts.equals(env, "", parse_tag_error(parse_tag(python_version = version), _M, {}))
    asserts.equals(
        env,
        "MODULE.bazel: pip.parse(hub_name = \"\"): hub_name is empty; expected the name of a repository. To fix: hub_name = \"pypi\".",
        parse_tag_error(parse_tag(hub_name = ""), _M, {}),
    )
    asserts.equals(env, "old", hub_name_of(parse_tag(hub_name = "", name = "old")))
    asserts.equals(env, "", parse_tag_error(parse_tag(hub_name = "", name = "old"), _M, {}))
    asserts.equals(
        env,
        "MODULE.bazel: pip.parse(hub_name = \"pypi\"): name is 'old'; expected hub_name alone, which is the newer name of the same attribute.",
        parse_tag_error(parse_tag(name = "old"), _M, {}),
    )
    asserts.equals(env, "", parse_tag_error(parse_tag(), _M, {"pypi": _M}))
    asserts.equals(
        env,
        "MODULE.bazel: pip.parse(hub_name = \"pypi\"): MODULE.bazel of module 'other' makes that hub already; expected another hub_name, as " +
        "hubs of all modules share their names.",
        parse_tag_error(parse_tag(), _M, {"pypi": struct(is_root = False, name = "other")}),
    )
    asserts.equals(
        env,
        "MODULE.bazel: pip.parse(hub_name = \"reprowheel_x\"): names that begin with reprowheel_ are the ruleset's own; expected another name.",
        parse_tag_error(parse_tag(hub_name = "reprowheel_x"), _M, {}),
    )
    for version in ["3.8", "3.6.15"]:
        asserts.equals(
            env,
            ("MODULE.bazel: pip.parse(hub_name = \"pypi\"): python_version is '{}'; wheels are built for CPython 3.9 and newer; expected one of " +
             "these. To fix: lock for a newer Python, and write its version here.").format(version),
            parse_tag_error(parse_tag(python_version = version), _M, {}),
        )
    for version, guess in {"3": "", "3.12.4.1": "3.12", "3.14.0rc1": "3.14", "3.x": "", "cp314": "3.14", "python3.12": "3.12"}.items():
        asserts.equals(
            env,
            "MODULE.bazel: pip.parse(hub_name = \"pypi\"): python_version is '{}'; expected for example 3.12.".format(version) +
            (" To fix: python_version = \"{}\".".format(guess) if guess else ""),
            parse_tag_error(parse_tag(python_version = version), _M, {}),
        )
    for name in ["my pypi", "1st", "a/b"]:
        asserts.equals(
            env,
            "MODULE.bazel: pip.parse(hub_name = \"{}\"): is no name of a repository; expected letters, digits, '-', '_' and '.', and a letter first.".format(name),
            parse_tag_error(parse_tag(hub_name = name), _M, {}),
        )
    return unittest.end(env)

parse_test = unittest.make(_parse_test_impl)

def _names_test_impl(ctx):
    """Hubs, packages and files that nobody has are refused."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", unknown_hub_error({"pypi": {"foo": "the tag"}}, ["pypi"]))
    asserts.equals(env, "the tag: no pip.parse makes a hub 'nope'; expected one of the hubs: pypi.", unknown_hub_error({"nope": {"foo": "the tag"}}, ["pypi"]))
    asserts.equals(env, "the tag: no pip.parse makes a hub 'pyi'; did you mean 'pypi'?", unknown_hub_error({"pyi": {"foo": "the tag"}}, ["pypi"]))
    asserts.equals(env, "", unknown_name_error("the tag", [":all:", "Foo_Bar"], {"foo-bar": None}, "r.txt"))
    asserts.equals(
        env,
        "the tag: there is no package 'bar' in r.txt; expected one of the packages of r.txt: cffi, foo.",
        unknown_name_error("the tag", ["foo", "bar"], {"cffi": None, "foo": None}, "r.txt"),
    )
    asserts.equals(env, "the tag: there is no package 'all' in r.txt; did you mean ':all:'?", unknown_name_error("the tag", ["all"], {"foo": None}, "r.txt"))
    by_file = {"foo": {"file_patches": {"foo-1-py3-none-any.whl": {}}}}
    asserts.equals(env, "", unused_file_error(by_file, {"foo": None}))
    asserts.equals(
        env,
        "MODULE.bazel: pip.override(file = \"foo-1-py3-none-any.whl\"): no hub has a package 'foo'; expected one of the packages of all hubs: bar.",
        unused_file_error(by_file, {"bar": None}),
    )
    asserts.equals(
        env,
        "MODULE.bazel: pip.parse(hub_name = \"pypi\"): RULES_PYTHON_PYPI_HUB_RESERVED=1 asks for another name of that hub, and no hub is renamed here. " +
        "To fix: write the other name in hub_name; then @pypi is the hub of all hubs.",
        reserved_name_error("1", {"pypi": "MODULE.bazel: pip.parse(hub_name = \"pypi\")"}),
    )
    for value, hubs in [("0", {"pypi": 1}), (None, {"pypi": 1}), ("1", {"pip": 1})]:
        asserts.equals(env, "", reserved_name_error(value, hubs))
    return unittest.end(env)

names_test = unittest.make(_names_test_impl)

def _foreign_test_impl(ctx):
    """The root module may override every hub, others their own."""
    env = unittest.begin(ctx)
    made = {"own": struct(is_root = False, name = "m"), "pypi": struct(is_root = True, name = "root")}

    def _error(is_root, **kwargs):
        tags = struct(override = [override_tag(**kwargs)])
        return foreign_override_error([struct(is_root = is_root, name = "m", tags = tags)], made)

    asserts.equals(env, "", _error(True, hub_name = "pypi", name = "foo"))
    asserts.equals(env, "", _error(True, file = "foo-1-py3-none-any.whl"))
    asserts.equals(env, "", _error(False, hub_name = "own", name = "foo"))
    asserts.equals(
        env,
        "MODULE.bazel of module 'm': pip.override(hub_name = \"pypi\", name = \"foo\"): MODULE.bazel makes that hub; expected the override there " +
        "or in the root module.",
        _error(False, hub_name = "pypi", name = "foo"),
    )
    asserts.equals(
        env,
        "MODULE.bazel of module 'm': pip.override(file = \"foo-1-py3-none-any.whl\"): is for all hubs; expected it in the root module. " +
        "To fix: use hub_name, name, install_patches.",
        _error(False, file = "foo-1-py3-none-any.whl"),
    )
    return unittest.end(env)

foreign_test = unittest.make(_foreign_test_impl)

def _modules_test_impl(ctx):
    """A module without any tag that makes something, and a whl_mods that takes a hub's name."""
    env = unittest.begin(ctx)
    mods = struct(hub_name = "pypi", whl_name = "foo")

    def _module(is_root = True, dep = [], whl_mods = []):
        return struct(is_root = is_root, name = "m", tags = struct(dep = dep, whl_mods = whl_mods))

    nothing = "MODULE.bazel: there is no pip.parse, so no hub has any package; expected one. To fix: pip.parse(hub_name = \"pypi\", " + \
              "requirements_lock = \"//:requirements.txt\")."
    asserts.equals(env, nothing, no_hub_error([_module()], {}))
    for modules, hubs in [([_module()], {"pypi": None}), ([_module(dep = [1])], {}), ([_module(whl_mods = [mods])], {}), ([_module(is_root = False)], {})]:
        asserts.equals(env, "", no_hub_error(modules, hubs))
    asserts.equals(env, "", whl_mods_hub_error([_module(whl_mods = [mods])], {"pip": None}))
    asserts.equals(
        env,
        "MODULE.bazel of module 'm': pip.whl_mods(hub_name = \"pypi\"): pip.parse makes a hub of that name; expected another one, which " +
        "whl_modifications then names. To fix: hub_name = \"pypi_mods\".",
        whl_mods_hub_error([_module(is_root = False, whl_mods = [mods])], {"pypi": None}),
    )
    asserts.equals(env, "WORKSPACE: pip_parse(name = \"pip\")", parse_place(WORKSPACE, "pip"))
    asserts.equals(env, "MODULE.bazel of module 'x': pip.parse(hub_name = \"pip\")", parse_place(struct(is_root = False, name = "x"), "pip"))
    return unittest.end(env)

modules_test = unittest.make(_modules_test_impl)

def tag_checks_test_suite(name):
    unittest.suite(name, table_test, parse_test, names_test, foreign_test, modules_test)
