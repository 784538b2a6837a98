"""Tests of //python/private/host:cc.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:cc.bzl", "describe_configured", "no_compiler_error")

# As Bazel configures gcc on Debian.
_CONFIG = {
    "compile_flags": ["-fstack-protector", "-Wall"],
    "compiler": "gcc",
    "conly_flags": ["-std=c11"],
    "cxx_flags": ["-std=c++17"],
    "link_flags": ["-B/usr/bin", "-Wl,-z,relro,-z,now"],
    "link_libs": ["-Wl,--push-state,-as-needed", "-lstdc++", "-Wl,--pop-state"],
    "opt_compile_flags": ["-O2"],
    "tool_paths": {"ar": "/usr/bin/ar", "cpp": "/usr/bin/cpp", "gcc": "/usr/bin/gcc", "parse_headers": "cc_wrapper.sh"},
    "unfiltered_compile_flags": ["-D__DATE__=\"redacted\""],
}

def _describe_test_impl(ctx):
    """Flags in the order of an action's command line, without those of other compilation modes; no compiler is None."""
    env = unittest.begin(ctx)
    found = describe_configured(_CONFIG)
    last = ["-fPIC", "-D__DATE__=\"redacted\""]
    asserts.equals(env, ["-U_FORTIFY_SOURCE", "-fstack-protector", "-Wall", "-std=c11"] + last, found["c_flags"])
    asserts.equals(env, ["-U_FORTIFY_SOURCE", "-fstack-protector", "-Wall", "-std=c++17"] + last, found["cxx_flags"])
    asserts.equals(env, ["-B/usr/bin", "-Wl,-z,relro,-z,now"], found["link_shared_flags"])
    asserts.equals(env, {"ar": "/usr/bin/ar", "cc": "/usr/bin/gcc", "cxx": "/usr/bin/gcc"}, found["tools"])
    asserts.equals(env, "gcc", found["compiler"])
    asserts.equals(env, None, describe_configured({}))
    asserts.equals(env, None, describe_configured({"tool_paths": {"gcc": "gcc"}}))
    again = describe_configured(_CONFIG | {"compile_flags": ["-U_FORTIFY_SOURCE", "-O1"]})
    asserts.equals(env, ["-U_FORTIFY_SOURCE", "-O1"], again["c_flags"][:2])
    return unittest.end(env)

describe_test = unittest.make(_describe_test_impl)

_ZIG = "or add toolchains.zig to MODULE.bazel (Linux on x86-64)."

def _no_compiler_test_impl(ctx):
    """What was looked for, and what helps: a package, another CC, a toolchain; in the repository phase no registered one helps."""
    env = unittest.begin(ctx)
    for arguments, error in [
        (
            ("", True, False),
            "@x: there is no C compiler: gcc is not on PATH, and CC is not set. To fix: install one (Debian, Ubuntu: apt install build-essential; " +
            "Fedora: dnf install gcc gcc-c++; Alpine: apk add build-base); or --repo_env=CC=clang, or register a C/C++ toolchain and let actions " +
            "build (build_phase = \"action\"), ",
        ),
        (
            ("mycc", True, False),
            "@x: CC=mycc is not on PATH; expected a C compiler. To fix: leave CC out, for gcc, or set it to a compiler that is there, or register " +
            "a C/C++ toolchain and let actions build (build_phase = \"action\"), ",
        ),
        (
            ("", False, True),
            "@x: no C/C++ toolchain is registered for this platform; expected one (Bazel looks for none itself where " +
            "BAZEL_DO_NOT_DETECT_CPP_TOOLCHAIN=1 is set). To fix: leave that out, register a C/C++ toolchain, ",
        ),
    ]:
        asserts.equals(env, error + _ZIG, no_compiler_error("@x", *arguments))
    return unittest.end(env)

no_compiler_test = unittest.make(_no_compiler_test_impl)

def cc_test_suite(name):
    unittest.suite(name, describe_test, no_compiler_test)
