"""The interpreter that the helper runs in. It is not the one that wheels are built with and for: docs/decisions.md, "Three
interpreters".

Phase: analysis.
In: the interpreter that the user names, the Python toolchains, the host's interpreters. Out: `HelperInterpreterInfo`.
"""

load("@reprowheel_host//:fingerprint.bzl", "HELPER_PYTHON", "HELPER_PYTHON_VERSION")
load("@reprowheel_rules_python//:offers.bzl", "HELPER_PYTHONS", "PYTHON_FLAGS")
load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")
load("//python/private/host:helper_python.bzl", "NO_HELPER_ERROR", "runs_helper")
load(":interpreter.bzl", "PYTHON_TOOLCHAIN", "runtime_interpreter")

visibility(["//python/...", "//tests/starlark/..."])

HelperInterpreterInfo = provider(
    doc = "The interpreter that the helper runs in.",
    # @unsorted-dict-items
    fields = {
        "error": "(str) Why there is none; empty if there is one.",
        "executable": "(File or str) The interpreter.",
        "files": "(depset[File]) The interpreter's files; empty for the host's.",
        "host_path": "(str) Its path, if it is the host's; else empty.",
        "version": "(str) Such as `3.12`; empty if it is not known.",
    },
)

_CandidateInfo = provider(
    doc = "An interpreter of a Python toolchain.",
    fields = {"implementation": "(str) Such as `cpython`.", "interpreter": "(struct) of `runtime_interpreter`, None if there is no toolchain."},
)

_NAMED_ERROR = (
    "@rules_reprowheel//python/config_settings:helper_python names {}, which is {}; expected a py_runtime or py_runtime_pair of " +
    "CPython 3.11 or newer. To fix: name another, or none."
)

_FLAG = "@rules_python//python/config_settings:python_version"

def path_version(paths):
    """Finds the version of an interpreter in paths: `…/lib/python3.12/os.py`, `/usr/bin/python3.12`.

    rules_python 0.22 has it nowhere else.

    Args:
      paths: (list[str]) paths of its files.

    Returns:
      (str) such as `3.12`; empty if no path tells.
    """
    for path in paths:
        for folder in ["/lib/python", "/bin/python"]:
            _, found, rest = path.rpartition(folder)
            version = rest.partition("/")[0].rstrip("t") if found else ""
            if version.startswith("3.") and version[2:].isdigit():
                return version
    return ""

def choose_helper(named, candidates, host):
    """Chooses the interpreter: the named one, the first of a toolchain that fits, the host's.

    Args:
      named: (struct) the one that the user names: `label`, and `interpreter`, as `runtime_interpreter`, None if the target is no
        runtime. None if the user names none.
      candidates: (list[struct]) `implementation`, and `interpreter`, as `runtime_interpreter` or None.
      host: (struct) the host's: `path` and `version`, both empty if it has none.

    Returns:
      (struct) the fields of `HelperInterpreterInfo`.
    """
    if named and not named.interpreter:
        return _failed(named.label, "no Python 3 runtime")
    if named:
        version = named.interpreter.version
        if version and not runs_helper("cpython", version):
            return _failed(named.label, "Python " + version)
        return struct(error = "", **_fields(named.interpreter))
    for candidate in candidates:
        if candidate.interpreter and runs_helper(candidate.implementation, candidate.interpreter.version):
            return struct(error = "", **_fields(candidate.interpreter))
    return _host(host.path, host.version, "" if host.path else NO_HELPER_ERROR)

def _host(path, version, error):
    return struct(error = error, executable = path, files = depset(), host_path = path, version = version)

def _failed(label, what):
    return _host("", "", _NAMED_ERROR.format(label, what))

def _fields(interpreter):
    return {key: getattr(interpreter, key) for key in ["executable", "files", "host_path", "version"]}

def with_version(interpreter):
    """Adds the version, where only paths tell it.

    Args:
      interpreter: (struct) of `runtime_interpreter`.

    Returns:
      (struct) the same.
    """
    if interpreter.version:
        return interpreter
    paths = [interpreter.host_path] if interpreter.host_path else [file.path for file in interpreter.files.to_list()]
    return struct(**(_fields(interpreter) | {"version": path_version(paths)}))

# The Python of the target has no part in this: what is made with the helper's interpreter is made once for all of them.
def _same_for_all_impl(_settings, _attr):
    return PYTHON_FLAGS

same_for_all = transition(implementation = _same_for_all_impl, inputs = [], outputs = PYTHON_FLAGS.keys())

def _wanted_impl(_settings, attr):
    return PYTHON_FLAGS | ({_FLAG: attr.python_version} if attr.python_version else {})

_wanted = transition(implementation = _wanted_impl, inputs = [], outputs = PYTHON_FLAGS.keys())

# Bazel 7 asks rules for this attribute before it applies their transitions.
TRANSITION_ATTRS = {
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        doc = "Lets the rule have a transition.",
    ),
}

def _candidate_impl(ctx):
    toolchain = ctx.toolchains[PYTHON_TOOLCHAIN]
    runtime = toolchain.py3_runtime if toolchain else None
    return [_CandidateInfo(
        implementation = getattr(runtime, "implementation_name", None) or "cpython",
        interpreter = with_version(runtime_interpreter(runtime)) if runtime else None,
    )]

_candidate = rule(
    implementation = _candidate_impl,
    attrs = TRANSITION_ATTRS | {"python_version": attr.string(doc = "The version that is asked for; empty for any.")},
    cfg = _wanted,
    doc = "The interpreter of the Python toolchain for one value of rules_python's flag.",
    toolchains = [config_common.toolchain_type(PYTHON_TOOLCHAIN, mandatory = False)],
)

def _named(ctx):
    target = ctx.attr.named
    if target.label == ctx.attr.unnamed.label:
        return None
    runtime = target[PyRuntimeInfo] if PyRuntimeInfo in target else None
    if platform_common.ToolchainInfo in target:
        runtime = getattr(target[platform_common.ToolchainInfo], "py3_runtime", runtime)
    return struct(interpreter = with_version(runtime_interpreter(runtime)) if runtime else None, label = target.label)

def _helper_interpreter_impl(ctx):
    chosen = choose_helper(
        _named(ctx),
        [target[_CandidateInfo] for target in ctx.attr.candidates],
        struct(path = HELPER_PYTHON, version = HELPER_PYTHON_VERSION),
    )
    return [HelperInterpreterInfo(
        error = chosen.error,
        executable = chosen.executable,
        files = chosen.files,
        host_path = chosen.host_path,
        version = chosen.version,
    )]

_helper_interpreter = rule(
    implementation = _helper_interpreter_impl,
    attrs = TRANSITION_ATTRS | {
        "candidates": attr.label_list(doc = "Interpreters of toolchains, in order.", providers = [_CandidateInfo]),
        "named": attr.label(doc = "The runtime that the user names."),
        "unnamed": attr.label(doc = "What stands there if the user names none."),
    },
    cfg = same_for_all,
    doc = "Chooses the interpreter that the helper runs in.",
    provides = [HelperInterpreterInfo],
)

def helper_interpreter(name, named, unnamed, visibility):
    """Declares the interpreter that the helper runs in.

    Args:
      name: (str) the target.
      named: (label) the flag that names one.
      unnamed: (label) its default.
      visibility: (list[label]) who may use it.
    """
    candidates = {"{}_{}".format(name, version or "default"): version for version in [""] + HELPER_PYTHONS}
    for candidate, version in candidates.items():
        _candidate(name = candidate, python_version = version, visibility = ["//visibility:private"])
    _helper_interpreter(
        name = name,
        candidates = candidates.keys(),
        named = named,
        unnamed = unnamed,
        visibility = visibility,
    )

def find_helper(ctx):
    """Gives the interpreter that the helper runs in.

    Args:
      ctx: rule context with `HELPER_ATTRS`.

    Returns:
      (HelperInterpreterInfo) with an executable.
    """
    helper = ctx.attr._helper_python[HelperInterpreterInfo]
    if helper.error:
        fail("{}: {}".format(ctx.label, helper.error))
    return helper
