"""A package that a hub does not have: its targets can be analysed, and say what is missing when they are built.

Phase: analysis.
In: the package and the hub. Out: a file whose action fails.
"""

visibility(["//python/...", "//tests/starlark/..."])

def missing_error(package, hub):
    """Says that a package is not there.

    Args:
      package: (str) such as `six`, or `six:extra` for a further target.
      hub: (str) the hub that was asked; empty if there is none.

    Returns:
      (str) the message. It begins as that of rules_python, which workspaces look for.
    """
    if not hub:
        return ("PyPI package \"{}\" is not available because no default PyPI hub was configured; expected one. To fix: " +
                "pip.parse(hub_name = ...) with a lock that has it.").format(package)
    return ("PyPI package \"{package}\" is not available when building under PyPI hub \"{hub}\". Try adding it to the requirements " +
            "of this hub: the lock of pip.parse(hub_name = \"{hub}\"){extra}.").format(
        extra = ", extra_hub_aliases" if ":" in package else "",
        hub = hub,
        package = package,
    )

def _missing_package_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".py")
    ctx.actions.run_shell(
        arguments = ["ERROR: " + missing_error(ctx.attr.package_name, ctx.attr.hub)],
        command = "printf '%s\\n' \"$1\" >&2; exit 1",
        mnemonic = "ReprowheelMissing",
        outputs = [output],
    )
    return [DefaultInfo(files = depset([output]))]

missing_package = rule(
    implementation = _missing_package_impl,
    attrs = {
        "hub": attr.string(doc = "The hub that was asked; empty for none."),
        "package_name": attr.string(mandatory = True, doc = "The package, or the package and a further target."),
    },
    doc = "Fails when it is built, and not before: what depends on it can be analysed.",
)
