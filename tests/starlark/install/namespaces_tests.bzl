"""Tests of //python/private/install:namespaces.bzl: which files join the parts of a namespace themselves."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/install:namespaces.bzl", "joining_inits")

_PKGUTIL = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
_PKG_RESOURCES = "__import__('pkg_resources').declare_namespace(__name__)\n"
_FILES = {
    "data/__init__.py": _PKGUTIL,
    "site-packages/a/__init__.py": _PKGUTIL,
    "site-packages/a/b/__init__.py": _PKG_RESOURCES,
    "site-packages/a/b/c/__init__.py": "NAME = 1",
    "site-packages/a/b/c/d/__init__.py": _PKGUTIL,
    "site-packages/a/part.py": "",
    "site-packages/regular/__init__.py": "",
    "site-packages/regular/inner/__init__.py": _PKGUTIL,
}

def _joining_inits_test_impl(ctx):
    """A folder below a regular package is no part of a namespace, whatever it says, and is not read."""
    env = unittest.begin(ctx)
    seen = []

    def read(place):
        seen.append(place)
        return _FILES[place]

    asserts.equals(env, ["site-packages/a/__init__.py", "site-packages/a/b/__init__.py"], joining_inits(_FILES, read))
    asserts.equals(env, [
        "site-packages/a/__init__.py",
        "site-packages/a/b/__init__.py",
        "site-packages/a/b/c/__init__.py",
        "site-packages/regular/__init__.py",
    ], sorted(seen))
    return unittest.end(env)

joining_inits_test = unittest.make(_joining_inits_test_impl)

def namespaces_test_suite(name):
    unittest.suite(name, joining_inits_test)
