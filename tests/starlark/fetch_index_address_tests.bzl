"""Tests of //python/private/fetch:index_address.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_address.bzl", "parse_pip_config", "split_addresses", "without_logins")

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
    asserts.equals(env, "https://e.org/", parse_pip_config(":env:.index-url='https://e.org/'\nglobal.index-url='x'").index)
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
    """User names and passwords are not written; where they stand is."""
    env = unittest.begin(ctx)
    found = without_logins([
        ("PIP_INDEX_URL", "https://me:secret@e.org/simple"),
        ("UV_INDEX", "https://f.org/simple"),
        ("pip", "https://token@g.org/simple"),
        ("pip", "https://g.org/simple"),
        ("", ""),
    ])
    asserts.equals(env, ["https://e.org/simple", "https://f.org/simple", "https://g.org/simple"], found["addresses"])
    asserts.equals(env, ["PIP_INDEX_URL", "pip"], found["logins"])
    return unittest.end(env)

logins_test = unittest.make(_logins_test_impl)

def fetch_index_address_test_suite(name):
    unittest.suite(name, config_test, split_test, logins_test)
