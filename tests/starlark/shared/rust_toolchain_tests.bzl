"""Tests of //python/private/shared:rust_toolchain.bzl, //python/private/host:rust.bzl and //python/private/wheel:rust_inputs.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/host:rust.bzl", "rust_folders")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/shared:rust_toolchain.bzl", "RUST_TAG_ATTRS", "rust_attributes", "rust_tags_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/wheel:rust_inputs.bzl", "rust_attributes_error")

_TAG = {"cargo": None, "files": [], "rustc": None, "toolchain_type": None}

def _tag(**attributes):
    return struct(**(_TAG | attributes))

def _tags_test_impl(ctx):
    """One tag with files, or with a type; none is the host's toolchain. What is missing or too much is told."""
    env = unittest.begin(ctx)
    asserts.equals(env, sorted(RUST_TAG_ATTRS), sorted(_TAG))
    kind = Label("//tests/starlark/wheel:rust_type")
    files = _tag(cargo = Label("//a:cargo"), files = [Label("//a:lib")], rustc = Label("//a:rustc"))
    for tags, attributes in [
        ([], {}),
        ([_tag(toolchain_type = kind)], {"files": [], "toolchain_type": str(kind)}),
        ([files], {"cargo": str(Label("//a:cargo")), "files": [str(Label("//a:lib"))], "rustc": str(Label("//a:rustc"))}),
    ]:
        asserts.equals(env, "", rust_tags_error(tags))
        asserts.equals(env, attributes, rust_attributes(tags))
    start = "MODULE.bazel: toolchains.rust: "
    hint = "; expected rustc and cargo, or toolchain_type. To fix: name them, or take the tag out for the host's."
    for tags, error in [
        ([files, files], "the root module has 2 of these tags; expected one."),
        ([_tag()], "has nothing" + hint),
        ([_tag(rustc = Label("//a:rustc"))], "has rustc" + hint),
        ([_tag(files = [Label("//a:lib")], rustc = Label("//a:rustc"))], "has rustc and files" + hint),
        ([_tag(cargo = Label("//a:cargo"), toolchain_type = kind)], "has toolchain_type and cargo; expected one way to name a toolchain."),
    ]:
        asserts.equals(env, start + error, rust_tags_error(tags))
    return unittest.end(env)

tags_test = unittest.make(_tags_test_impl)

def _folders_test_impl(ctx):
    """The system's folders come before PATH, and that of rustup is the last; each is looked into once."""
    env = unittest.begin(ctx)
    system = ["/usr/local/bin", "/usr/bin", "/bin"]
    asserts.equals(env, system + ["/opt/bin", "/home/a/.cargo/bin"], rust_folders("/opt/bin/:relative::/usr/bin", "/home/a"))
    asserts.equals(env, system, rust_folders("", ""))
    return unittest.end(env)

folders_test = unittest.make(_folders_test_impl)

def _attributes_test_impl(ctx):
    """Crates and locks need Rust; the path of a lock stays inside the sdist."""
    env = unittest.begin(ctx)
    asserts.equals(env, "", rust_attributes_error(True, ["a.crate"], {"Cargo.lock": "", "rust/a/Cargo.lock": ""}))
    asserts.equals(env, "", rust_attributes_error(False, [], {}))
    asserts.equals(env, "crates are given, and rust is False; expected rust = True beside them.", rust_attributes_error(False, ["a.crate"], {}))
    asserts.equals(env, "cargo_locks are given, and rust is False; expected rust = True beside them.", rust_attributes_error(False, [], {"Cargo.lock": ""}))
    for place in ["", "Cargo.toml", "/Cargo.lock", "../Cargo.lock", "a//Cargo.lock", "./Cargo.lock"]:
        asserts.equals(
            env,
            "cargo_locks has '{}'; expected the path of a Cargo.lock in the sdist, such as 'rust/Cargo.lock'.".format(place),
            rust_attributes_error(True, [], {place: ""}),
        )
    return unittest.end(env)

attributes_test = unittest.make(_attributes_test_impl)

def rust_toolchain_test_suite(name):
    unittest.suite(name, tags_test, folders_test, attributes_test)
