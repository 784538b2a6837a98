"""Tests of //python/private/fetch:index_address.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_address.bzl", "environment_addresses", "parse_pip_config", "split_addresses", "without_logins")

def _config_test_impl(ctx):
    """What `pip config list` prints: sections that belong to a command are stronger than global ones."""
    env = unittest.begin(ctx)
    found = parse_pip_config("""\
:env:.disable-pip-version-check='1'
global.extra-index-url='file:///one file:///two'
global.index-url='https://example.org/global'
install.index-url='https://example.org/install'
list.index-url='https://example.org/list'
""")
    asserts.equals(env, "https://example.org/install", found.index)
    asserts.equals(env, ["file:///one", "file:///two"], found.extra)
    asserts.equals(env, "", parse_pip_config("").index)
    asserts.equals(env, "x", parse_pip_config(":env:.index-url='https://e.org/'\nglobal.index-url='x'").index)
    asserts.equals(env, ["https://a", "https://b"], parse_pip_config("global.extra-index-url='\\nhttps://a\\nhttps://b'").extra)
    return unittest.end(env)

config_test = unittest.make(_config_test_impl)

def _split_test_impl(ctx):
    """Lists of addresses as pip (white space) and uv (with names) write them."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["https://a", "https://b?x=1"], split_addresses(" https://a\thttps://b?x=1\n"))
    asserts.equals(env, ["https://a/simple"], split_addresses("corp=https://a/simple"))
    asserts.equals(env, [], split_addresses(""))
    return unittest.end(env)

split_test = unittest.make(_split_test_impl)

def _logins_test_impl(ctx):
    """User names and passwords are not written, only whether there are any."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        {"extra": ["https://f.org/simple"], "index": "https://e.org/simple", "logins": True},
        without_logins("https://me:secret@e.org/simple", ["https://f.org/simple"]),
    )
    asserts.equals(env, {"extra": [], "index": "", "logins": False}, without_logins("", []))
    asserts.equals(env, True, without_logins("", ["https://token@f.org/simple"])["logins"])
    return unittest.end(env)

logins_test = unittest.make(_logins_test_impl)

def _environment_test_impl(ctx):
    """The first variable that is set wins, pip's before uv's."""
    env = unittest.begin(ctx)
    found = environment_addresses({"PIP_EXTRA_INDEX_URL": "https://a https://b", "PIP_INDEX_URL": " ", "UV_DEFAULT_INDEX": "https://u", "UV_INDEX": "x"})
    asserts.equals(env, "https://u", found.index)
    asserts.equals(env, ["https://a", "https://b"], found.extra)
    asserts.equals(env, "", environment_addresses({}).index)
    return unittest.end(env)

environment_test = unittest.make(_environment_test_impl)

def index_address_test_suite(name):
    unittest.suite(name, config_test, split_test, logins_test, environment_test)
