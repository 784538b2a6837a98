"""What an action of rules_reprowheel was asked for, read from its command line (docs/contracts.md)."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from execlog.explain.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["INTERPRETER", "OURS", "SETTINGS", "Request", "compare_requests", "read_request", "wheel_of"]

OURS = "Reprowheel"
INTERPRETER = "interpreter"
SETTINGS = {
    "ReprowheelBuild": {
        "--allow-uncontained": "allow_uncontained",
        "--build-option": "build_options",
        "--cargo-lock": "cargo_locks",
        "--config-setting": "config_settings",
        "--cpu-baseline": "cpu_baseline",
        "--deep": "deep",
        "--env": "build_env",
        "--epoch": "epoch",
        "--global-option": "global_options",
        "--host-header": "host_headers",
        "--host-library": "host_libraries",
        "--host-tool": "host_tools",
        "--jobs": "cpus",
        "--max-disk": "max_disk_mb",
        "--max-files": "max_files",
        "--max-memory": "max_memory_mb",
        "--max-processes": "max_processes",
        "--max-seconds": "max_seconds",
        "--patch": "patches",
        "--patch-strip": "patch_strip",
    },
    "ReprowheelInstall": {
        "--copy": "copy_files",
        "--copy-executable": "copy_executables",
        "--exclude": "data_exclude_glob",
        "--exclude-source": "srcs_exclude_glob",
        "--namespace-packages": "namespace_packages",
        "--patch": "install_patches",
        "--patch-strip": "install_patch_strip",
    },
}
"""Mnemonic → option → the attribute of `pip.override` that it comes from."""

_CRATE = re.compile(r"(.+?)-(\d+\.\d+\.\d+.*|[0-9a-f]{40,64})")
_FLAGS = ("--deep", "--namespace-packages")
_OUTPUTS = ("--out", "--debug-dir", "--report", "--wheel-file", "--exclusive", "--dist-info-file", "--dist-info-dir")
_DOCUMENTS = ("--cc-toolchain", "--fingerprint", "--expect", "--native", "--rust-toolchain")  # compared by what is in them


@dataclass(frozen=True, slots=True)
class Request:
    """A command line in its parts.

    :param start: the interpreter and the launcher's own arguments, without `--facts`.
    :param facts: what the action's key is made of, where the command line says it.
    :param options: option → values, in their order; `` has what is no option.
    :param unread: the file that the options are in, where it is not at hand.
    """

    start: tuple[str, ...]
    facts: dict[str, Any]
    options: dict[str, tuple[str, ...]]
    unread: str = ""


def read_request(args: tuple[str, ...], params: tuple[str, ...] | None = None) -> Request | None:
    """Return the parts of a command line, or nothing if it has none; `params` are the lines of its parameter file."""
    if "--" not in args:
        return None
    end = args.index("--")
    start, given = list(args[:end]), args[end + 2 :]
    facts: dict[str, Any] = {}
    if "--facts" in start[:-1]:
        place = start.index("--facts")
        facts = _object(start[place + 1])
        del start[place : place + 2]
    unread = ""
    if len(given) == 1 and given[0].startswith("@"):
        unread = "" if params is not None else given[0][1:]
        given = params or ()
    options: dict[str, tuple[str, ...]] = {}
    for argument in given:
        name, equals, value = argument.partition("=")
        name, value = (name, value if equals else "") if name.startswith("--") else ("", argument)
        options[name] = (*options.get(name, ()), value)
    return Request(tuple(start), facts, options, unread)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def compare_requests(mnemonic: str, left: Request, right: Request) -> list[tuple[Fact, set[str]]]:
    """Return what differs, each with the inputs that differ because of it."""
    known = SETTINGS.get(mnemonic, {})
    found: list[tuple[Fact, set[str]]] = []
    for option in sorted(left.options.keys() | right.options.keys()):
        old, new = left.options.get(option, ()), right.options.get(option, ())
        if old == new or option in (*_OUTPUTS, *_DOCUMENTS):
            continue
        files = set(old) ^ set(new)
        if option == "--build-wheel":
            found += _by_name("requirement", wheel_of, old, new)
        elif option == "--crates":
            found += _by_name("crate", crate_of, old, new)
        elif option == "--python":
            found.append((Fact(kind="python", subject=INTERPRETER, left=_joined(old), right=_joined(new)), set()))
        elif option == "--version":
            name = _joined(right.options.get("--name", ())) or ""
            files = {*left.options.get("", ()), *right.options.get("", ())}
            found.append((Fact(kind="package", subject=name, left=_joined(old), right=_joined(new)), files))
        elif option in known:
            found.append((_setting(known[option], option, old, new), files if option == "--patch" else set()))
        elif option:
            found.append((_setting(option, option, old, new), set()))
    return found


def _setting(name: str, option: str, old: tuple[str, ...], new: tuple[str, ...]) -> Fact:
    """Return a setting that differs; of a list only what is not in both."""
    if option in _FLAGS:
        left, right = ("true" if side else "false" for side in (old, new))
        return Fact(kind="setting", subject=name, left=left, right=right)
    before, after = Counter(old), Counter(new)
    only = tuple((before - after).elements()), tuple((after - before).elements())
    one, two = only if any(only) else (old, new)
    return Fact(kind="setting", subject=name, left=_joined(one), right=_joined(two))


def _joined(values: tuple[str, ...]) -> str | None:
    return ", ".join(values) if values else None


def wheel_of(path: str) -> tuple[str, str]:
    """Return name and version that a wheel's file name says; name and nothing for another file."""
    parts = path.rpartition("/")[2].removesuffix(".whl").split("-")
    return (parts[0].lower().replace("_", "-"), parts[1]) if len(parts) >= 5 and path.endswith(".whl") else (path, "")


def crate_of(path: str) -> tuple[str, str]:
    """Return name and version that the file name of a crate, or of the archive of a commit, says."""
    stem = path.rpartition("/")[2].removesuffix(".crate").removesuffix(".tar.gz")
    found = _CRATE.fullmatch(stem)
    return (found[1], found[2]) if found else (path, "")


def _by_name(
    kind: str, split: Callable[[str], tuple[str, str]], old: tuple[str, ...], new: tuple[str, ...]
) -> Iterator[tuple[Fact, set[str]]]:
    """Yield each file that differs, paired by the name in its file name; of equal versions their paths are told."""
    sides: tuple[dict[str, tuple[str, str]], ...] = ({}, {})
    for side, paths, others in ((sides[0], old, new), (sides[1], new, old)):
        for path in paths:
            if path not in others:
                name, version = split(path)
                side[name] = (version or path, path)
    for name in sorted(sides[0].keys() | sides[1].keys()):
        before, after = sides[0].get(name), sides[1].get(name)
        left, right = before and before[0], after and after[0]
        if left == right and kind == "crate":
            left, right = before and before[1], after and after[1]
        if left != right:
            files = {side[1] for side in (before, after) if side}
            yield Fact(kind=kind, subject=name, left=left, right=right), files
