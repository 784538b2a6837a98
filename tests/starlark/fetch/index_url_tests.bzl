"""Tests of //python/private/fetch:index_url.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_url.bzl", "expand_variables", "same_host", "split_credentials")

def _credentials_test_impl(ctx):
    """User name and password leave the address, so that no message can show them."""
    env = unittest.begin(ctx)
    for url, expected in {
        "file:///srv/a@b/simple": ("file:///srv/a@b/simple", "", ""),
        "https://example.org/simple": ("https://example.org/simple", "", ""),
        "https://token@example.org/simple": ("https://example.org/simple", "token", ""),
        "https://us%40er:p%3Ass@example.org:80/simple": ("https://example.org:80/simple", "us@er", "p:ss"),
    }.items():
        asserts.equals(env, expected, split_credentials(url))
    return unittest.end(env)

credentials_test = unittest.make(_credentials_test_impl)

def _host_test_impl(ctx):
    """A password for one host and port is not sent to another, nor over another scheme."""
    env = unittest.begin(ctx)
    asserts.true(env, same_host("https://e.org/simple/a/", "https://e.org/files/a.whl"))
    for other in ["https://e.org:8080/a", "http://e.org/a", "https://e.org.evil.example/a"]:
        asserts.false(env, same_host("https://e.org/simple/", other), other)
    return unittest.end(env)

host_test = unittest.make(_host_test_impl)

def _variables_test_impl(ctx):
    """Only the variables that envsubst names are replaced; one that is not set is an error that shows no value."""
    env = unittest.begin(ctx)
    values = {"TOKEN": "t1", "TOKEN_B": "t2"}
    for text, expected in {
        "https://$TOKEN_B@e.org": "https://t2@e.org",
        "https://${HOST:-e.org}/simple": "https://e.org/simple",
        "https://${TOKEN:-x}@${TOKEN}": "https://t1@t1",
        "https://e.org/$OTHER": "https://e.org/$OTHER",
    }.items():
        asserts.equals(env, expected, expand_variables(text, ["TOKEN", "TOKEN_B", "HOST"], values).text)
    failed = expand_variables("https://$TOKEN:$HOST@e.org", ["TOKEN", "HOST"], values)
    asserts.equals(env, "needs the variable HOST, which is not set; expected it in the environment. To fix: export HOST=...", failed.error)
    return unittest.end(env)

variables_test = unittest.make(_variables_test_impl)

def index_url_test_suite(name):
    unittest.suite(name, credentials_test, host_test, variables_test)
