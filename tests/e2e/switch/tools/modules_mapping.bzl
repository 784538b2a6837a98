"""Maps module names to wheels as BUILD file generators do: one action per `.whl` among a target's files and data runfiles."""

_SCRIPT = """\
import json, sys, zipfile
wheel, output = sys.argv[1:]
names = zipfile.ZipFile(wheel).namelist()
modules = sorted({n.split("/")[0].removesuffix(".py") for n in names if ".dist-info/" not in n and ".data/" not in n})
with open(output, "w") as file:
    json.dump({"wheel": wheel.rsplit("/", 1)[-1], "modules": modules}, file)
"""

def _modules_mapping_impl(ctx):
    wheels = []
    for target in ctx.attr.wheels:
        for file in target[DefaultInfo].files.to_list() + target[DefaultInfo].data_runfiles.files.to_list():
            if file not in wheels:
                wheels.append(file)
    outputs = []
    for index, wheel in enumerate(wheels):
        output = ctx.actions.declare_file("{}.{}.json".format(ctx.label.name, index))
        ctx.actions.run(
            executable = "/usr/bin/env",
            arguments = ["python3", "-c", _SCRIPT, wheel.path, output.path],
            inputs = [wheel],
            mnemonic = "MapModules",
            outputs = [output],
            use_default_shell_env = True,
        )
        outputs.append(output)
    return [DefaultInfo(files = depset(outputs))]

modules_mapping = rule(
    implementation = _modules_mapping_impl,
    attrs = {"wheels": attr.label_list(mandatory = True, doc = "`all_whl_requirements`.")},
    doc = "One JSON file per wheel.",
)
