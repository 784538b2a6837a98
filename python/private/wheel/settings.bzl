"""Attributes that several rules and tags share.

Phase: any (constants).
In: nothing. Out: attributes.
"""

visibility(["//python/...", "//tests/starlark/..."])

# The settings of one build, of `sdist_wheel` and of `pip.override`.
SETTING_ATTRS = {
    "build_env": attr.string_dict(doc = "Variables that the build sees."),
    "config_settings": attr.string_list_dict(doc = "PEP 517 config settings; a list of one is passed as a string."),
    "deep": attr.bool(doc = "Whether programs that are not Python see a fixed machine, too: docs/deep-mode.md."),
    "epoch": attr.int(default = -1, doc = "The build's time in seconds since 1970; default: the sdist's newest member."),
    "host_libraries": attr.string_list(doc = "Libraries of the host that the wheel may need, such as `libyaml-0.so.2`."),
}

PYTHON_VERSION_ATTR = {
    "python_version": attr.string(doc = "Python version that the toolchain must have, such as `3.12`; empty for any."),
}
