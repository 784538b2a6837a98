"""Tests of //python/private/hub:defaults.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:defaults.bzl", "DEFAULT_ATTRS", "NO_DEFAULTS", "collect_defaults")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:tag_options.bzl", "tag_options")
load("//tests/starlark:tags.bzl", "parse_tag")

_DEFAULTS = {
    "arch_name": "",
    "auth_patterns": {},
    "config_settings": [],
    "crate_index": "",
    "default_hub": "",
    "env": {},
    "index_url": "",
    "marker": "",
    "netrc": "",
    "os_name": "",
    "platform": "",
    "pyproject_toml": None,
    "whl_abi_tags": [],
    "whl_platform_tags": [],
}

def _module(*tags, **kwargs):
    return struct(
        is_root = kwargs.get("is_root", True),
        name = "m",
        tags = struct(default = [struct(**(_DEFAULTS | tag)) for tag in tags], dep = kwargs.get("dep", [])),
    )

def _addresses_test_impl(ctx):
    """Addresses and logins reach the hubs; the root module's last word counts, for logins before that of pip.parse, as in rules_python."""
    env = unittest.begin(ctx)
    asserts.equals(env, sorted(DEFAULT_ATTRS), sorted(_DEFAULTS))
    found = collect_defaults([
        _module({"auth_patterns": {"a": "1"}, "crate_index": "sparse+https://example.org/crates/", "default_hub": "pypi", "index_url": "https://example.org/1", "netrc": "/n"}, {
            "auth_patterns": {"b": "2"},
            "index_url": "https://example.org/2",
            "pyproject_toml": "//:pyproject.toml",
        }),
        _module({"index_url": "https://example.org/3", "platform": "x"}, is_root = False),
    ])
    asserts.equals(
        env,
        ({"b": "2"}, "sparse+https://example.org/crates/", "pypi", {}, "", "https://example.org/2", "/n", {}, "//:pyproject.toml"),
        (
            found.auth_patterns,
            found.crate_index,
            found.default_hub,
            found.deps,
            found.error,
            found.index_url,
            found.netrc,
            found.platforms,
            found.pyproject_toml,
        ),
    )
    asserts.equals(env, NO_DEFAULTS, collect_defaults([_module()]))
    options = tag_options(parse_tag(), found)
    asserts.equals(env, ("https://example.org/2", "/n", {"b": "2"}), (options.index_url, options.netrc, options.auth_patterns))
    own = tag_options(parse_tag(auth_patterns = {"c": "3"}, extra_pip_args = ["-i", "https://example.org/4"], netrc = "/o"), found)
    asserts.equals(env, ("https://example.org/4", "/n", {"b": "2"}), (own.index_url, own.netrc, own.auth_patterns))
    alone = tag_options(parse_tag(auth_patterns = {"c": "3"}, netrc = "/o"))
    asserts.equals(env, ("/o", {"c": "3"}), (alone.netrc, alone.auth_patterns))
    return unittest.end(env)

addresses_test = unittest.make(_addresses_test_impl)

def _platforms_test_impl(ctx):
    """Later tags add to a platform; one that says nothing else takes it away."""
    env = unittest.begin(ctx)
    found = collect_defaults([
        _module(
            {"config_settings": ["//:a", "//:a"], "platform": "mine"},
            {"env": {"platform_version": "1"}, "platform": "mine"},
            {"config_settings": ["//:b"], "platform": "mine"},
            {"platform": "linux_x86_64"},
            {"platform": "osx_aarch64"},
            {"os_name": "osx", "platform": "osx_aarch64"},
        ),
    ])
    asserts.equals(env, ("", {
        "linux_x86_64": None,
        "mine": {"config_settings": ["//:b"], "env": {"platform_version": "1"}},
        "osx_aarch64": {"fresh": True, "os_name": "osx"},
    }), (found.error, found.platforms))
    return unittest.end(env)

platforms_test = unittest.make(_platforms_test_impl)

def _deps_test_impl(ctx):
    """pip.dep counts in every module, and its names are normalized."""
    env = unittest.begin(ctx)
    found = collect_defaults([
        _module(dep = [struct(extra_targets = ["b"], name = "Foo_Bar"), struct(extra_targets = [], name = "six")]),
        _module(dep = [struct(extra_targets = ["a", "b"], name = "foo.bar")], is_root = False),
    ])
    asserts.equals(env, ("", {"foo-bar": ["a", "b"], "six": []}), (found.error, found.deps))
    return unittest.end(env)

deps_test = unittest.make(_deps_test_impl)

def _refused_test_impl(ctx):
    """What has no meaning is refused, with what is expected."""
    env = unittest.begin(ctx)
    for tags, error in [
        ([{"os_name": "linux"}], "os_name is of a platform; expected platform beside it, its name."),
        ([{"index_url": "e.org/simple"}], "index_url 'e.org/simple' has no scheme; expected https://, http:// or file:///. To fix: https://e.org/simple."),
        ([{"crate_index": "sparse+e.org"}], "crate_index 'e.org' has no scheme; expected https://, http:// or file:///. To fix: https://e.org."),
        ([{"default_hub": "a"}, {"default_hub": "b"}], "default_hub is 'b' here and 'a' in another tag; expected one."),
        ([{"env": {"python_version": "3"}, "platform": "p"}], "env has 'python_version'; did you mean 'platform_version'?"),
        (
            [{"platform": "p", "whl_platform_tags": ["any", "manylinux_x86_64"]}],
            "whl_platform_tags has 'manylinux_x86_64'; expected the form manylinux_*_x86_64 or manylinux_2_28_x86_64.",
        ),
        (
            [{"platform": "p", "whl_abi_tags": ["cp{version}"]}],
            "whl_abi_tags has 'cp{version}'; expected no other field than {major} and {minor}, as in cp{major}{minor}.",
        ),
        (
            [{"marker": "python_version <", "platform": "p"}],
            "marker 'python_version <' is not a marker; expected for example: python_version < \"3.12\".",
        ),
    ]:
        tag = "MODULE.bazel: pip.default({}): ".format("platform = \"p\"" if "platform" in tags[0] else "")
        asserts.equals(env, tag + error, collect_defaults([_module(*tags)]).error)
    return unittest.end(env)

refused_test = unittest.make(_refused_test_impl)

def defaults_test_suite(name):
    unittest.suite(name, addresses_test, platforms_test, deps_test, refused_test)
