"""The scripts of entry points as files, for whoever runs them with an interpreter on PATH.

Phase: analysis.
In: scripts in the folder `scripts` of a repository. Out: the same files in its folder `bin`, where RECORD says they are.

They are not in `bin` from the start, because `bin/<script>` is the label of a program.
"""

visibility(["//python/...", "//tests/starlark/..."])

def _installed_scripts_impl(ctx):
    made = []
    for source in ctx.files.srcs:
        script = ctx.actions.declare_file("bin/" + source.basename)
        ctx.actions.symlink(
            is_executable = True,
            output = script,
            progress_message = "Placing script %{output}",
            target_file = source,
        )
        made.append(script)
    return [DefaultInfo(files = depset(made), runfiles = ctx.runfiles(made))]

installed_scripts = rule(
    implementation = _installed_scripts_impl,
    attrs = {"srcs": attr.label_list(allow_files = True, doc = "The scripts.")},
    doc = "Puts scripts into `bin`.",
)
