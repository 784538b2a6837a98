"""Tests of the pure functions in //python/private/host: cc_flags.bzl, fingerprint.bzl, platform_tag.bzl, wheel_name.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:cc_flags.bzl", "compiler_kind", "filter_flags")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:fingerprint.bzl", "add_host_files", "present_tools", "select_fingerprint", "short_entries")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:platform_tag.bzl", "cross_build_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:wheel_name.bzl", "interpreter_tag", "wheel_file_name")

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

def _short_entries_test_impl(ctx):
    """A shortened fingerprint has versions and digests, and differs whenever the whole one does."""
    env = unittest.begin(ctx)
    digests = "{}  /usr/include/yaml.h\n".format("a" * 64)

    def shorten(stdout, argv = ["--version"]):
        return short_entries({"/t": [{"argv": argv, "stdout": stdout}]})["/t"][0]

    asserts.equals(env, "aaaaaaaaaaaaaaaa  /usr/include/yaml.h", shorten(digests)["stdout"])
    long = shorten("gcc 16.2.0\nCopyright\n" + "x" * 9999, ["-c", "y" * 9999])
    asserts.true(env, long["stdout"].startswith("gcc 16.2.0 #") and len(long["stdout"]) < 30, long["stdout"])
    asserts.equals(env, 400, len(long["argv"][1]))
    asserts.false(env, shorten("gcc 1\none") == shorten("gcc 1\ntwo"))
    many = "".join(["{}  /i/{}.h\n".format("a" * 64, number) for number in range(200)])
    asserts.true(env, len(shorten(many)["stdout"]) < 200, "a list that is too long for a command line")
    asserts.false(env, shorten(many) == shorten(many.replace("/i/199", "/i/200")))
    return unittest.end(env)

short_entries_test = unittest.make(_short_entries_test_impl)

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

def functions_test_suite(name):
    unittest.suite(name, cross_build_test, flags_test, fingerprint_test, short_entries_test, wheel_name_test)
