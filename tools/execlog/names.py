"""Readable names of repositories: `@pypi//foo` for the repository that `pip.parse` made of one distribution.

Canonical names depend on Bazel's version: `rules_reprowheel++pip+pypi_311_foo_1_0`, `rules_reprowheel~~pip~pypi_foo_1_0`, or in
WORKSPACE `pypi_foo_1_0`. JSON has them as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from execlog.explain.request import OURS, read_request

if TYPE_CHECKING:
    from execlog.model import Log

__all__ = ["Names"]

_LABEL = re.compile(r"@@?([A-Za-z0-9][\w.+~-]*|[+~][\w.+~-]+)//(?::([^\s:]+))?")
_EXTERNAL = re.compile(r"(?<=external/)([\w.+~-]*[+~][\w.+~-]+)(?=/)|(?<!\S)@@([\w.+~-]+)(?=$|[:\s])")
_REPOSITORY = re.compile(r"@@[\w.+~-]+")
_EXTENSION = re.compile(r"(?:^|[+~])pip[+~]")
_REST = (
    r"_(?P<variant>(?:\d{2,3}t?_)?(?:(?:linux|osx|macos|windows|musllinux|manylinux)_(?:\w+_)?"
    r"(?:x86_64|aarch64|arm64|i686|s390x|ppc64le|riscv64|armv7l|universal2)_)?)"
    r"(?P<build>build_)?(?P<name>\w+?)(?:_(?:\d\w*|direct|[0-9a-f]{12}))?$"
)
_ALIASES = {"whl_file": ":whl", "pkg": ""}


class Names:
    """Makes names readable."""

    def __init__(self, *logs: Log) -> None:
        """Find out what the hubs are called, and which packages have several variants."""
        self._hubs: set[str] = set()
        for log in logs:
            for spawn in log.spawns:
                if spawn.mnemonic.startswith(OURS):
                    request = read_request(spawn.args)
                    self._hubs.update(request.options.get("--hub", ()) if request else ())
        self.repository = lru_cache(maxsize=4096)(self._repository)
        self._several = self._ambiguous(logs)

    def _ambiguous(self, logs: tuple[Log, ...]) -> set[str]:
        """Return the names that two repositories of one log would have."""
        found: set[str] = set()
        for log in logs:
            seen: dict[str, str] = {}
            for label in {spawn.label for spawn in log.spawns}:
                canonical = label.partition("//")[0].lstrip("@")
                name = self._hub_label(canonical)
                if name and seen.setdefault(name, canonical) != canonical:
                    found.add(name)
        return found

    def readable(self, text: str) -> str:
        """Return a text with readable labels, and shorter names in paths."""
        text = _LABEL.sub(lambda match: self._label(match[0], match[1], match[2]), text)
        if text.startswith("@@") and _REPOSITORY.fullmatch(text):
            return self.repository(text[2:])
        return _EXTERNAL.sub(lambda match: self._short(match[1]) if match[1] else f"@@{self._short(match[2])}", text)

    def _label(self, whole: str, canonical: str, target: str | None) -> str:
        name = self.repository(canonical)
        if not name.startswith("@@"):
            return name + _ALIASES.get(target or "pkg", f":{target}")
        return whole.replace(f"@@{canonical}", name, 1)

    def _repository(self, canonical: str) -> str:
        """Return `@hub//name`, or the last part of a long name behind `@@`."""
        name = self._hub_label(canonical)
        if name and name not in self._several:
            return name
        return f"@@{self._short(canonical)}"

    @staticmethod
    def _short(canonical: str) -> str:
        """Return the name that a module extension gave a repository."""
        last = re.split(r"[+~]", canonical.rstrip("+~"))[-1]
        return f"…{last}" if last != canonical.rstrip("+~") else last

    def _hub_label(self, canonical: str) -> str:
        last = re.split(r"[+~]", canonical)[-1]
        hubs = [hub for hub in sorted(self._hubs, key=len, reverse=True) if last.startswith(f"{hub}_")]
        if not hubs and _EXTENSION.search(canonical):
            hubs = [last.partition("_")[0]]
        match = re.match(_REST, last[len(hubs[0]) :]) if hubs else None
        return f"@{hubs[0]}//{match['name']}" if match and not match["build"] else ""
