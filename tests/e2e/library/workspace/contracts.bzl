"""What other rule sets do with the labels of a hub: gazelle's plugin with `:whl`, rules_python with `:dist_info`."""

def _import_names_impl(ctx):
    """One action for each file of the wheels and of what comes with them: every one must be a wheel."""
    wheels = depset(transitive = [
        files
        for target in ctx.attr.wheels
        for files in [target[DefaultInfo].files, target[DefaultInfo].data_runfiles.files]
    ])
    parts = []
    for index, wheel in enumerate(wheels.to_list()):
        part = ctx.actions.declare_file("{}.{}".format(ctx.label.name, index))
        ctx.actions.run_shell(
            command = "exec python3 \"$@\"",
            arguments = [ctx.file._script.path, wheel.path, part.path],
            inputs = [wheel, ctx.file._script],
            outputs = [part],
            use_default_shell_env = True,
        )
        parts.append(part)
    return [DefaultInfo(files = depset(parts), runfiles = ctx.runfiles(parts))]

import_names = rule(
    implementation = _import_names_impl,
    attrs = {
        "wheels": attr.label_list(allow_files = True),
        "_script": attr.label(allow_single_file = True, default = "//:import_names.py"),
    },
)

def _entry_points_impl(ctx):
    """The single file of that name is taken at analysis."""
    found = [file for file in ctx.attr.dist_info.files.to_list() if file.basename == "entry_points.txt"]
    if len(found) != 1:
        fail("{} entry_points.txt in {}".format(len(found), ctx.attr.dist_info))
    out = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.symlink(output = out, target_file = found[0])
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

entry_points = rule(implementation = _entry_points_impl, attrs = {"dist_info": attr.label()})
