"""The release notes: what to write to MODULE.bazel, cut from files that tests run, the changes, and digests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release.errors import ReleaseError
from release.versions import MODULE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Release", "filled", "readme_block", "release_notes", "snippet"]

SMOKE = "e2e/smoke/MODULE.bazel"


def snippet(read: Callable[[str], str]) -> str:
    """Return the lines between the marks in the MODULE.bazel of e2e/smoke."""
    found = re.search(r"^# snippet: begin\n(.*?)^# snippet: end$", read(SMOKE), re.MULTILINE | re.DOTALL)
    if not found:
        msg = f"{SMOKE}: has no lines between `# snippet: begin` and `# snippet: end`"
        raise ReleaseError(msg)
    return found[1].strip()


def readme_block(text: str, name: str) -> str:
    """Return the block of README.md behind the mark `<!-- get: NAME -->`."""
    found = re.search(rf"^<!-- get: {re.escape(name)} -->\n```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if not found:
        msg = f"README.md: has no block behind the mark <!-- get: {name} -->"
        raise ReleaseError(msg)
    return found[1].strip()


def filled(block: str, *, commit: str, entry: Mapping[str, Any]) -> str:
    """Return a block of README.md with what only a release knows: the digest, the address, the commit."""
    block = block.replace("INTEGRITY", str(entry["integrity"])).replace("COMMIT", commit)
    return re.sub(r"urls = \[[^\]]*\]", f'urls = ["{entry["url"]}"]', block)


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What the notes tell.

    :param entry: source.json.
    :param changed: what CHANGELOG.md says.
    :param digests: file → sha256.
    :param home: address of the commit's files; links of CHANGELOG.md begin in the folder that it is in.
    """

    version: str
    commit: str
    entry: Mapping[str, Any]
    changed: str
    digests: Mapping[str, str]
    home: str


def release_notes(read: Callable[[str], str], release: Release) -> str:
    """Return the text; `read` returns files of the commit."""
    readme = read("README.md")
    archive, commit = (
        filled(readme_block(readme, f"{way}_override"), commit=release.commit, entry=release.entry) for way in ("archive", "git")
    )
    rows = "\n".join(f"| {name} | `{digest}` |" for name, digest in sorted(release.digests.items()))
    parts = [
        f"# {MODULE} {release.version}",
        "In MODULE.bazel, where a registry has this version:",
        f"```starlark\n{snippet(read)}\n```",
        f"Without a registry, in place of the `bazel_dep` of {MODULE}, from the archive below:",
        f"```starlark\n{archive}\n```",
        "or from the commit:",
        f"```starlark\n{commit}\n```",
        "## Changes",
        re.sub(r"\]\((?![a-z]+:|#)", f"]({release.home}/", release.changed),
        "## Files",
        f"| file | sha256 |\n|---|---|\n{rows}",
    ]
    return "\n\n".join(parts) + "\n"
