"""The report of the normalizer about one file."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FileReport"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReport:
    """The format of one file of a wheel, and the changes to it.

    It is deterministic: no times, no host paths, no random names.
    """

    path: str
    """Posix path relative to the root of the unpacked wheel."""
    kind: str
    """Format of the file: elf, ar, gzip, png, zip, bzip2, xz, mach-o, pe, tar, sbom or pyc."""
    action: str
    """stripped (bytes removed), zeroed (overwritten in place), rewritten (header fields fixed), removed, unchanged."""
    dropped: tuple[str, ...] = ()
    """Names of the ELF sections that were dropped, in the file's order."""
    build_id: str | None = None
    """The new build-id of the file, hexadecimal."""
    debug: str | None = None
    """Posix path of the split debug file relative to the debug folder."""
    reason: str = ""
    """Why the file was not changed, or a remark about it."""

    @classmethod
    def unchanged(cls, path: str, kind: str, reason: str) -> FileReport:
        """Return the report of a file that stays as it is."""
        return cls(path=path, kind=kind, action="unchanged", reason=reason)

    def as_dict(self) -> dict[str, object]:
        """Return the JSON object for the report."""
        return {
            "path": self.path,
            "kind": self.kind,
            "action": self.action,
            "dropped": list(self.dropped),
            "build_id": self.build_id,
            "debug": self.debug,
            "reason": self.reason,
        }

    def as_text(self) -> str:
        """Return the report as one line of text."""
        details = [f"without {', '.join(self.dropped)}"] if self.dropped else []
        details += [f"debug information in {self.debug}"] if self.debug else []
        details += [self.reason] if self.reason else []
        return f"{self.path}: {self.kind} {self.action}" + (f" ({'; '.join(details)})" if details else "")
