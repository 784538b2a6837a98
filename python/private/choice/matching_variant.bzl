"""Which variant of a hub fits a configuration, where platforms of the user have settings of their own. A `config_setting` reads it.

Phase: analysis.
In: of each variant how many of its settings hold. Out: the name of the one that asks for most.
"""

visibility(["//python/...", "//tests/starlark/..."])

def _strength(text):
    special, _, total = text.partition(".")
    return (int(special), int(total))

def find_match(matches, needed, strengths):
    """Finds the variant that fits.

    Args:
      matches: (list[str]) names of variants, each as often as settings of it hold.
      needed: (dict[str, str]) name to the number of its settings.
      strengths: (dict[str, str]) name to what it asks for: `1.3`, settings other than os and cpu, then all.

    Returns:
      (list[str]) names of those that fit best; several if nothing says which.
    """
    found = {}
    for match in matches:
        found[match] = found.get(match, 0) + 1
    fitting = [name for name in sorted(needed) if found.get(name, 0) == int(needed[name])]
    best = max([_strength(strengths[name]) for name in fitting]) if fitting else None
    return [name for name in fitting if _strength(strengths[name]) == best]

def several_error(hub, names):
    """Says that several variants fit equally well.

    Args:
      hub: (str) the hub.
      names: (list[str]) names of their conditions.

    Returns:
      (str) the message.
    """
    return ("@{}: {} both fit this configuration; expected one. To fix: in pip.default, a label in config_settings " +
            "that holds for one of them only.").format(hub, " and ".join([name.removeprefix("is_") for name in names]))

def _matching_variant_impl(ctx):
    names = find_match(ctx.attr.matches, ctx.attr.needed, ctx.attr.strengths)
    if len(names) > 1:
        fail(several_error(ctx.attr.hub, names[:2]))
    return [config_common.FeatureFlagInfo(value = names[0] if names else "none")]

matching_variant = rule(
    implementation = _matching_variant_impl,
    attrs = {
        "hub": attr.string(mandatory = True, doc = "Name of the hub."),
        "matches": attr.string_list(doc = "Names of variants, each as often as settings of it hold."),
        "needed": attr.string_dict(mandatory = True, doc = "Name → how many settings must hold."),
        "strengths": attr.string_dict(mandatory = True, doc = "Name → how much it asks for: `1.3`, settings other than os and cpu, then all."),
    },
    doc = "Says which variant of a hub fits this configuration: of those that fit, the one that asks for most.",
)
