"""Tests of the pure functions in //python/private/wheel: native_deps.bzl and resources.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:native_deps.bzl", "include_names")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:resources.bzl", "resource_step")

def _include_names_test_impl(ctx):
    """A header has a name for each folder it is found in; none names the output tree or another repository's place."""
    env = unittest.begin(ctx)
    folders = [".", "bazel-out/k8/bin", "pkg", "external/x+", "bazel-out/k8/bin/external/x+", "bazel-out/k8/bin/pkg/_virtual/a"]
    for header, expected in {
        "bazel-out/k8/bin/external/x+/made.h": ["made.h"],
        "bazel-out/k8/bin/pkg/_virtual/a/a/b.h": ["pkg/_virtual/a/a/b.h", "a/b.h"],
        "bazel-out/k8/bin/pkg/made.h": ["pkg/made.h"],
        "external/x+/include/x.h": ["include/x.h"],
        "other/c.h": ["other/c.h"],
        "pkg/sub/a.h": ["pkg/sub/a.h", "sub/a.h"],
    }.items():
        asserts.equals(env, expected, include_names(header, folders), header)
    return unittest.end(env)

include_names_test = unittest.make(_include_names_test_impl)

def _resource_step_test_impl(ctx):
    """The smallest step with room for both; the function says what the step says."""
    env = unittest.begin(ctx)
    for cpus, memory, expected in [
        (0, 0, (1, 1024)),
        (1, 1025, (1, 2048)),
        (3, 0, (4, 4096)),
        (2, 10000, (2, 16384)),
        (1, 20000, (4, 32768)),
        (64, 0, (32, 262144)),
    ]:
        step = resource_step(cpus, memory)
        asserts.equals(env, expected, (step.cpus, step.memory_mb))
        asserts.equals(env, {"cpu": expected[0], "memory": expected[1]}, step.resources("linux", 7))
    return unittest.end(env)

resource_step_test = unittest.make(_resource_step_test_impl)

def functions_test_suite(name):
    unittest.suite(name, include_names_test, resource_step_test)
