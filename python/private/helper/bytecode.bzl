"""The rule that compiles the helper once, for all actions that run it.

Phase: analysis.
In: the helper's sources, the wheels that it imports, its interpreter. Out: one file of bytecode.
"""

load("//python/private/host:probe.bzl", "ACTION_ENVIRONMENT", "UTF8_MODE")
load(":action.bzl", "EXECUTION_REQUIREMENTS")
load(":helper_interpreter.bzl", "HelperInterpreterInfo", "TRANSITION_ATTRS", "same_for_all")

visibility(["//python/...", "//tests/starlark/..."])

def _helper_bytecode_impl(ctx):
    interpreter = ctx.attr._helper_python[HelperInterpreterInfo]
    if interpreter.error:
        return []  # the rule whose action would need it says so
    output = ctx.actions.declare_file(ctx.label.name + ".marshal")
    args = ctx.actions.args()
    args.add_all(["-s", "-S", "-B"] + UTF8_MODE)  # not -I, which ignores PYTHONHASHSEED
    args.add(ctx.file._program)
    args.add(output)
    args.add_all(ctx.files.wheels, before_each = "--wheel")
    args.add_all(ctx.files.srcs)
    ctx.actions.run(
        arguments = [args],
        env = ACTION_ENVIRONMENT | {"REPROWHEEL_PYTHON": interpreter.version},  # part of the key where the interpreter is no input
        executable = interpreter.executable,
        execution_requirements = EXECUTION_REQUIREMENTS,
        inputs = [ctx.file._program] + ctx.files.srcs + ctx.files.wheels,
        mnemonic = "ReprowheelBytecode",
        outputs = [output],
        progress_message = "Compiling reprowheel's helper",
        toolchain = None,  # it runs where the actions do that use it
        tools = interpreter.files,
        use_default_shell_env = False,
    )
    return [DefaultInfo(files = depset([output]))]

helper_bytecode = rule(
    implementation = _helper_bytecode_impl,
    attrs = TRANSITION_ATTRS | {
        "srcs": attr.label_list(allow_files = True, doc = "The helper's sources."),
        "wheels": attr.label_list(allow_files = [".whl"], doc = "Wheels that the helper imports."),
        "_helper_python": attr.label(
            cfg = "exec",
            default = "//python:helper_interpreter",
            doc = "The interpreter that the helper runs in.",
            providers = [HelperInterpreterInfo],
        ),
        "_program": attr.label(allow_single_file = True, default = "//python:reprowheel_bytecode.py", doc = "What compiles."),
    },
    cfg = same_for_all,
    doc = "Compiles the helper for the interpreter that it runs in.",
)
