"""Fetched once, everything is built and tested without any network, and nothing of the user's pip gets in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.machines import BUILD, REPOSITORY, Machine, Run
from e2e.test_failures import OFFLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = "examples/offline_ci"
README = (REPOSITORY / EXAMPLE / "README.md").read_text(encoding="utf-8")
COMMANDS = dict(re.findall(r"bazelw (?:--output_user_root=\S+ )?(\w+) ([^\s']+)", README))
"""Verb → targets, as the example's README says them."""
PRINTED = README.split("```\n")[2].strip()


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Path]]:
    """Yield a machine with a network that has fetched the example, and built nothing, and its repository cache."""
    base = tmp_path_factory.mktemp("online")
    machine = Machine(base / "checkout", base / "state", base / "downloads")
    try:
        run = machine.bazel("fetch", COMMANDS["fetch"], workspace=machine.checkout / EXAMPLE)
        assert run.code == 0, run.output
        yield machine, base / "downloads"
    finally:
        machine.bazel("shutdown", workspace=machine.checkout / EXAMPLE)
        machine.remove()


def poisoned(home: Path) -> dict[str, str]:
    """Return variables, and write files below a home directory, that change what pip does."""
    config, cache = home / ".config" / "pip" / "pip.conf", home / ".cache" / "pip"
    config.parent.mkdir(parents=True)
    cache.mkdir(parents=True)
    text = "[global]\nindex-url = http://127.0.0.1:9/simple\nno-binary = :all:\nconfig-settings = x=y\n"
    config.write_text(text, encoding="utf-8")
    (cache / "CACHEDIR.TAG").write_text("not what you think", encoding="utf-8")
    names = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_BINARY": ":all:", "PIP_CONFIG_FILE": str(config)}
    return names | {"PIP_CACHE_DIR": str(cache), "PIP_NO_BUILD_ISOLATION": "0", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}


def wheels(run: Run) -> dict[str, str]:
    """Return path → digest of the wheels that a run built or took from its cache."""
    return {path: digest for spawn in run.of(BUILD) for path, digest in spawn.outputs.items() if path.endswith(".whl")}


def check_offline(machine: Machine, *options: str, poison: bool = False) -> dict[str, str]:
    """Build and test the example on a machine without a network and with an empty output root; return its wheels."""
    workspace = machine.checkout / EXAMPLE
    if poison:
        machine.environment |= poisoned(machine.state / "home")
    try:
        run = machine.bazel("test", "--disk_cache=", *options, COMMANDS["test"], prefix=OFFLINE, workspace=workspace)
        assert run.code == 0, run.output
        assert PRINTED in run.output, run.output
        assert [spawn.cached for spawn in run.of(BUILD)] == [False]
        return wheels(run)
    finally:
        machine.bazel("shutdown", workspace=workspace)
        machine.remove()


def test_repository_cache(online: tuple[Machine, Path], tmp_path: Path) -> None:
    """With what `bazel fetch` left in a repository cache; a poisoned pip.conf, cache and PIP_* variables change nothing."""
    machine, downloads = online
    other = Machine(tmp_path / "checkout", tmp_path / "state", downloads)
    offline = check_offline(other, poison=True)
    run = machine.bazel("build", "--disk_cache=", "//...", workspace=machine.checkout / EXAMPLE)
    assert run.code == 0, run.output
    assert len(offline) == 2
    assert offline == wheels(run)


def test_vendor_directory(online: tuple[Machine, Path], tmp_path: Path) -> None:
    """With a vendor directory, and a repository cache that is empty."""
    machine, downloads = online
    vendored = tmp_path / "vendored"
    options = (f"--vendor_dir={vendored}", f"--repository_cache={downloads}")
    run = machine.bazel("vendor", *options, "//...", workspace=machine.checkout / EXAMPLE)
    assert run.code == 0, run.output
    other = Machine(tmp_path / "checkout", tmp_path / "state", tmp_path / "empty")
    assert check_offline(other, f"--vendor_dir={vendored}")
