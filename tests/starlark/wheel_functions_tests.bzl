"""Tests of the pure functions in //python/private/wheel: cc_toolchain.bzl, fingerprint.bzl, interpreter.bzl,
native_deps.bzl, platform_tag.bzl, resources.bzl, wheel_name.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:cc_flags.bzl", "compiler_kind", "filter_flags")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:fingerprint.bzl", "add_host_files", "present_tools", "select_fingerprint")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:interpreter.bzl", "version_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:native_deps.bzl", "include_names")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:platform_tag.bzl", "cross_build_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:resources.bzl", "resource_step")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:wheel_name.bzl", "interpreter_tag", "wheel_file_name")

def _flags_test_impl(ctx):
    """Libraries and what names Bazel's own outputs go; quotes, order and everything else stay."""
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        ["-D__DATE__=\"redacted\"", "-O2", "-Wl,-z,relro", "-L/x", "-D__DATE__=\"redacted\""],
        filter_flags([
            "-D__DATE__=\"redacted\"",
            "-c",
            "-O2",
            "-shared",
            "-Wl,-z,relro",
            "-Wl,--push-state,-as-needed",
            "-lstdc++",
            "-Wl,--pop-state",
            "-L/x",
            "-lm",
            "-Wl,-S",
            "-D__DATE__=\"redacted\"",
        ]),
    )
    asserts.equals(
        env,
        ["-Wl,--push-state,-as-needed", "x.a", "-Wl,--pop-state"],
        filter_flags(["-Wl,--push-state,-as-needed", "x.a", "-Wl,--pop-state"]),
    )
    for name, driver, expected in [
        ("compiler", "/usr/bin/gcc", "gcc"),
        ("compiler", "/usr/bin/clang-19", "clang"),
        ("clang", "external/llvm/bin/cc", "clang"),
        ("unknown", "/usr/bin/cc", "gcc"),
        ("icx", "/opt/icx", "icx"),
    ]:
        asserts.equals(env, expected, compiler_kind(name, driver))
    return unittest.end(env)

flags_test = unittest.make(_flags_test_impl)

_FINGERPRINT = {
    "/usr/bin/as": [{"argv": ["--version"], "stdout": "as"}],
    "/usr/bin/clang": [{"argv": ["--version"], "stdout": "clang"}],
    "/usr/bin/g++-12": [{"argv": ["--version"], "stdout": "g++"}],
    "/usr/bin/gcc-12": [{"argv": ["--version"], "stdout": "gcc"}],
}

def _fingerprint_test_impl(ctx):
    """Host tools that are used are in, with their C++ sibling and what they imply; inputs and other tools are not."""
    env = unittest.begin(ctx)
    found = select_fingerprint(["/usr/bin/gcc-12", "external/llvm/bin/ld"], _FINGERPRINT, ["/usr/bin/as"])
    asserts.equals(env, "", found.error)
    asserts.equals(env, ["/usr/bin/as", "/usr/bin/g++-12", "/usr/bin/gcc-12"], sorted(found.entries))
    asserts.equals(env, {}, select_fingerprint(["external/llvm/bin/cc"], _FINGERPRINT, ["/usr/bin/as"]).entries)
    asserts.equals(
        env,
        "the tool /opt/bin/gcc is a path on this host, and nothing identifies it; expected a fingerprint of it. " +
        "To fix: put it on PATH, or set --repo_env=REPROWHEEL_HOST_TOOLS=/opt/bin/gcc.",
        select_fingerprint(["/opt/bin/gcc"], _FINGERPRINT, []).error,
    )
    libraries = {
        "liba.so.1": json.encode({"/usr/bin/sha256sum": [{"argv": ["/lib/liba.so.1"], "stdout": "aa"}]}),
        "libb.so.1": json.encode({"/usr/bin/sha256sum": [{"argv": ["/lib/libb.so.1"], "stdout": "bb"}]}),
        "libc.so.1": json.encode({"/usr/bin/sha256sum": [{"argv": ["/lib/libc.so.1"], "stdout": "cc"}]}),
    }
    asserts.equals(
        env,
        {"/t": [], "/usr/bin/sha256sum": [
            {"argv": ["/lib/liba.so.1"], "stdout": "aa"},
            {"argv": ["/lib/libc.so.1"], "stdout": "cc"},
        ]},
        add_host_files({"/t": []}, ["liba.so.1", "libc.so.1", "libnone.so.1"], libraries),
    )
    tools = {"ar": "/usr/bin/ar", "as": "/usr/bin/as", "cc": "/usr/bin/cc", "ld": "external/x/ld", "nm": "/opt/bin/nm"}
    asserts.equals(
        env,
        ["as", "cc", "ld", "nm"],
        sorted(present_tools(tools, _FINGERPRINT, ["/usr/bin"])),
        "only what was looked for and not found goes, and never the compiler",
    )
    return unittest.end(env)

fingerprint_test = unittest.make(_fingerprint_test_impl)

def _version_test_impl(ctx):
    """A toolchain of another Python than the hub's is refused; one that does not say is taken."""
    env = unittest.begin(ctx)
    for wanted, found in [("", "3.12"), ("3.12", ""), ("3.12", "3.12")]:
        asserts.equals(env, "", version_error(wanted, found))
    asserts.equals(
        env,
        "the Python toolchain is 3.11; expected 3.12, for which the hub was made. " +
        "To fix: pip.parse(python_version = \"3.11\"), or a toolchain of Python 3.12.",
        version_error("3.12", "3.11"),
    )
    return unittest.end(env)

version_test = unittest.make(_version_test_impl)

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

def _wheel_name_test_impl(ctx):
    """The narrowest tag of the interpreter, and a name that other tools take apart at its hyphens."""
    env = unittest.begin(ctx)
    for arguments, expected in [
        (("cpython", "3.11", "", "linux-x86_64"), "cp311-cp311-linux_x86_64"),
        (("cpython", "3.13", "t", "linux_aarch64"), "cp313-cp313t-linux_aarch64"),
        (("pypy", "3.10", "", "macosx-11.0-arm64"), "pp310-none-macosx_11_0_arm64"),
        (("cpython", "", "", "linux_x86_64"), "cp3-none-linux_x86_64"),
    ]:
        asserts.equals(env, expected, interpreter_tag(*arguments))
    asserts.equals(env, "foo_bar-1.0_1-cp3-none-any.whl", wheel_file_name("Foo.Bar", "1.0-1", "cp3-none-any"))
    return unittest.end(env)

wheel_name_test = unittest.make(_wheel_name_test_impl)

def _cross_build_test_impl(ctx):
    """What is built for the platform that it is built on is right, also where nobody has a name for it."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", cross_build_error("linux_x86_64", "linux_x86_64"))
    asserts.equals(env, "", cross_build_error("unknown", "unknown"))
    asserts.equals(
        env,
        "would be built on linux_x86_64 for macosx_arm64, and sdists are not cross-built; expected a wheel. To fix: lock a " +
        "wheel for macosx_arm64, or build where actions run on macosx_arm64.",
        cross_build_error("macosx_arm64", "linux_x86_64"),
    )
    return unittest.end(env)

cross_build_test = unittest.make(_cross_build_test_impl)

def wheel_functions_test_suite(name):
    unittest.suite(
        name,
        cross_build_test,
        flags_test,
        fingerprint_test,
        include_names_test,
        resource_step_test,
        version_test,
        wheel_name_test,
    )
