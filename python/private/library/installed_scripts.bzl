"""The scripts of entry points as files, for whoever runs them with an interpreter on PATH, or in a virtual environment.

Phase: analysis.
In: scripts in the folder `scripts` of a repository. Out: the same files in its folder `bin`, where RECORD says they are.

They are not in `bin` from the start, because `bin/<script>` is the label of a program.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@reprowheel_rules_python//:offers.bzl", "VENVS_SITE_PACKAGES")

visibility(["//python/...", "//tests/starlark/..."])

_SHEBANG = "#!/usr/bin/env python3\n"

# Starts the interpreter of the script's own virtual environment. A shell reads the second line as a command, Python as a text.
VENV_SHEBANG = """\
#!/bin/sh
'''exec' "$(dirname "$0")/python3" "$0" "$@"
' '''
"""

def is_venv(ctx):
    """Says whether programs get a virtual environment with the packages in it.

    Args:
      ctx: the rule's context, with `VENV_FLAG_ATTR`.

    Returns:
      (bool) the answer.
    """
    return bool(ctx.attr._flag) and ctx.attr._flag[BuildSettingInfo].value == "yes"

VENV_FLAG_ATTR = {"_flag": attr.label(default = VENVS_SITE_PACKAGES, doc = "The flag of rules_python, if it has one.")}

def _installed_scripts_impl(ctx):
    made = []
    for source in ctx.files.srcs:
        script = ctx.actions.declare_file("bin/" + source.basename)
        if is_venv(ctx):
            ctx.actions.expand_template(
                is_executable = True,
                output = script,
                substitutions = {_SHEBANG: VENV_SHEBANG},
                template = source,
            )
        else:
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
    attrs = VENV_FLAG_ATTR | {"srcs": attr.label_list(allow_files = True, doc = "The scripts.")},
    doc = "Puts scripts into `bin`.",
)
