"""Writes the text that declares what a build takes from its host: one line for MODULE.bazel, one for the command line."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["OPTIONS", "declare"]

OPTIONS = {"host_headers": "--host-header", "host_libraries": "--host-library", "host_tools": "--host-tool"}
"""Setting → option of the command line."""

_HUB = "pypi"
"""Name of the hub in messages of a build that knows of none."""


def declare(package: str, hub: str, declared: Mapping[str, Sequence[str]], missing: Mapping[str, Sequence[str]]) -> str:
    """Return two declarations of what is missing.

    The line for MODULE.bazel also has what is declared already, since a package has one `pip.override`.

    :param package: `name==version`.
    :param hub: name of the hub; empty: unknown.
    :param declared: setting → what is declared now.
    :param missing: setting → what is to be declared besides.
    """
    words = [word for name, option in OPTIONS.items() for value in missing.get(name, ()) for word in (option, value)]
    values = {name: list(dict.fromkeys([*declared.get(name, ()), *missing.get(name, ())])) for name in OPTIONS}
    attributes = "".join(f", {name} = {json.dumps(found, ensure_ascii=False)}" for name, found in values.items() if found)
    name = json.dumps(package.partition("==")[0])
    return f"pip.override(hub_name = {json.dumps(hub or _HUB)}, name = {name}{attributes}), or {shlex.join(words)}"
