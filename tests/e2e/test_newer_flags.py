"""What newer Bazels do by default, and Bazel 7 with flags: the example can be analysed all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.machines import HELLO, Machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Those that Bazel 7's own rules and the packaged rule sets bear: not --incompatible_disallow_struct_provider_syntax,
# --incompatible_no_rule_outputs_param, --incompatible_stop_exporting_language_modules and
# --noincompatible_enable_deprecated_label_apis.
FLAGS = (
    "--incompatible_auto_exec_groups",
    "--incompatible_check_visibility_for_toolchains",
    "--incompatible_config_setting_private_default_visibility",
    "--incompatible_disable_starlark_host_transitions",
    "--incompatible_disable_target_provider_fields",
    "--incompatible_disallow_empty_glob",
    "--incompatible_no_implicit_file_export",
    "--incompatible_no_implicit_watch_label",
    "--incompatible_use_plus_in_repo_names",
)
OLD_ACTION = """
def _impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.run(executable = ctx.executable._tool, arguments = [out.path], outputs = [out])
    return [DefaultInfo(files = depset([out]))]

old = rule(
    implementation = _impl,
    attrs = {"_tool": attr.label(default = "//newer:tool", executable = True, cfg = "host")},
)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Machine]:
    """Yield a machine of its own, as other names of repositories are no business of others."""
    base = tmp_path_factory.mktemp("newer")
    machine = Machine(base / "checkout", base / "state", cache / "downloads")
    try:
        yield machine
    finally:
        machine.remove()


def test_example_under_newer_defaults(machine: Machine) -> None:
    """Every rule of ours is analysed under all these flags at once."""
    run = machine.bazel("build", "--nobuild", *FLAGS, HELLO)
    assert run.code == 0, run.output
    assert "Analyzed target //examples/hello:hello" in run.output


def test_the_flags_do_something(machine: Machine) -> None:
    """A rule of old is refused under them."""
    folder = machine.checkout / "newer"
    folder.mkdir()
    (folder / "old.bzl").write_text(OLD_ACTION, encoding="utf-8")
    (folder / "BUILD.bazel").write_text('load(":old.bzl", "old")\nold(name = "x")\n', encoding="utf-8")
    run = machine.bazel("build", "--nobuild", *FLAGS, "//newer:x")
    assert run.code != 0
    assert """'cfg = "host"' is deprecated and should no longer be used""" in run.output
