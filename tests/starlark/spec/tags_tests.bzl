"""Tests of //python/private/spec:tags.bzl; the expected orders are those of `pip debug --verbose`."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:filenames.bzl", "parse_wheel_name")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/spec:tags.bzl", "wheel_rank")

_LINUX = {
    "abiflags": "",
    "implementation": "cpython",
    "libc": "glibc",
    "libc_version": [2, 31],
    "machine": "x86_64",
    "system": "linux",
    "version": [3, 12],
}

def _rank(tags, interpreter):
    return wheel_rank(parse_wheel_name("foo-1.0-{}.whl".format(tags)), interpreter)

# Best first.
_ORDER = [
    "cp312-cp312-manylinux_2_31_x86_64",
    "cp312-cp312-manylinux_2_17_x86_64",
    "cp312-cp312-manylinux2010_x86_64",
    "cp312-cp312-manylinux1_x86_64",
    "cp312-cp312-linux_x86_64",
    "cp312-abi3-manylinux_2_17_x86_64",
    "cp39-abi3-manylinux_2_17_x86_64",
    "cp38-abi3-manylinux_2_31_x86_64",
    "py312-none-manylinux_2_17_x86_64",
    "py3-none-manylinux_2_17_x86_64",
    "py311-none-manylinux_2_17_x86_64",
    "cp312-none-any",
    "py312-none-any",
    "py3-none-any",
    "py311-none-any",
]

_UNFIT = [
    "cp311-cp311-linux_x86_64",
    "cp312-cp312-macosx_11_0_x86_64",
    "cp312-cp312-manylinux_2_32_x86_64",
    "cp312-cp312-manylinux_2_17_aarch64",
    "cp312-cp312-musllinux_1_1_x86_64",
    "cp312-cp312-win_amd64",
    "cp312-cp312t-linux_x86_64",
    "cp313-abi3-linux_x86_64",
    "pp310-pypy310_pp73-linux_x86_64",
    "py2-none-any",
    "py313-none-any",
]

def _order_test_impl(ctx):
    """Each tag beats every tag behind it; others do not fit at all."""
    env = unittest.begin(ctx)
    for index, better in enumerate(_ORDER):
        for worse in _ORDER[index + 1:]:
            asserts.true(env, _rank(better, _LINUX) < _rank(worse, _LINUX), "{} before {}".format(better, worse))
    for tags in _UNFIT:
        asserts.equals(env, None, _rank(tags, _LINUX), tags)
    asserts.equals(env, _rank("py3-none-any", _LINUX), _rank("py2.py3-none-any", _LINUX))
    return unittest.end(env)

order_test = unittest.make(_order_test_impl)

def _platforms_test_impl(ctx):
    """musl, macOS, Windows and free-threaded builds take their own wheels only."""
    env = unittest.begin(ctx)
    musl = _LINUX | {"libc": "musl", "libc_version": [1, 2]}
    asserts.true(env, _rank("cp312-cp312-musllinux_1_1_x86_64", musl) != None)
    asserts.equals(env, None, _rank("cp312-cp312-musllinux_1_3_x86_64", musl))
    asserts.equals(env, None, _rank("cp312-cp312-manylinux_2_17_x86_64", musl))
    mac = _LINUX | {"libc": "", "machine": "arm64", "macos_version": [14, 2], "system": "darwin"}
    asserts.true(env, _rank("cp312-cp312-macosx_11_0_arm64", mac) < _rank("cp312-cp312-macosx_11_0_universal2", mac))
    asserts.equals(env, None, _rank("cp312-cp312-macosx_15_0_arm64", mac))
    asserts.equals(env, None, _rank("cp312-cp312-macosx_11_0_x86_64", mac))
    windows = _LINUX | {"machine": "amd64", "system": "windows"}
    asserts.true(env, _rank("cp312-cp312-win_amd64", windows) != None)
    asserts.equals(env, None, _rank("cp312-cp312-win32", windows))
    free = _LINUX | {"abiflags": "t"}
    asserts.true(env, _rank("cp312-cp312t-linux_x86_64", free) != None)
    asserts.equals(env, None, _rank("cp39-abi3-linux_x86_64", free))
    asserts.equals(env, None, _rank("cp312-cp312-linux_x86_64", free))
    return unittest.end(env)

platforms_test = unittest.make(_platforms_test_impl)

def tags_test_suite(name):
    unittest.suite(name, order_test, platforms_test)
