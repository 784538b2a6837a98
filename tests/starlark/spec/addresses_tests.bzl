"""Tests of //python/private/spec:addresses.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:addresses.bzl", "address_error", "plain_address_error", "shown_address", "variables")

_EXPECTED = "expected https://, http:// or file:///"

def _plain_test_impl(ctx):
    """Addresses that Bazel can download from are good; others are refused with what was probably meant, without a password."""
    env = unittest.begin(ctx)
    for text in ["https://e.org/simple", "http://127.0.0.1:8080", "file:///srv/index", "HTTPS://me:secret@e.org/simple/"]:
        asserts.equals(env, "", plain_address_error(text), text)
    for text, error in {
        "": "is empty; {}.".format(_EXPECTED),
        "./index": "is a path; expected an address. To fix: file:///absolute/path.",
        "/srv/index": "is a path; expected an address. To fix: file:///srv/index.",
        "e.org/simple": "has no scheme; {}. To fix: https://e.org/simple.".format(_EXPECTED),
        "file://srv/index": "names the host 'srv'; expected three slashes. To fix: file:///srv/index.",
        "ftp://e.org": "has the scheme 'ftp', with which Bazel cannot download; {}.".format(_EXPECTED),
        "http:/e.org": "has no '//' after 'http:'; {}. To fix: http://e.org.".format(_EXPECTED),
        "https:///simple": "has no host; expected for example https://example.org/simple.",
        "https://e.org https://f.org": "has a blank; expected one address.",
        "me:secret@e.org/simple": "has no scheme; {}. To fix: https://e.org/simple.".format(_EXPECTED),
    }.items():
        asserts.equals(env, error, plain_address_error(text), text)
    return unittest.end(env)

plain_test = unittest.make(_plain_test_impl)

def _variables_test_impl(ctx):
    """A variable that nothing replaces is refused; what a variable holds is not known yet."""
    env = unittest.begin(ctx)
    asserts.equals(env, ["A_1", "B", "C"], variables("https://${A_1}:$B@e.org/${C:-x}/$/5$6"))
    for text in ["$INDEX/simple", "https://$USER:${TOKEN}@e.org", "https://$HOST/simple", "file://$HOST/x", "${INDEX:-https://e.org}"]:
        asserts.equals(env, "", address_error(text, ["HOST", "INDEX", "TOKEN", "USER"]), text)
    asserts.equals(
        env,
        "has the variable TOKEN, which is not replaced; expected its name in envsubst. To fix: envsubst = [\"TOKEN\"] ('%24' is a plain '$').",
        address_error("https://$USER:$TOKEN@e.org", ["USER"]),
    )
    asserts.equals(env, "has no scheme; {}. To fix: https://e.org/$PART.".format(_EXPECTED), address_error("e.org/$PART", ["PART"]))
    return unittest.end(env)

variables_test = unittest.make(_variables_test_impl)

def _shown_test_impl(ctx):
    """No message shows a user name or a password."""
    env = unittest.begin(ctx)
    for text, expected in {
        "e.org/a@b": "e.org/a@b",
        "https://e.org/simple": "https://e.org/simple",
        "https://me:se@cret@e.org/simple": "https://e.org/simple",
        "me:secret@e.org/simple": "e.org/simple",
    }.items():
        asserts.equals(env, expected, shown_address(text))
    return unittest.end(env)

shown_test = unittest.make(_shown_test_impl)

def addresses_test_suite(name):
    unittest.suite(name, plain_test, variables_test, shown_test)
