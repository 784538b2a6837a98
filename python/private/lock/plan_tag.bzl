"""One `pip.parse` of a MODULE.bazel file, or one `pip_parse` of a WORKSPACE file, as repositories to make.

Phase: module extension, or repository (WORKSPACE); it reads lock files and nothing else.
In: the tag and the settings of its packages. Out: the attributes of each repository, or an error.
"""

load(":build_lock.bzl", "parse_build_lock")
load(":plan.bzl", "lock_label", "plan_hub")
load(":requirements.bzl", "parse_requirements")

visibility(["//python/...", "//tests/starlark/..."])

def plan_tag(context, tag, overrides):
    """Plans the repositories that one tag asks for.

    Args:
      context: the module context or the repository context.
      tag: (struct) with the attributes of `pip.parse`.
      overrides: (dict[str, dict]) normalized name to settings, as `pip.override` gives them.

    Returns:
      (struct) `distributions`: list of dicts, the attributes of each `distribution`; `hub`: dict, the attributes of `hub`;
      `error`: a message or empty.
    """
    where = lock_label(tag.requirements_lock)
    parsed = parse_requirements(context.read(tag.requirements_lock), where)
    build_text = context.read(tag.build_requirements_lock) if tag.build_requirements_lock else None
    build_where = lock_label(tag.build_requirements_lock) if tag.build_requirements_lock else ""
    build_lock = parse_build_lock(build_text, build_where)
    error = parsed.error or build_lock.error
    plan = None if error else plan_hub(tag.hub_name, parsed, build_lock, struct(
        build_where = build_where,
        extra_index_urls = tag.extra_index_urls,
        index_url = tag.index_url,
        no_binary = tag.no_binary,
        overrides = overrides,
        python_version = tag.python_version,
        where = where,
    ))
    if error or plan.error:
        return struct(distributions = [], error = error or plan.error, hub = {})
    return struct(distributions = plan.distributions, error = "", hub = {
        "entries": json.encode(plan.entries),
        "host_libraries": sorted({soname: None for settings in overrides.values() for soname in settings["host_libraries"]}),
        "hub_name": tag.hub_name,
        "name": tag.hub_name,
        "python_version": tag.python_version,
    })
