"""Tests of //python/private/fetch:index_settings.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_settings.bzl", "choose_addresses", "expanded_address")

def _of(index = "", extra = []):
    return struct(extra = extra, index = index)

def _choose_test_impl(ctx):
    """Package or hub, environment, pip's configuration, lock, pip's default; further indexes go with who names the index."""
    env = unittest.begin(ctx)
    for arguments, addresses, configured in [
        (("own", ["more"], _of("env", ["e"]), _of("pip", ["p"]), "lock", "default"), ["own", "more"], True),
        (("", ["more"], _of("env", ["e"]), _of("pip", ["p"]), "lock", "default"), ["env", "e", "more"], True),
        (("", [], _of("", ["e"]), _of("pip", ["p"]), "lock", "default"), ["pip", "e"], True),
        (("", [], _of(), _of("pip", ["p"]), "lock", "default"), ["pip", "p"], True),
        (("", ["more"], _of(), _of("", ["p"]), "lock", "default"), ["lock", "default", "p", "more"], False),
        (("", [], _of(), _of(), "", ""), [], False),
    ]:
        found = choose_addresses(*arguments)
        asserts.equals(env, addresses, found.addresses)
        asserts.equals(env, configured, found.configured)
    return unittest.end(env)

choose_test = unittest.make(_choose_test_impl)

_ATTR = struct(
    envsubst = ["INDEX", "TOKEN"],
    extra_index_urls = ["https://$TOKEN@e.org"],
    hub = "pypi",
    index_url = "$INDEX/simple",
    lock_index_url = "lock.org",
    where = "r.txt:3",
)

def _expanded_test_impl(ctx):
    """A bad address is told with who names it, and without what its variables hold."""
    env = unittest.begin(ctx)
    values = {"INDEX": "me:secret@e.org", "PIP_EXTRA_INDEX_URL": "https://a.org b.org"}
    for address, error in {
        "$INDEX/simple": "pip.parse(hub_name = \"pypi\"): the index '$INDEX/simple' is no address once its variables are replaced; expected https://, " +
                         "http:// or file:/// at its beginning.",
        "b.org": "PIP_EXTRA_INDEX_URL 'b.org' has no scheme; expected https://, http:// or file:///. To fix: https://b.org.",
        "c.org": "pip's configuration (pip config list) 'c.org' has no scheme; expected https://, http:// or file:///. To fix: https://c.org.",
        "https://$TOKEN@e.org": "pip.parse(hub_name = \"pypi\"): the extra index 'https://e.org' needs the variable TOKEN, which is not set; expected it in " +
                                "the environment. To fix: export TOKEN=...",
        "https://a.org": "",
        "lock.org": "r.txt: the index 'lock.org' has no scheme; expected https://, http:// or file:///. To fix: https://lock.org.",
    }.items():
        asserts.equals(env, error, expanded_address(address, _ATTR, values).error)
    good = expanded_address("https://$TOKEN@e.org", _ATTR, {"TOKEN": "t"})
    asserts.equals(env, ("", "https://t@e.org"), (good.error, good.text))
    return unittest.end(env)

expanded_test = unittest.make(_expanded_test_impl)

def index_settings_test_suite(name):
    unittest.suite(name, choose_test, expanded_test)
