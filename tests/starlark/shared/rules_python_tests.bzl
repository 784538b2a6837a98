"""Tests of //python/private/shared:rules_python.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("@reprowheel_rules_python//:offers.bzl", "PY_LIBRARY_ATTRS", "VENVS_SITE_PACKAGES")
load("@rules_python//python:py_info.bzl", "PyInfo")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/shared:rules_python.bzl", "offers_build_file", "offers_text", "rules_python_offers")

# What the newest rules_python says, in the lines that count.
_NEWEST = {
    "MODULE.bazel": "bazel_dep(name = \"package_metadata\", version = \"0.0.7\")",
    "python/config_settings/BUILD.bazel": "string_flag(\n    name = \"venvs_site_packages\",\n)",
    "python/private/attributes.bzl": "PY_SRCS_ATTRS = {\n    \"pyi_srcs\": lambda: attrb.LabelList(\n",
    "python/private/py_info.bzl": "        \"direct_pyi_files\": \"\"\"\n        \"venv_symlinks\": \"\"\"",
    "python/private/py_library.bzl": "    {\n        \"experimental_venvs_site_packages\": lambda: attrb.Label(",
    "python/private/py_runtime_rule.bzl": "            \"interpreter_version_info\": attr.string_dict(",
    "python/py_info.bzl": "VenvSymlinkEntry = _VenvSymlinkEntry\n\nVenvSymlinkKind = _VenvSymlinkKind\n",
}

# One that may still use the rules of Bazel.
_OLDER = _NEWEST | {
    "python/private/internal_config_repo.bzl": "_NAME = \"RULES_PYTHON_ENABLE_PYSTAR\"",
    "python/py_info.bzl": "PyInfo = _PyInfo",
}

def _offers(files, pystar = "", rules_python = "rules_python~"):
    return rules_python_offers(lambda name: files.get(name, ""), pystar, rules_python)

def _found_test_impl(ctx):
    """What the files define is offered, and nothing else."""
    env = unittest.begin(ctx)
    newest = _offers(_NEWEST)
    asserts.equals(env, ["experimental_venvs_site_packages", "pyi_srcs"], newest.library)
    asserts.equals(env, ["interpreter_version_info"], newest.runtime)
    asserts.equals(env, ["direct_pyi_files", "venv_symlinks"], newest.py_info)
    asserts.true(env, newest.flag and newest.symbols)
    older = _offers(_OLDER)
    asserts.equals(env, newest.library, older.library)
    asserts.false(env, older.symbols)
    for nothing in [_offers({}), _offers({"python/py_info.bzl": "PyInfo = internal_py_info"})]:
        asserts.equals(env, [], nothing.library + nothing.runtime + nothing.py_info)
        asserts.false(env, nothing.flag or nothing.symbols or nothing.metadata)
    return unittest.end(env)

found_test = unittest.make(_found_test_impl)

def _builtin_test_impl(ctx):
    """Where a variable makes rules_python use the rules of Bazel, these have no attribute of its own rules."""
    env = unittest.begin(ctx)
    asserts.equals(env, [], _offers(_OLDER, pystar = "0").library)
    asserts.false(env, _offers(_OLDER, pystar = "0").flag)
    asserts.true(env, _offers(_OLDER, pystar = "1").flag)
    asserts.true(env, _offers(_NEWEST, pystar = "0").flag)
    return unittest.end(env)

builtin_test = unittest.make(_builtin_test_impl)

def _metadata_test_impl(ctx):
    """The module package_metadata is where Bazel puts it; without Bzlmod nobody knows whether it is there."""
    env = unittest.begin(ctx)
    asserts.equals(env, "package_metadata~", _offers(_NEWEST).metadata)
    asserts.equals(env, "package_metadata+", _offers(_NEWEST, rules_python = "rules_python+").metadata)
    asserts.equals(env, "package_metadata~", _offers(_NEWEST, rules_python = "rules_python~1.7.0").metadata)
    asserts.equals(env, "", _offers(_NEWEST, rules_python = "rules_python").metadata)
    return unittest.end(env)

metadata_test = unittest.make(_metadata_test_impl)

def _text_test_impl(ctx):
    """The file loads only what is there, and has every name."""
    env = unittest.begin(ctx)
    newest, nothing = offers_text(_offers(_NEWEST)), offers_text(_offers({}))
    for line in [
        "load(\"@rules_python//python:py_info.bzl\", _VenvSymlinkEntry = \"VenvSymlinkEntry\", _VenvSymlinkKind = \"VenvSymlinkKind\")",
        "load(\"@@package_metadata~//rules:package_metadata.bzl\", _package_metadata = \"package_metadata\")",
        "VenvSymlinkEntry = _VenvSymlinkEntry",
        "IS_VENVS_SITE_PACKAGES = Label(\"//:is_venvs_site_packages\")",
        "VENVS_SITE_PACKAGES = Label(\"@rules_python//python/config_settings:venvs_site_packages\")",
    ]:
        asserts.true(env, line in newest.split("\n"), line)
    asserts.false(env, "load(" in nothing)
    for name in [line.split(" = ")[0] for line in newest.split("\n") if " = " in line and not line.startswith("load(")]:
        asserts.true(env, "\n" + name + " = " in nothing, name)
    return unittest.end(env)

text_test = unittest.make(_text_test_impl)

def _loaded_test_impl(ctx):
    """The repository says of the loaded rules_python what Bazel says of it: the provider of Bazel has no fields of others."""
    env = unittest.begin(ctx)
    own = "venv_symlinks" in dir(PyInfo(transitive_sources = depset()))
    asserts.equals(env, own, VENVS_SITE_PACKAGES != None)
    asserts.equals(env, own, "experimental_venvs_site_packages" in PY_LIBRARY_ATTRS)
    return unittest.end(env)

loaded_test = unittest.make(_loaded_test_impl)

def _venv_test_impl(ctx):
    """The flag of the hub of all hubs is rules_python's where it has one."""
    env = unittest.begin(ctx)
    flag = "python/config_settings/BUILD.bazel"
    theirs = offers_build_file(_offers({flag: "string_flag(\n    name = \"venv\",\n)\n"}))
    ours = offers_build_file(_offers({flag: "string_flag(\n    name = \"venvs_site_packages\",\n)\n"}))
    asserts.true(env, "actual = \"@rules_python//python/config_settings:venv\"" in theirs and "string_flag" not in theirs, theirs)
    asserts.true(env, "string_flag(\n    name = \"venv\",\n    build_setting_default = \"auto\"" in ours, ours)
    return unittest.end(env)

venv_test = unittest.make(_venv_test_impl)

def rules_python_test_suite(name):
    unittest.suite(name, found_test, builtin_test, metadata_test, text_test, loaded_test, venv_test)
