"""What is run against the newest rules_python: its own workspaces, with only MODULE.bazel changed, and build locks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["CONSUMERS", "Consumer", "failures", "switch", "tested"]

_TESTED = re.compile(
    r"^(//\S+) +(?:\(cached\) )?(PASSED|FAILED TO BUILD|FAILED|TIMEOUT|FLAKY|NO STATUS|INCOMPLETE)", re.MULTILINE
)
_PLACES = re.compile(r"/\S*?/external/")
_LABELS = re.compile(r"\S*(//|~)\S*")
_SUMS = re.compile(r"Build did NOT complete|Build failed\. Not running|not all tests passed")
_PARSE = re.compile(r"^(pip\.parse\(\n)(.*?)^\)$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """One workspace.

    :param folder: in the checkout of rules_python, or absolute.
    :param locks: lock of the workspace → Python that it is for. For each of them a build lock is written.
    :param options: of the command that writes it.
    :param flags: test → flag that it is run with.
    :param refused: target whose build has to fail → words that the error has to have.
    :param stock: nothing is switched: rules_python itself is run, to compare with.
    """

    folder: str
    name: str = ""
    locks: dict[str, str]
    options: tuple[str, ...] = ()
    flags: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stock: bool = False

    def __post_init__(self) -> None:
        """Name it after its folder, unless it has a name."""
        object.__setattr__(self, "name", self.name or self.folder)


CONSUMERS = (
    Consumer(folder="examples/pip_parse", locks={"requirements_lock.txt": "3.9"}),
    Consumer(
        folder="examples/bzlmod",
        locks={
            "requirements_lock_3_9.txt": "3.9",
            "requirements_lock_3_10.txt": "3.10",
            "requirements_lock_3_11.txt": "3.11",
            "other_module/requirements_lock_3_11.txt": "3.11",
        },
    ),
    Consumer(
        folder="examples/multi_python_versions",
        locks={f"requirements/requirements_lock_3_{minor}.txt": f"3.{minor}" for minor in range(10, 15)},
    ),
    Consumer(folder="tests/integration/pip_parse", locks={"empty/requirements.txt": "3.9"}),
    Consumer(folder="tests/integration/pip_parse_isolated", locks={"requirements_lock.txt": "3.13"}),
    Consumer(
        folder="tests/integration/unified_pypi",
        locks={"requirements_a.txt": "3.11", "requirements_b.txt": "3.11"},
        flags={"//:test_cli": "--@rules_python//python/config_settings:venv=pypi_a"},
        refused={
            "//:bin_six_a": ("six", "pypi_a"),
            "//:bin_extra_b": ("my_colorama", "pypi_b"),
            "//:bin_declared_only": ("declared_only_pkg", "pypi_b"),
            "//:bin_declared_only_alias": ("declared-only-alias", "pypi_b"),
        },
    ),
)


def build_lock(lock: str) -> str:
    """Return the path of the build lock beside a lock."""
    folder, slash, name = lock.rpartition("/")
    return f"{folder}{slash}build-lock-{name.removesuffix('.txt')}.json"


def _label(path: str, known: str) -> str:
    """Return the label of the build lock, written as the label of the lock is."""
    prefix, colon, name = known.rpartition(":")
    return f"{prefix}{colon}{build_lock(name)}" if colon else build_lock(path)


def switch(text: str, rules: str) -> str:
    """Return a MODULE.bazel after the switch, as docs/migrating.md shows it.

    :param rules: path of this repository.
    """

    def with_build_lock(call: re.Match[str]) -> str:
        known = re.search(r'requirements_lock = "([^"]+)"|"([^"]+\.txt)": "linux', call[2])
        if not known:
            return call[0]
        path = known[1] or known[2]
        return f'{call[1]}    build_requirements_lock = "{_label(path, path)}",\n{call[2]})'

    text = text.replace('"@rules_python//python/extensions:pip.bzl"', '"@rules_reprowheel//python:extensions.bzl"')
    text = _PARSE.sub(with_build_lock, text)
    return (
        f'{text}\nbazel_dep(name = "rules_reprowheel", version = "0.1.0")\n'
        f'local_path_override(module_name = "rules_reprowheel", path = "{rules}")\n'
    )


def tested(output: str) -> dict[str, str]:
    """Return test → how it ended, from what Bazel printed."""
    return dict(_TESTED.findall(output))


def failures(output: str, most: int = 8) -> list[str]:
    """Return the lines that say what went wrong, each once, with how often: those of one cause differ in labels only."""
    lines = [
        line.strip() for line in output.splitlines() if line.startswith(("ERROR", "Error in", "\tError in", "AssertionError"))
    ]
    short = [_PLACES.sub("", re.sub(r" \(from target .*", "", line))[:300] for line in lines if not _SUMS.search(line)]
    alike: dict[str, list[str]] = {}
    for line in short:
        alike.setdefault(_LABELS.sub("…", line), []).append(line)
    return [f"{found[0]} ({len(found)} times)" if len(found) > 1 else found[0] for found in alike.values()][:most]
