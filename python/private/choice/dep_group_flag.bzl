"""The setting of a hub that says which dependency group its labels mean.

Phase: analysis.
In: the flag `dep_group`. Out: a group that the hub has, or none; an error for another name.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//python/private/spec:names.bzl", "normalize_name")
load("//python/private/spec:suggestions.bzl", "did_you_mean")
load(":dep_groups.bzl", "NO_GROUP")

visibility(["//python/...", "//tests/starlark/..."])

FLAG = "@rules_reprowheel//python/config_settings:dep_group"

def chosen_group(hub, known, flag):
    """Chooses the group of a hub.

    Args:
      hub: (str) the hub.
      known: (list[str]) normalized names of the groups that it has.
      flag: (str) what the flag says; empty for no group.

    Returns:
      (struct) `value`: the group, or `NO_GROUP`; `error`: message or empty.
    """
    name = normalize_name(flag)
    if name and name not in known:
        return struct(value = "", error = "dep_group '{}' is in no uv.lock of @{}; {} To fix: --{}=NAME, or lock again.".format(
            flag,
            hub,
            did_you_mean(flag, known, "groups of its lock"),
            FLAG,
        ))
    return struct(error = "", value = name or NO_GROUP)

def _dep_group_of_hub_impl(ctx):
    chosen = chosen_group(ctx.attr.hub, ctx.attr.known, ctx.attr._flag[BuildSettingInfo].value)
    if chosen.error:
        fail(chosen.error)
    return [config_common.FeatureFlagInfo(value = chosen.value)]

dep_group_of_hub = rule(
    implementation = _dep_group_of_hub_impl,
    attrs = {
        "hub": attr.string(mandatory = True, doc = "The hub."),
        "known": attr.string_list(mandatory = True, doc = "The groups that it has."),
        "_flag": attr.label(default = "//python/config_settings:dep_group", doc = "The flag."),
    },
    doc = "Holds the dependency group that a hub's labels mean.",
)
