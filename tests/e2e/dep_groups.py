"""A project whose dependency groups exclude each other, as uv locks it, and a rule that chooses a group for what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.local_index import make_wheel, sha256

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FLAG", "write_grouped"]

FLAG = "--@rules_reprowheel//python/config_settings:dep_group="

# `user` needs another `tail` in each group. Its metadata also names `later`, which the lock excludes (uv: exclude-dependencies).
LOCK = """\
version = 1
revision = 3
requires-python = ">=3.9"
conflicts = [[
    {{ package = "app", group = "new" }},
    {{ package = "app", group = "old" }},
]]

[manifest]
excludes = ["later"]

[[package]]
name = "app"
version = "0.1"
source = {{ virtual = "." }}
dependencies = [{{ name = "user" }}]

[package.optional-dependencies]
slim = [{{ name = "later" }}]

[package.dev-dependencies]
new = [{{ name = "later" }}, {{ name = "tail", version = "2.0", source = {{ registry = "{index}" }} }}]
old = [{{ name = "tail", version = "1.0", source = {{ registry = "{index}" }} }}]

[[package]]
name = "later"
version = "1.0"
source = {{ registry = "{index}" }}
wheels = [{{ url = "{later}", hash = "sha256:{later_sha256}" }}]

[[package]]
name = "tail"
version = "1.0"
source = {{ registry = "{index}" }}
wheels = [{{ url = "{tail1}", hash = "sha256:{tail1_sha256}" }}]

[[package]]
name = "tail"
version = "2.0"
source = {{ registry = "{index}" }}
wheels = [{{ url = "{tail2}", hash = "sha256:{tail2_sha256}" }}]

[[package]]
name = "user"
version = "1.0"
source = {{ registry = "{index}" }}
dependencies = [
    {{ name = "tail", version = "1.0", source = {{ registry = "{index}" }}, marker = "extra == 'group-3-app-old'" }},
    {{ name = "tail", version = "2.0", source = {{ registry = "{index}" }}, marker = "{newer}" }},
]
wheels = [{{ url = "{user}", hash = "sha256:{user_sha256}" }}]
"""

RULE = '''\
"""Files of targets and what they need, for a dependency group; empty: for the one that the configuration names."""

_FLAG = "@rules_reprowheel//python/config_settings:dep_group"

_choose = transition(
    implementation = lambda settings, attr: {_FLAG: attr.dep_group or settings[_FLAG]},
    inputs = [_FLAG],
    outputs = [_FLAG],
)

in_group = rule(
    implementation = lambda ctx: [DefaultInfo(files = depset(transitive = [
        files
        for target in ctx.attr.srcs
        for files in [target[DefaultInfo].files, target[DefaultInfo].default_runfiles.files]
    ]))],
    attrs = {
        "dep_group": attr.string(),
        "srcs": attr.label_list(cfg = _choose),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
)
'''

BUILD_FILE = """\
load(":in_group.bzl", "in_group")

[in_group(name = group + "wheels", dep_group = group.strip("_"), srcs = ["@grouped//user:whl"]) for group in ["", "new_", "old_"]]

filegroup(
    name = "both",
    srcs = [":new_wheels", ":old_wheels"],
)
"""


def write_grouped(workspace: Path, folder: Path) -> str:
    """Write the lock, its wheels and the targets `//grouped:…`; return the lines of MODULE.bazel."""
    folder.mkdir()
    wheels = {
        "later": make_wheel(folder, "later", "1.0", files={"later.py": ""}),
        # as in the other hubs: the patch that names this file applies to all of them
        "tail1": make_wheel(folder, "tail", "1.0", files={"tail.py": "N = 3\n"}),
        "tail2": make_wheel(folder, "tail", "2.0", files={"tail.py": "N = 2\n"}),
        "user": make_wheel(folder, "user", "1.0", files={"user.py": ""}, requires=["tail", "later"]),
    }
    fields = {"newer": "extra == 'group-3-app-new' or extra != 'group-3-app-old'"}
    fields |= {name: wheel.as_uri() for name, wheel in wheels.items()}
    fields |= {f"{name}_sha256": sha256(wheel) for name, wheel in wheels.items()}
    place = workspace / "grouped"
    place.mkdir()
    (place / "uv.lock").write_text(LOCK.format(index=folder.as_uri(), **fields), encoding="utf-8")
    (place / "in_group.bzl").write_text(RULE, encoding="utf-8")
    (place / "BUILD.bazel").write_text(BUILD_FILE, encoding="utf-8")
    return 'pip.parse(hub_name = "grouped", uv_lock = "//grouped:uv.lock")\nuse_repo(pip, "grouped")\n'
