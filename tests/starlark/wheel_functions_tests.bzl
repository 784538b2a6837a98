"""Tests of the pure functions in //python/private/wheel: cc_toolchain.bzl, fingerprint.bzl, interpreter.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:cc_flags.bzl", "compiler_kind", "filter_flags")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:fingerprint.bzl", "add_libraries", "present_tools", "select_fingerprint")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:interpreter.bzl", "version_error")

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
        add_libraries({"/t": []}, ["liba.so.1", "libc.so.1", "libnone.so.1"], libraries),
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

def wheel_functions_test_suite(name):
    unittest.suite(name, flags_test, fingerprint_test, version_test)
