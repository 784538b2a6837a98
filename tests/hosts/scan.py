"""What a Starlark file uses that some supported Bazel or rules_python does not have: found without running it.

Starlark is parsed as Python, which it is a part of. Lists of what is allowed, not of what is forbidden: whatever Bazel 8 or 9
or a newer rules_python removes, and nobody here has heard of, is not in them either.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LOADS", "Finding", "scan", "template"]


def words(text: str) -> set[str]:
    """Return the words of a text."""
    return set(text.split())


# Starlark's own functions, which Bazel 7, 8 and 9 have.
UNIVERSE = words(
    "abs all any bool bytes dict dir enumerate fail float getattr hasattr hash int len list load max min print range repr"
    " reversed sorted str tuple type zip True False None"
)
# What a .bzl file has besides, in 7, 8 and 9: no provider or rule of any language.
BZL = UNIVERSE | words(
    "Label DefaultInfo InstrumentedFilesInfo OutputGroupInfo RunEnvironmentInfo analysis_test_transition aspect attr config"
    " config_common coverage_common depset exec_group json module_extension native platform_common provider repository_rule rule"
    " select struct subrule tag_class testing transition visibility"
)
# Rules and functions of BUILD files that are still Bazel's own in 9.
BUILD = UNIVERSE | words(
    "alias config_setting constraint_setting constraint_value exports_files filegroup genrule glob json label_flag label_setting"
    " native package package_group package_name platform repo_name select starlark_doc_extract struct subpackages test_suite"
    " toolchain toolchain_type"
)
MODULE = UNIVERSE | words(
    "archive_override bazel_dep git_override include local_path_override module multiple_version_override register_toolchains"
    " register_execution_platforms single_version_override use_extension use_repo use_repo_rule"
)
WORKSPACE = UNIVERSE | {"local_repository", "register_toolchains", "workspace"}

# Members of `native` in 9, for macros (BUILD files' phase) and repository rules; `existing_rules` gives a view that cannot be
# changed.
NATIVE = (BUILD - UNIVERSE - {"native", "json", "struct", "select"}) | {
    *("bazel_version", "existing_rule", "existing_rules"),
    *("module_name", "module_version", "package_relative_label", "register_toolchains"),
}

# File → names, of other repositories: each exists in rules_python 0.22.1 and the newest, rules_cc 0.0.11 and the newest, Bazel 7
# and 9. Where a name is None, any is allowed: the file is one of ours, generated.
LOADS: dict[str, set[str] | None] = {
    "@bazel_skylib//:bzl_library.bzl": {"bzl_library"},
    "@bazel_skylib//lib:shell.bzl": {"shell"},
    "@bazel_skylib//lib:unittest.bzl": {"analysistest", "asserts", "unittest"},
    "@bazel_skylib//rules:common_settings.bzl": {"BuildSettingInfo", "bool_flag", "string_flag"},
    "@bazel_skylib//rules:copy_file.bzl": {"copy_file"},
    "@bazel_tools//tools/build_defs/repo:utils.bzl": {"read_netrc", "read_user_netrc", "use_netrc"},
    "@rules_cc//cc:action_names.bzl": {"ACTION_NAMES"},
    "@rules_cc//cc:cc_import.bzl": {"cc_import"},
    "@rules_cc//cc:cc_library.bzl": {"cc_library"},
    "@rules_cc//cc:find_cc_toolchain.bzl": {"find_cc_toolchain", "use_cc_toolchain"},
    "@rules_cc//cc/common:cc_common.bzl": {"cc_common"},
    "@rules_cc//cc/common:cc_info.bzl": {"CcInfo"},
    "@rules_python//python:py_binary.bzl": {"py_binary"},
    "@rules_python//python:py_info.bzl": {"PyInfo"},
    "@rules_python//python:py_library.bzl": {"py_library"},
    "@rules_python//python:py_runtime.bzl": {"py_runtime"},
    "@rules_python//python:py_runtime_info.bzl": {"PyRuntimeInfo"},
    "@rules_python//python:py_runtime_pair.bzl": {"py_runtime_pair"},
    "@rules_python//python:py_test.bzl": {"py_test"},
    "@rules_reprowheel//python:defs.bzl": None,
    "@rules_reprowheel//python:generated.bzl": None,
    "@rules_reprowheel//python:generated_names.bzl": None,
    "@rules_reprowheel//python:generated_workspace.bzl": None,
    "@rules_reprowheel//python:pip.bzl": {"package_annotation", "package_override", "pip_parse", "pip_utils"},
    "@stardoc//stardoc:stardoc.bzl": {"stardoc"},
    "@reprowheel_host//:fingerprint.bzl": None,
    "@reprowheel_lock_fixtures//:locks.bzl": None,
    "@reprowheel_rules_python//:offers.bzl": None,
}
# Of a hub, whatever its name is.
HUB_FILES = (":config.bzl", ":requirements.bzl", ":distributions.bzl")

# Attributes that are gone or going: name → since when, or what says so.
MEMBERS = {
    "host_configuration": "configurations for the host are gone",
    "host_fragments": "configurations for the host are gone",
    "new_file": "ctx.new_file is gone",
    "relative": "--noincompatible_enable_deprecated_label_apis",
    "repository_name": "--noincompatible_enable_deprecated_label_apis",
    "resolve_command": "gone in Bazel 9",
    "resolve_tools": "gone in Bazel 9",
    "to_json": "--incompatible_struct_has_no_methods",
    "to_proto": "--incompatible_struct_has_no_methods",
    "workspace_name": "--noincompatible_enable_deprecated_label_apis",
}
# Arguments that are gone: function → argument → why.
ARGUMENTS = {
    "rule": {"outputs": "--incompatible_no_rule_outputs_param", "incompatible_use_toolchain_transition": "gone in Bazel 9"},
    "aspect": {"incompatible_use_toolchain_transition": "gone in Bazel 9"},
    "label": {"single_file": "gone", "non_empty": "gone"},
    "label_list": {"single_file": "gone", "non_empty": "gone"},
    "depset": {"items": "gone"},
}
# Parts of texts that name what is gone or is an implementation detail elsewhere.
TEXTS = {
    "@bazel_tools//tools/python": "toolchains and rules of Python are in rules_python",
    "@bazel_tools//tools/jdk": "in rules_java",
    "@rules_python//python/private": "private to rules_python",
    "@rules_python//python/pip_install": "internals that rules_python moved",
    "//external:": "bind() is gone in Bazel 9",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One use of something that is not everywhere."""

    line: int
    what: str


def template(text: str) -> str:
    """Return a text for `format` with a name in place of each field."""
    out = text.replace("{{", "\0").replace("}}", "\1")
    while "{" in out:
        head, _, rest = out.partition("{")
        field, _, tail = rest.partition("}")
        out = f"{head}FIELD_{field}{tail}"
    return out.replace("\0", "{").replace("\1", "}")


def scan(text: str, kind: str) -> list[Finding]:
    """Return what a file uses that is not everywhere.

    :param kind: `bzl`, `build`, `module` or `workspace`.
    """
    tree = ast.parse(text)
    own = bound(tree)
    known = {"bzl": BZL, "build": BUILD, "module": MODULE, "workspace": WORKSPACE}[kind] | own
    asked = asked_for(tree)
    findings = []
    for node in ast.walk(tree):
        findings += [Finding(line=getattr(node, "lineno", 0), what=what) for what in judge(node, known, asked | own & {"native"})]
    return sorted(findings, key=lambda finding: (finding.line, finding.what))


def bound(tree: ast.AST) -> set[str]:
    """Return every name that a file defines or loads."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="load"), args=[_, *rest], keywords=keywords):
                names |= {str(a.value) for a in rest if isinstance(a, ast.Constant)} | {k.arg for k in keywords if k.arg}
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.arg(arg=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
    return names


def asked_for(tree: ast.AST) -> set[str]:
    """Return the members that a file uses only where `hasattr` finds them."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "hasattr"]
    return {str(call.args[1].value) for call in calls if isinstance(call.args[1], ast.Constant)}


def judge(node: ast.AST, known: set[str], asked: set[str]) -> Iterator[str]:
    """Say what is wrong with one node."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name not in known and not name.startswith("FIELD_"):
            yield f"the name '{name}' is not loaded" + (" (Python's, not Starlark's)" if hasattr(builtins, name) else "")
        case ast.Attribute(value=ast.Name(id="native"), attr=name) if "native" not in asked and name not in NATIVE:
            yield f"native.{name}"
        case ast.Attribute(value=ast.Name(id="ctx"), attr="workspace_name"):
            pass  # of the runfiles, and everywhere
        case ast.Attribute(attr=name) if name in MEMBERS and name not in asked:
            yield f".{name}: {MEMBERS[name]}"
        case ast.Constant(value=str(text)):
            yield from (f"'{part}': {why}" for part, why in TEXTS.items() if part in text)
        case ast.Call():
            yield from judge_call(node)


def judge_call(node: ast.Call) -> Iterator[str]:
    """Say what is wrong with one call."""
    function = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if function == "load":
        yield from judge_load(node)
        return
    if ast.unparse(node.func).endswith("actions.run") and "toolchain" not in {keyword.arg for keyword in node.keywords}:
        yield "actions.run without toolchain: --incompatible_auto_exec_groups"
    for keyword in node.keywords:
        if keyword.arg in ARGUMENTS.get(function, {}):
            yield f"{function}({keyword.arg} = ...): {ARGUMENTS[function][keyword.arg]}"
        if keyword.arg == "cfg" and isinstance(keyword.value, ast.Constant) and keyword.value.value not in ("exec", "target"):
            yield f"cfg = {keyword.value.value!r}: --incompatible_disable_starlark_host_transitions"


def judge_load(node: ast.Call) -> Iterator[str]:
    """Say what is wrong with one load statement."""
    label, *names = [str(a.value) for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Constant)]
    if label.startswith((":", "//")):
        return
    if label not in LOADS:
        if not label.endswith(tuple("//" + file for file in HUB_FILES)):
            yield f"load of {label}, which is not among the files that every supported version has"
        return
    allowed = LOADS[label]
    for name in names:
        if allowed is not None and name not in allowed:
            yield f"load of {name} from {label}, which not every supported version has"
