"""Tests of //python/private/spec:names.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:names.bzl", "file_name_part", "is_name", "lock_label", "normalize_name", "repository_name")

def _normalize_test_impl(ctx):
    """PEP 503: lower case, every run of separators as one dash."""
    env = unittest.begin(ctx)
    for name, expected in {
        "A.-_b": "a-b",
        "PyYAML": "pyyaml",
        "a----b": "a-b",
        "ruamel.yaml.clib": "ruamel-yaml-clib",
        "zope_interface": "zope-interface",
    }.items():
        asserts.equals(env, expected, normalize_name(name))
    return unittest.end(env)

normalize_test = unittest.make(_normalize_test_impl)

def _is_name_test_impl(ctx):
    """Core metadata: letters and digits at both ends, separators only between."""
    env = unittest.begin(ctx)
    for name in ["a", "A.b-c_9", "0x"]:
        asserts.true(env, is_name(name), name)
    for name in ["", "-a", "a-", "a b", "ä", "a/b", "a=="]:
        asserts.false(env, is_name(name), name)
    return unittest.end(env)

is_name_test = unittest.make(_is_name_test_impl)

def _file_and_repository_test_impl(ctx):
    """File names use underscores; repository names hold nothing but letters, digits and underscores."""
    env = unittest.begin(ctx)
    asserts.equals(env, "ruamel_yaml", file_name_part("Ruamel.YAML"))
    asserts.equals(env, "pypi_zope_interface_1_0_post1_local", repository_name("pypi", "zope-interface", "1.0.post1+local"))
    return unittest.end(env)

file_and_repository_test = unittest.make(_file_and_repository_test_impl)

def _label_test_impl(ctx):
    """A file of the main repository is named by its path alone."""
    env = unittest.begin(ctx)
    asserts.equals(env, "examples/hello/requirements.txt", lock_label(Label("//examples/hello:requirements.txt")))
    asserts.equals(env, "requirements.txt", lock_label(Label("//:requirements.txt")))
    asserts.true(env, lock_label(Label("@bazel_skylib//lib:unittest.bzl")).endswith("//lib/unittest.bzl"))
    return unittest.end(env)

label_test = unittest.make(_label_test_impl)

def names_test_suite(name):
    unittest.suite(name, normalize_test, is_name_test, file_and_repository_test, label_test)
