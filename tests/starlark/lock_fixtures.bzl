"""Locks that real tools wrote, read by read_lock.bzl as the extension does it; tests load the result."""

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/lock:read_lock.bzl", "read_lock")

_LOCKS = {
    "pip_compile_line": dict(label = "//tests/starlark/locks:pip_compile_line.txt"),
    "pip_compile_split": dict(label = "//tests/starlark/locks:pip_compile_split.txt"),
    "pylock": dict(label = "//tests/starlark/locks:pylock.toml"),
    "requirements": dict(label = "//tests/starlark/locks:requirements.txt"),
    "requirements_all": dict(label = "//tests/starlark/locks:requirements_all.txt"),
    "requirements_extras": dict(extras = ["x"], label = "//tests/starlark/locks:requirements.txt"),
    "requirements_nested": dict(label = "//tests/starlark/locks:nested.txt"),
    "sources_pylock": dict(label = "//tests/starlark/locks/sources:pylock.toml"),
    "sources_requirements": dict(label = "//tests/starlark/locks/sources:requirements.txt"),
    "sources_uv": dict(label = "//tests/starlark/locks/sources:uv.lock"),
    "uv": dict(label = "//tests/starlark/locks:uv.lock"),
    "uv_all": dict(extras = ["cli"], groups = ["dev"], label = "//tests/starlark/locks:uv.lock"),
    "uv_wrong_kind": dict(kind = "pylock", label = "//tests/starlark/locks:uv.lock"),
    "wrong_toml": dict(kind = "uv", label = "//tests/starlark/locks:requirements.txt"),
}

def _lock_fixtures_impl(rctx):
    parsed = {}
    for name, arguments in _LOCKS.items():
        label = Label(arguments["label"])
        parsed[name] = read_lock(rctx, label, **{key: value for key, value in arguments.items() if key != "label"})
    rctx.file("BUILD.bazel", "")
    rctx.file("locks.bzl", "ANSWERS = json.decode({})\nEXPECTED = json.decode({})\nPATCH_ANSWERS = json.decode({})\nLOCKS = json.decode({})\n".format(
        repr(rctx.read(Label("//tests/starlark/locks:packaging_answers.json"))),
        repr(rctx.read(Label("//tests/starlark/locks:expected.json"))),
        repr(rctx.read(Label("//tests/starlark/locks:patch_answers.json"))),
        repr(json.encode(parsed)),
    ), legacy_utf8 = False)

_lock_fixtures = repository_rule(
    implementation = _lock_fixtures_impl,
    doc = "Writes locks.bzl with what read_lock makes of each lock.",
)

lock_fixtures = module_extension(
    implementation = lambda mctx: _lock_fixtures(name = "reprowheel_lock_fixtures"),
    doc = "Makes the repository of parsed locks.",
)
