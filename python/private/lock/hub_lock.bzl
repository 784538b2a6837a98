"""The command `bazel run @HUB//:lock.update`: it writes the build lock that `pip.parse` names, and knows all that the tags say.

Phase: loading and analysis.
In: the parts that the extension planned. Out: the targets `lock.update`, and one interpreter for each Python of the hub.
"""

load("@bazel_skylib//lib:shell.bzl", "shell")
load("@reprowheel_rules_python//:offers.bzl", "PYTHON_FLAGS", "PYTHON_VERSIONS")
load(
    "//python/private/helper:command.bzl",
    "COMMAND_ATTRS",
    "COMMAND_TOOLCHAINS",
    "IN_WORKSPACE",
    "helper_command",
    "program_word",
    "runfile_word",
)
load("//python/private/helper:helper_interpreter.bzl", "TRANSITION_ATTRS", "with_version")
load("//python/private/helper:interpreter.bzl", "PYTHON_TOOLCHAIN", "runtime_interpreter", "version_error")

visibility(["//python/...", "//tests/starlark/..."])

_LockPythonInfo = provider(
    doc = "The interpreter that a part is locked for.",
    fields = {"interpreter": "(struct) of `runtime_interpreter`, None if there is no toolchain.", "python_version": "(str) The version that is asked for."},
)

_FLAG = "@rules_python//python/config_settings:python_version"

_OPTION = "--python-version="

# A hub that names no version, or one that the loaded rules_python does not know, is locked for the Python of the configuration.
def _of_version_impl(settings, attr):
    if attr.python_version not in PYTHON_VERSIONS:
        return {flag: settings[flag] for flag in PYTHON_FLAGS}
    return PYTHON_FLAGS | {_FLAG: PYTHON_VERSIONS[attr.python_version]}

_of_version = transition(implementation = _of_version_impl, inputs = PYTHON_FLAGS.keys(), outputs = PYTHON_FLAGS.keys())

def _lock_python_impl(ctx):
    toolchain = ctx.toolchains[PYTHON_TOOLCHAIN]
    runtime = toolchain.py3_runtime if toolchain else None
    interpreter = with_version(runtime_interpreter(runtime)) if runtime else None
    error = version_error(ctx.attr.python_version, interpreter.version) if interpreter else ""
    if error:
        fail("{}: {}".format(ctx.label, error))
    return [_LockPythonInfo(interpreter = interpreter, python_version = ctx.attr.python_version)]

_lock_python = rule(
    implementation = _lock_python_impl,
    attrs = TRANSITION_ATTRS | {"python_version": attr.string(doc = "The version of the hub; empty for that of the configuration.")},
    cfg = _of_version,
    doc = "The interpreter of the Python toolchain for one version.",
    toolchains = [config_common.toolchain_type(PYTHON_TOOLCHAIN, mandatory = False)],
)

def _version_of(part):
    return "".join([option.removeprefix(_OPTION) for option in part["options"] if option.startswith(_OPTION)])

def _words(ctx, part, interpreter, files):
    """Writes the arguments of one part. Paths in the workspace are relative to its root, where the command runs."""
    lock = runfile_word(ctx, files[part["label"]]) if part["label"] else shell.quote(part["lock"])
    words = [lock] + [shell.quote(word) for word in ["--out", part["out"], "--update-command", ctx.attr.command] + part["options"]]
    return words + (["--python", program_word(ctx, interpreter)] if interpreter else [])

def _hub_lock_update_impl(ctx):
    parts = json.decode(ctx.attr.parts)
    pythons = {target[_LockPythonInfo].python_version: target[_LockPythonInfo].interpreter for target in ctx.attr.pythons}
    files = {str(target.label): target.files.to_list()[0] for target in ctx.attr.locks}
    arguments = []
    for part in parts:
        # What the caller writes after `--` stands in `$@`, and is for every part.
        arguments += ["\"$@\"", "--and"] if arguments else []
        arguments += _words(ctx, part, pythons[_version_of(part)], files)
    used = [interpreter.files for interpreter in pythons.values() if interpreter]
    return [helper_command(
        ctx,
        arguments = arguments,
        files = depset(ctx.files.locks, transitive = used),
        place = IN_WORKSPACE,
        python = False,
        verb = "lock",
    )]

_hub_lock_update = rule(
    implementation = _hub_lock_update_impl,
    attrs = COMMAND_ATTRS | {
        "command": attr.string(doc = "What messages say to run.", mandatory = True),
        "locks": attr.label_list(allow_files = True, doc = "Locks in other repositories."),
        "parts": attr.string(doc = "JSON list, see //python/private/lock:lock_parts.bzl.", mandatory = True),
        "pythons": attr.label_list(doc = "An interpreter for each Python of the parts.", providers = [_LockPythonInfo]),
    },
    doc = "Writes the build locks of a hub into the workspace.",
    executable = True,
    toolchains = COMMAND_TOOLCHAINS,
)

def hub_lock(name, command, parts):
    """Declares the command of a hub that writes its build locks.

    Args:
      name: (str) the target is `NAME.update`.
      command: (str) what messages say to run.
      parts: (str) JSON list of what is locked.
    """
    decoded = json.decode(parts)
    versions = {_version_of(part): None for part in decoded}
    for version in versions:
        _lock_python(name = "{}.python{}".format(name, version), python_version = version, tags = ["manual"], visibility = ["//visibility:private"])
    _hub_lock_update(
        name = name + ".update",
        command = command,
        locks = {part["label"]: None for part in decoded if part["label"]}.keys(),
        parts = parts,
        pythons = ["{}.python{}".format(name, version) for version in versions],
        tags = ["manual"],
        visibility = ["//visibility:public"],
    )
