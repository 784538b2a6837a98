"""The macro `lock`: a build lock as a file, the command that writes it, and tests of it.

Phase: loading and analysis.
In: a lock of any format, the options of the verb `lock`. Out: targets `x`, `x.update`, `x_test` and `x_index_test`.
"""

load("@bazel_skylib//lib:shell.bzl", "shell")
load(
    "//python/private/helper:command.bzl",
    "COMMAND_ATTRS",
    "COMMAND_TOOLCHAINS",
    "IN_RUNFILES",
    "IN_WORKSPACE",
    "OFFLINE_COMMAND_ATTRS",
    "helper_command",
    "label_text",
    "runfile_word",
)
load(":lock_options.bzl", "lock_options")

visibility(["//python/...", "//tests/starlark/..."])

# Environment variables that pip reads to find and reach an index. A test sees only variables that it declares.
_INDEX_VARIABLES = [
    "ALL_PROXY",
    "CURL_CA_BUNDLE",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NETRC",
    "NO_PROXY",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_TRUSTED_HOST",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_DEFAULT_INDEX",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
]

# The answer depends on the index today, and on this machine's configuration. So no cached result counts, and no remote one.
_INDEX_TEST_TAGS = ["external", "manual", "no-remote", "requires-network"]

_ATTRS = {
    "data": attr.label_list(allow_files = True, doc = "Files that the lock names: included files, folders, archives."),
    "options": attr.string_list(doc = "Options of the verb."),
    "out": attr.string(doc = "Path of the build lock, from the workspace's root.", mandatory = True),
    "requirements": attr.label(allow_single_file = True, doc = "The lock.", mandatory = True),
    "update": attr.string(doc = "Label of the command that writes the build lock.", mandatory = True),
}

def _words(ctx, requirements, options):
    update = "bazel run " + label_text(Label(ctx.attr.update))
    words = ["--out", ctx.attr.out, "--update-command", update] + options + ctx.attr.options
    return [requirements] + [shell.quote(word) for word in words]

def _update_impl(ctx):
    file = ctx.file.requirements
    in_workspace = file.is_source and not file.short_path.startswith("../")
    return [helper_command(
        ctx,
        arguments = _words(ctx, shell.quote(file.short_path) if in_workspace else runfile_word(ctx, file), []),
        files = depset([] if in_workspace else [file] + ctx.files.data),
        place = IN_WORKSPACE,
        verb = "lock",
    )]

_lock_update = rule(
    implementation = _update_impl,
    attrs = COMMAND_ATTRS | _ATTRS,
    doc = "Writes a build lock into the workspace.",
    executable = True,
    toolchains = COMMAND_TOOLCHAINS,
)

def _check(ctx, options):
    return helper_command(
        ctx,
        arguments = _words(ctx, shell.quote(ctx.file.requirements.short_path), ["--check"] + options),
        files = depset([ctx.file.requirements, ctx.file._interpreter] + ctx.files.data + ctx.files.lock),
        place = IN_RUNFILES,
        verb = "lock",
    )

def _test_impl(ctx):
    return [_check(ctx, ["--offline"])]

def _index_test_impl(ctx):
    return [_check(ctx, []), RunEnvironmentInfo(inherited_environment = _INDEX_VARIABLES)]

_TEST_ATTRS = _ATTRS | {
    "lock": attr.label_list(allow_files = True, doc = "The build lock, where it exists."),
    "_interpreter": attr.label(
        allow_single_file = True,
        default = "@reprowheel_host//:interpreter.json",
        doc = "Facts of the host's interpreter. Markers and tags depend on them, so they are part of the cache key.",
    ),
}

_lock_test = rule(
    implementation = _test_impl,
    attrs = OFFLINE_COMMAND_ATTRS | _TEST_ATTRS,
    doc = "Checks a build lock as far as possible without an index.",
    test = True,
    toolchains = COMMAND_TOOLCHAINS,
)

_lock_index_test = rule(
    implementation = _index_test_impl,
    attrs = COMMAND_ATTRS | _TEST_ATTRS,
    doc = "Checks a build lock against the index.",
    test = True,
    toolchains = COMMAND_TOOLCHAINS,
)

def lock(
        name,
        requirements = "requirements.txt",
        out = "build-lock.json",
        data = [],
        extras = [],
        groups = [],
        dep_groups = [],
        no_binary = [],
        host_tools = [],
        portable = False,
        from_source = False,
        before = "",
        crate_index = "",
        tags = [],
        visibility = None,
        **kwargs):
    """Keeps a build lock up to date. This file names, with hashes, the build requirements of each sdist in a lock.

    - `NAME`: the file, for `data` and the like.
    - `bazel run NAME.update`: writes the file into the workspace, also for the first time. It asks the index that pip is
      configured for. Options of `reprowheel lock` may follow: `-- --upgrade setuptools`.
    - `bazel test NAME_test`: fails if the file is stale. It prints what is wrong, a unified diff and the command that updates the
      file. It uses no network, so it cannot see everything: docs/locks.md says what it sees.
    - `bazel test NAME_index_test`: the whole check, against the index as it is now. It is `manual` and never cached.

    Args:
      name: (str) `NAME` above.
      requirements: (label) requirements.txt with hashes, pylock.toml or uv.lock; a file of the workspace.
      out: (str) the build lock: a file of this package.
      data: (list[label]) files that the lock names: included ones, constraints, folders and archives of the workspace.
      extras: (list[str]) extras of the locked project to install (pylock.toml, uv.lock).
      groups: (list[str]) dependency groups to install (pylock.toml, uv.lock); default: the lock's default groups.
      dep_groups: (list[str]) what is locked besides for the flag `dep_group` (uv.lock): groups and extras; `:all:` for all.
      no_binary: (list[str]) distributions to build even if a locked wheel fits; `:all:` for each that has a locked sdist.
      host_tools: (list[str]) programs of the host that back ends may run, such as `pg_config`. The build lock keeps those that
        were run, so that the build may run them, too.
      portable: (bool) whether a wheel for any platform (`py3-none-any`) is preferred for build requirements.
      from_source: (bool) whether build requirements are locked as sdists, too. `pip.parse(from_source = True)` needs this.
      before: (str) date, date and time (ISO 8601), or how long ago (`7d`, `2w`, `36h`). Files that were uploaded to the index then or later are ignored.
      crate_index: (str) address of the sparse index of crates, as cargo's `index` has it; default: what cargo is configured for.
      tags: (list[str]) tags of all targets.
      visibility: (list[label]) visibility of all targets.
      **kwargs: further attributes of all targets, such as `target_compatible_with`.
    """
    common = {
        "data": data,
        "options": lock_options(
            before = before,
            crate_index = crate_index,
            dep_groups = dep_groups,
            extras = extras,
            from_source = from_source,
            groups = groups,
            host_tools = host_tools,
            no_binary = no_binary,
            portable = portable,
        ),
        "out": "/".join([part for part in [native.package_name(), out] if part]),
        "requirements": requirements,
        "update": str(native.package_relative_label(name + ".update")),
    } | kwargs
    existing = native.glob([out], allow_empty = True)
    native.filegroup(name = name, srcs = existing, tags = tags, visibility = visibility, **kwargs)
    _lock_update(name = name + ".update", tags = tags, visibility = visibility, **common)
    _lock_test(
        name = name + "_test",
        lock = existing,
        size = "small",
        tags = tags,
        timeout = "moderate",
        visibility = visibility,
        **common
    )
    _lock_index_test(
        name = name + "_index_test",
        lock = existing,
        tags = tags + [tag for tag in _INDEX_TEST_TAGS if tag not in tags],
        timeout = "eternal",  # as many sdists as the lock has, each asked what it needs
        visibility = visibility,
        **common
    )
