"""What a distribution's repository is told.

Phase: any (constants).
In: nothing. Out: attributes.
"""

load("//python/private/host:host.bzl", "INTERPRETER_ATTR")
load(":index_settings.bzl", "INDEXES_ATTR")

visibility(["//python/...", "//tests/starlark/..."])

_WHAT = {
    "asked_extras": attr.string_list(doc = "Extras that the lock or its edges ask for; one that it does not have (any more) adds nothing."),
    "distribution": attr.string(mandatory = True, doc = "Normalized name."),
    "extras": attr.string_list(doc = "Extras that the lock asks for."),
    "filename": attr.string(doc = "File name that a lock recorded; empty: named by its content."),
    "files": attr.string(doc = "JSON list of the exact files that the lock names: filename, sha256, url."),
    "hashes": attr.string_list(doc = "The sha256 digests that are allowed; empty only for `git` and `path`."),
    "version": attr.string(doc = "Locked version; empty only for sources whose version the lock does not say."),
    "where": attr.string(mandatory = True, doc = "File and line of the lock, for messages."),
}

_SOURCE = {
    "commit": attr.string(doc = "Full commit (`git`)."),
    "path": attr.string(doc = "Archive or folder, relative to the workspace (`path`)."),
    "root": attr.label(doc = "A file in the root of the workspace that has the lock; default: the main one."),
    "source": attr.string(default = "index", doc = "Where it comes from.", values = ["index", "url", "git", "path"]),
    "subdirectory": attr.string(doc = "Folder of the project in the archive or repository."),
    "url": attr.string(doc = "Address of the archive (`url`) or of the repository (`git`)."),
}

_INDEX = {
    "auth_patterns": attr.string_dict(doc = "Host to a pattern of its Authorization header, as http_archive has it."),
    "envsubst": attr.string_list(doc = "Variables of the environment that are replaced in index addresses: $NAME, ${NAME} or ${NAME:-default}."),
    "extra_index_urls": attr.string_list(doc = "Further indexes to search."),
    "index_url": attr.string(doc = "Index to search; empty: environment, then pip's configuration."),
    "lock_index_url": attr.string(doc = "Index that the lock names: searched where nothing else says which."),
    "netrc": attr.string(doc = "Absolute path of a netrc file; empty: NETRC, then the one in the home folder."),
}

_CHOICE = {
    "no_binary": attr.bool(doc = "Whether wheels are passed over."),
    "only_binary": attr.bool(doc = "Whether sdists are passed over."),
    "platform": attr.string(doc = "Platform to choose for, such as `linux_aarch64`; empty: the host."),
    "python_version": attr.string(doc = "Python version to choose for; empty: the host's interpreter's."),
}

_BUILD = {
    "build_phase": attr.string(default = "action", doc = "Where an sdist is built.", values = ["action", "fetch"]),
    "build_requirements": attr.string_list(doc = "Labels of the wheels that build it."),
    "locked": attr.string(doc = "Its entry in the build lock, as JSON; empty where it has none."),
    "locked_settings": attr.string(doc = "Settings of its build that the requirements lock gives, as JSON."),
    "patches": attr.label_list(allow_files = True, doc = "Patches to the unpacked sdist."),
    "relock": attr.string(doc = "Command that writes the build lock anew."),
    "requires_dist": attr.string(doc = "Dependencies that the requirements lock knows, as a JSON list; empty for none known."),
    "settings": attr.string(doc = "Settings of pip.override, as JSON."),
}

_TARGETS = {
    "additive_build_content_file": attr.label(allow_single_file = True, doc = "Text that is added to the BUILD file."),
    "group": attr.string(doc = "Label of the group of packages that depend on each other."),
    "group_members": attr.string_list(doc = "Names of the packages of that group."),
    "hub": attr.string(mandatory = True, doc = "Name of the hub that it belongs to."),
    "hub_variable": attr.string(default = "HUB", doc = "Expression for what the hub's `config.bzl` says for this variant."),
}

DISTRIBUTION_ATTRS = _WHAT | _SOURCE | _INDEX | _CHOICE | _BUILD | _TARGETS | INDEXES_ATTR | INTERPRETER_ATTR
