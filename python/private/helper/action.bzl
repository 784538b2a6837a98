"""How every action runs the helper: its own interpreter, launcher, dependency wheels, a fixed environment.

Phase: analysis.
In: a verb with its arguments, inputs and outputs. Out: one action.
"""

load("//python/private/host:probe.bzl", "ACTION_ENVIRONMENT", "UTF8_MODE")
load(":helper_interpreter.bzl", "HelperInterpreterInfo", "find_helper")

visibility(["//python/...", "//tests/starlark/..."])

HELPER_ATTRS = {
    "_bytecode": attr.label(cfg = "exec", default = "//python:helper_bytecode", doc = "The helper and what it imports, compiled."),
    "_helper": attr.label(default = "//python:helper", doc = "The helper's sources."),
    "_helper_python": attr.label(
        cfg = "exec",
        default = "//python:helper_interpreter",
        doc = "The interpreter that the helper runs in.",
        providers = [HelperInterpreterInfo],
    ),
    "_launcher": attr.label(allow_single_file = True, default = "//python:reprowheel_launch.py", doc = "What starts the helper."),
    "_tools": attr.label(default = "@reprowheel_tools//:wheels", doc = "Wheels that the helper imports."),
}

# No action reaches the network. Everything that an action uses was fetched by hash before.
EXECUTION_REQUIREMENTS = {"block-network": "1"}

def run_helper(
        ctx,
        *,
        verb,
        arguments,
        inputs,
        outputs,
        mnemonic,
        progress_message,
        execution_requirements = EXECUTION_REQUIREMENTS,
        tools = depset(),
        resource_set = None,
        facts = None):
    """Declares an action that runs one verb of the helper.

    Args:
      ctx: rule context with `HELPER_ATTRS`.
      verb: (str) the helper's verb.
      arguments: (Args) its arguments; they go through a parameter file.
      inputs: (depset[File]) what it reads.
      outputs: (list[File]) what it writes.
      mnemonic: (str) the action's mnemonic.
      progress_message: (str) with `%{label}`.
      execution_requirements: (dict[str, str]) how and where it may run.
      tools: (depset[File]) programs that it runs, besides its interpreter and itself.
      resource_set: (function) what the action needs, or None.
      facts: (dict) what is in files that it reads, for execution logs; or None.
    """
    interpreter = find_helper(ctx)
    start = ctx.actions.args()
    start.add_all(["-I", "-B"] + UTF8_MODE)
    start.add(ctx.file._launcher)
    start.add_all(ctx.files._bytecode, before_each = "--bytecode")
    start.add_all(ctx.files._tools, before_each = "--wheel")
    if facts:
        start.add("--facts", json.encode(facts))  # a log has the digests of files only
    start.add_all(["--", verb])
    arguments.set_param_file_format("multiline")
    arguments.use_param_file("@%s")  # only if it is long: execution logs show arguments, but no files
    ctx.actions.run(
        arguments = [start, arguments],
        env = ACTION_ENVIRONMENT,
        executable = interpreter.executable,
        execution_requirements = execution_requirements,
        inputs = depset(
            [ctx.file._launcher] + ctx.files._bytecode + ctx.files._helper + ctx.files._tools,
            transitive = [inputs],
        ),
        mnemonic = mnemonic,
        outputs = outputs,
        progress_message = progress_message,
        resource_set = resource_set,
        toolchain = None,  # back end and compilers come from several: the action runs where the rule's own group does
        tools = depset(transitive = [interpreter.files, tools]),
        use_default_shell_env = False,
    )
