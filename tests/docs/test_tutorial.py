"""docs/tutorial.md prints what its commands print."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from docs.tutorial import PAGE, UPDATE, normalized, printed, run
from support.parallel import shared_folder


def test_commands_print_what_the_page_says(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In an empty folder, in the page's order; digests, times and versions may be others."""
    page = PAGE.read_text(encoding="utf-8")
    now = run(page, tmp_path, Path(sys.executable), shared_folder(tmp_path_factory) / "downloads")
    assert "//:markupsafe_test" in now.rpartition("$ bazel")[2]
    assert normalized(now) == normalized(page), f"To fix: {UPDATE}"


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        (f"sha256 {'ab' * 32}", f"sha256 {'01' * 32}", True),
        ("setuptools==84.2.1", "setuptools==9.0", True),
        ("x-cp311-cp311-linux_x86_64.whl", "x-cp314-cp314-linux_aarch64.whl", True),
        ("under 21 perturbations\n", "under 19 perturbations\n  not applied here: a (why)\n", True),
        ("  0.4 s  x==1.0: build 1", " 12.7 s  x==1.0: build 1", True),
        ("REPRODUCIBLE x==1.0", "DIFFERENT x==1.0", False),
        ("1 of 6 files differs", "2 of 6 files differs", False),
        ("other==84.2.1", "other==9.0", False),
    ],
)
def test_what_may_differ(first: str, second: str, is_same: bool) -> None:
    """Digests, times, versions of setuptools, tags and what a machine cannot perturb may; verdicts and counts may not."""
    assert (normalized(first) == normalized(second)) is is_same


def test_a_failing_command_is_told(tmp_path: Path) -> None:
    """A command that ends otherwise than its block says is an error, with what it printed (control)."""
    with pytest.raises(AssertionError, match=r"exit codes \[0, 3\], expected \[0, 0\]:\n\$ true\n\$ echo seen; exit 3\nseen"):
        printed("run", "$ true\n$ echo seen; exit 3\n", tmp_path, {"PATH": "/usr/bin:/bin"})
    assert (
        printed("run, exit 3", "$ echo seen; exit 3\nold\n", tmp_path, {"PATH": "/usr/bin:/bin"}) == "$ echo seen; exit 3\nseen\n"
    )
