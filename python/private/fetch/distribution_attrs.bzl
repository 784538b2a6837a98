"""The attributes of a distribution's repository (the spoke).

Phase: any (constants).
In: nothing. Out: attributes.
"""

load("//python/private/host:host.bzl", "INTERPRETER_ATTR")
load(":index_settings.bzl", "INDEXES_ATTR")

visibility(["//python/...", "//tests/starlark/..."])

_WHAT = {
    "asked_extras": attr.string_list(doc = "Extras that the lock or its edges ask for. An extra that the distribution does not have adds nothing."),
    "distribution": attr.string(mandatory = True, doc = "Normalized name."),
    "extras": attr.string_list(doc = "Extras that the lock asks for."),
    "filename": attr.string(doc = "File name that a lock recorded; empty: the content names it."),
    "files": attr.string(doc = "The exact files that the lock names, as a JSON list: filename, sha256, url."),
    "hashes": attr.string_list(doc = "The sha256 digests that are allowed; empty only for `git` and `path`."),
    "version": attr.string(doc = "Locked version; empty only for sources whose version the lock does not say."),
    "where": attr.string(mandatory = True, doc = "File and line of the lock, for messages."),
}

_SOURCE = {
    "commit": attr.string(doc = "Full commit (`git`)."),
    "path": attr.string(doc = "Archive or folder, relative to the workspace (`path`)."),
    "root": attr.label(doc = "A file in the root of the workspace that the lock is in; default: the main workspace."),
    "source": attr.string(default = "index", doc = "Where it comes from.", values = ["index", "url", "git", "path"]),
    "subdirectory": attr.string(doc = "Folder of the project in the archive or repository."),
    "url": attr.string(doc = "Address of the archive (`url`) or of the repository (`git`)."),
}

_INDEX = {
    "auth_patterns": attr.string_dict(doc = "Host → pattern of its Authorization header, as in http_archive."),
    "envsubst": attr.string_list(doc = "Environment variables that are replaced in addresses of indexes: $NAME, ${NAME} or ${NAME:-default}."),
    "extra_index_urls": attr.string_list(doc = "Further indexes to search."),
    "index_url": attr.string(doc = "Index to search; empty: what the environment says, then pip's configuration."),
    "lock_index_url": attr.string(doc = "Index that the lock names. It is searched if nothing else names one."),
    "netrc": attr.string(doc = "Absolute path of a netrc file; empty: NETRC, then the one in the home folder."),
}

_CHOICE = {
    "no_binary": attr.bool(doc = "Whether to ignore wheels."),
    "only_binary": attr.bool(doc = "Whether to ignore sdists."),
    "platform": attr.string(doc = "Platform to choose for, such as `linux_aarch64`; empty: the host."),
    "python_version": attr.string(doc = "Python version to choose for; empty: that of the host's interpreter."),
    "wheel_tags": attr.string(doc = "Patterns of the wheels that a platform of `pip.default` takes, as JSON; empty: those that `platform` says."),
}

_BUILD = {
    "build_phase": attr.string(default = "action", doc = "Where an sdist is built.", values = ["action", "fetch"]),
    "build_requirements": attr.string_list(doc = "Labels of the wheels of its build environment."),
    "crates": attr.string_list(doc = "Labels of the crates that its build needs."),
    "locked": attr.string(doc = "Its entry in the build lock, as JSON; empty if it has none."),
    "locked_edges": attr.bool(doc = "Whether `requires_dist` is all that the targets may depend on, whatever the metadata says (uv.lock)."),
    "locked_settings": attr.string(doc = "Settings of its build that the requirements lock gives, as JSON."),
    "patches": attr.label_list(allow_files = True, doc = "Patches to the unpacked sdist."),
    "relock": attr.string(doc = "How to write the build lock again: a command."),
    "requires_dist": attr.string(doc = "Dependencies that the requirements lock knows, as a JSON list; empty if it knows none."),
    "settings": attr.string(doc = "Settings of pip.override, as JSON."),
    "unlocked": attr.string(doc = "What the build lock has instead of an entry for it; empty: nothing, and the hub says why."),
}

_TARGETS = {
    "additive_build_content_file": attr.label(allow_single_file = True, doc = "Text that is added to the BUILD file."),
    "group": attr.string(doc = "Label of its group: packages that depend on each other."),
    "group_members": attr.string_list(doc = "Names of the packages in that group."),
    "hub": attr.string(mandatory = True, doc = "Name of the hub that it belongs to."),
    "hub_variable": attr.string(default = "HUB", doc = "Expression for what the hub's `config.bzl` says for this variant."),
}

DISTRIBUTION_ATTRS = _WHAT | _SOURCE | _INDEX | _CHOICE | _BUILD | _TARGETS | INDEXES_ATTR | INTERPRETER_ATTR
