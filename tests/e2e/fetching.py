"""Another module on a machine, with sdists, wheels and indexes of its own, for the tests of sources, indexes and phases."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2e.machines import Machine
from support.local_index import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WHEELS = Path(os.environ.get("REPROWHEEL_TEST_WHEELS", "/nonexistent"))

_MODULE = """\
module(name = "consumer")

bazel_dep(name = "rules_reprowheel", version = "0.1.0")
local_path_override(module_name = "rules_reprowheel", path = "{checkout}")

pip = use_extension("@rules_reprowheel//python:extensions.bzl", "pip")
"""


def back_end_wheels() -> dict[str, Path]:
    """Return name → wheel of the back ends that the tests have."""
    return {path.name.split("-")[0].lower().replace("_", "-"): path for path in sorted(WHEELS.glob("*.whl"))}


def key(archive: Path) -> str:
    """Return the build lock's key of an sdist or wheel."""
    name, version = archive.name.removesuffix(".tar.gz").split("-")[:2]
    return f"{name.lower().replace('_', '-')}=={version}"


def build_lock(sdists: Mapping[Path, Sequence[Path]], **more: Any) -> str:
    """Return a build lock: each sdist with the closure of what builds it, wheels or sdists."""
    tools = {tool for tools in sdists.values() for tool in tools}
    entries = {
        key(sdist): {
            "filename": sdist.name,
            "sha256": sha256(sdist),
            "build_requirements": sorted(key(tool) for tool in tools),
            "requires_dist": [],
            "provides_extra": [],
        }
        for sdist, tools in sdists.items()
    }
    wheels = {key(tool): {"filename": tool.name, "sha256": sha256(tool)} for tool in tools if tool.suffix == ".whl"}
    return json.dumps({"build_lock_version": 1, "sdists": entries, "wheels": wheels} | more)


def requirements(archives: Sequence[Path]) -> str:
    """Return a requirements.txt that pins and hashes archives."""
    return "".join(f"{key(archive)} --hash=sha256:{sha256(archive)}\n" for archive in archives)


def hub(name: str, **attributes: Any) -> str:
    """Return the statements of MODULE.bazel that make a hub."""
    text = "".join(f"    {key} = {_starlark(value)},\n" for key, value in attributes.items())
    return f'pip.parse(\n    hub_name = "{name}",\n{text})\nuse_repo(pip, "{name}")\n'


def override(hub_name: str, name: str, **attributes: Any) -> str:
    """Return a `pip.override`."""
    text = "".join(f"    {key} = {_starlark(value)},\n" for key, value in attributes.items())
    return f'pip.override(\n    hub_name = "{hub_name}",\n    name = "{name}",\n{text})\n'


def _starlark(value: Any) -> str:
    return str(value) if isinstance(value, bool) else json.dumps(value)


class Workspace:
    """A module `consumer` on a machine of its own; `files` may be added at any time."""

    def __init__(self, base: Path, downloads: Path, *, umask: int = 0o022, **variables: str) -> None:
        self.machine = Machine(base / "checkout", base / "state", downloads, umask=umask, **variables)
        self.folder = base / "workspace"
        self.folder.mkdir()

    def clear(self) -> None:
        """Delete all files of the module, but nothing that the server knows."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def write(self, hubs: str, files: Mapping[str, str]) -> None:
        """Write MODULE.bazel, a BUILD file and others."""
        (self.folder / "MODULE.bazel").write_text(_MODULE.format(checkout=self.machine.checkout) + hubs, encoding="utf-8")
        for name, text in ({"BUILD.bazel": ""} | dict(files)).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def build(self, *targets: str) -> tuple[int, str, dict[str, str]]:
        """Build targets; return exit code, output and the digests of wheels that actions built."""
        run = self.machine.bazel("build", "--disk_cache=", *targets, workspace=self.folder)
        built = {Path(p).name: d for s in run.spawns for p, d in s.outputs.items() if p.endswith(".whl") and ".dist/" in p}
        return run.code, run.output, built

    def repository(self, name: str) -> Path:
        """Return the folder of a distribution's repository."""
        found = [p for p in self.machine.output_root.glob(f"*/external/*{name}") if p.is_dir() and p.name.endswith(name)]
        assert len(found) == 1, found
        return found[0]

    def fetched_wheels(self, hub_name: str) -> dict[str, str]:
        """Return file name → digest of wheels that repositories of a hub have built."""
        folders = self.machine.output_root.glob(f"*/external/*[~+]{hub_name}_*/build/wheel/*.whl")
        return {path.name: sha256(path) for path in folders}

    def action_wheels(self, hub_name: str) -> dict[str, str]:
        """Return file name → digest of wheels of a hub that actions have built, now or before."""
        folders = self.machine.output_root.glob(f"*/execroot/_main/bazel-out/*/bin/external/*[~+]{hub_name}_*/*.dist/*.whl")
        return {path.name: sha256(path) for path in folders}


@contextmanager
def workspace(base: Path, downloads: Path, kind: type[Workspace] = Workspace, **options: Any) -> Iterator[Workspace]:
    """Yield a workspace; its server is stopped and all is removed at the end."""
    made = kind(base, downloads, **options)
    try:
        yield made
    finally:
        made.machine.bazel("shutdown", workspace=made.folder)
        made.machine.remove()
