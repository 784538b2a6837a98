"""The release as a module in a registry: the folder `modules/rules_reprowheel/VERSION`, filled from the templates in .bcr/.

The workflow "publish to BCR" fills the same templates in the same way.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from release.errors import ReleaseError
from release.versions import MODULE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["archive_name", "registry_files", "repository", "source_entry"]


def repository(read: Callable[[str], str]) -> str:
    """Return where releases are published, as OWNER/NAME: .bcr/metadata.template.json says it."""
    for entry in json.loads(read(".bcr/metadata.template.json")).get("repository", []):
        host, _, path = str(entry).partition(":")
        if host == "github" and path.count("/") == 1:
            return path
    msg = '.bcr/metadata.template.json: "repository" names no github:OWNER/NAME'
    raise ReleaseError(msg)


def archive_name(version: str, of: str = "") -> str:
    """Return the file name of the archive, which is that of the template's address; or of one of something else."""
    return f"{MODULE}-v{version}.{of + '.' if of else ''}tar.gz"


def source_entry(read: Callable[[str], str], version: str, digest: str, base: str = "") -> dict[str, Any]:
    """Return what source.json says.

    :param digest: of the archive, as `integrity`.
    :param base: address of the folder that has the archive; nothing: the template's.
    """
    owner, _, name = repository(read).partition("/")
    values = {"{OWNER}": owner, "{REPO}": name, "{TAG}": f"v{version}", "{VERSION}": version}
    entry: dict[str, Any] = json.loads(read(".bcr/source.template.json"))
    for key in ("strip_prefix", "url"):
        for placeholder, value in values.items():
            entry[key] = entry[key].replace(placeholder, value)
    if not entry["url"].endswith(f"/{archive_name(version)}") or entry["strip_prefix"] != f"{MODULE}-{version}":
        msg = f".bcr/source.template.json: expected an archive {archive_name(version)} with the folder {MODULE}-{version}"
        raise ReleaseError(msg)
    if base:
        entry["url"] = f"{base.rstrip('/')}/{archive_name(version)}"
    return entry | {"integrity": digest}


def registry_files(read: Callable[[str], str], version: str, entry: dict[str, Any]) -> dict[str, bytes]:
    """Return path → content of the files of a registry that has this one version."""
    metadata = json.loads(read(".bcr/metadata.template.json")) | {"versions": [version]}
    folder = f"registry/modules/{MODULE}"
    return {
        "registry/bazel_registry.json": b"{}\n",
        f"{folder}/metadata.json": _text(metadata),
        f"{folder}/{version}/MODULE.bazel": read("MODULE.bazel").encode(),
        f"{folder}/{version}/presubmit.yml": read(".bcr/presubmit.yml").encode(),
        f"{folder}/{version}/source.json": _text(entry),
    }


def _text(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=4, ensure_ascii=False) + "\n").encode()
