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

def _honoured_test_impl(ctx):
    """Addresses and logins reach the hubs that say nothing; the root module's last word counts."""
    env = unittest.begin(ctx)
    asserts.equals(env, sorted(DEFAULT_ATTRS), sorted(_DEFAULTS))
    found = collect_defaults([
        _module({"auth_patterns": {"a": "1"}, "default_hub": "pypi", "index_url": "https://example.org/1", "netrc": "/n"}, {
            "auth_patterns": {"b": "2"},
            "index_url": "https://example.org/2",
        }),
        _module({"index_url": "https://example.org/3", "platform": "x"}, is_root = False),
    ])
    asserts.equals(env, struct(auth_patterns = {"a": "1", "b": "2"}, error = "", index_url = "https://example.org/2", netrc = "/n"), found)
    asserts.equals(env, NO_DEFAULTS, collect_defaults([_module()]))
    options = tag_options(parse_tag(), found)
    asserts.equals(env, ("https://example.org/2", "/n", {"a": "1", "b": "2"}), (options.index_url, options.netrc, options.auth_patterns))
    own = tag_options(parse_tag(auth_patterns = {"c": "3"}, extra_pip_args = ["-i", "https://example.org/4"], netrc = "/o"), found)
    asserts.equals(env, ("https://example.org/4", "/o", {"c": "3"}), (own.index_url, own.netrc, own.auth_patterns))
    return unittest.end(env)

honoured_test = unittest.make(_honoured_test_impl)

_PLATFORMS = "name the platforms in pip.parse(target_platforms = ...), such as linux_x86_64_musl or osx_aarch64_12_0"

def _refused_test_impl(ctx):
    """What cannot be honoured is refused by name; so is pip.dep."""
    env = unittest.begin(ctx)
    for attribute, value, advice in [
        ("arch_name", "x", _PLATFORMS),
        ("config_settings", ["//:x"], _PLATFORMS),
        ("env", {"a": "b"}, "markers follow from pip.parse(python_version = ..., target_platforms = ...)"),
        ("marker", "x", _PLATFORMS),
        ("os_name", "x", _PLATFORMS),
        ("platform", "x", _PLATFORMS),
        ("pyproject_toml", "//:x", "write the Python version in pip.parse(python_version = ...)"),
        ("whl_abi_tags", ["x"], "write python_version and target_platforms in pip.parse, such as linux_x86_64_freethreaded"),
        (
            "whl_platform_tags",
            ["x"],
            "write the oldest C library or macOS into pip.parse(target_platforms = ...), such as linux_x86_64_glibc_2_17",
        ),
    ]:
        asserts.equals(
            env,
            "pip.default in module 'm': {} cannot be honoured. To fix: {}.".format(attribute, advice),
            collect_defaults([_module({attribute: value})]).error,
        )
    asserts.equals(
        env,
        "pip.dep name = \"foo\" in module 'm': there is no hub of all hubs; expected labels of the hubs themselves. " +
        "To fix: remove it, and depend on @<hub_name>//foo.",
        collect_defaults([_module(dep = [struct(extra_targets = [], name = "foo")], is_root = False)]).error,
    )
    return unittest.end(env)

refused_test = unittest.make(_refused_test_impl)

def defaults_test_suite(name):
    unittest.suite(name, honoured_test, refused_test)
