"""What `verify` says about one sdist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reprowheel.compare.model import Comparison

__all__ = ["Tried", "Verdict"]

VERDICT_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One perturbation and what became of it.

    :param result: `equal`, `guilty` (makes a difference), `unknown` (no build left to tell), `missing` (not possible
        here) or `left-out` (by the user).
    :param detail: why it is missing, or which others it acts together with.
    """

    name: str
    changes: str
    how: str
    result: str
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return what goes into JSON."""
        return {"name": self.name, "changes": self.changes, "result": self.result, "detail": self.detail}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The result for one sdist.

    :param status: `equal`, `different`, `failed` (no build to compare with) or `unstable` (differs without any
        perturbation).
    :param package: `name==version`.
    :param sdist: the archive's name; `sdist_sha256`: its digest.
    :param wheel: name of the wheel of the first build; `wheel_sha256`: its digest.
    :param tried: every perturbation, and what became of it.
    :param comparison: what differs between the two builds.
    :param error: what the build said that failed; with status `different`, the one with perturbations did.
    :param tip: what to do about the error; `exit_code`: what the command ends with, 0 for `equal`.
    :param builds: how many builds were run; `seconds`: how long all of it took.
    :param notes: sentences on what was found beside.
    :param diffoscope: what diffoscope says about the two wheels, if it was asked.
    """

    package: str
    sdist: str
    sdist_sha256: str
    status: str
    wheel: str = ""
    wheel_sha256: str = ""
    tried: tuple[Tried, ...] = ()
    comparison: Comparison | None = None
    builds: int = 0
    seconds: float = 0.0
    error: str = ""
    tip: str = ""
    exit_code: int = 0
    notes: tuple[str, ...] = ()
    diffoscope: str = ""

    @property
    def applied(self) -> int:
        """How many perturbations were in force."""
        return sum(t.result not in {"missing", "left-out"} for t in self.tried)

    @property
    def guilty(self) -> tuple[Tried, ...]:
        """The perturbations that make a difference."""
        return tuple(t for t in self.tried if t.result == "guilty")

    def as_dict(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "package": self.package,
            "sdist": {"filename": self.sdist, "sha256": self.sdist_sha256},
            "status": self.status,
            "wheel": {"filename": self.wheel, "sha256": self.wheel_sha256} if self.wheel else None,
            "perturbations": [t.as_dict() for t in self.tried],
            "applied": self.applied,
            "comparison": self.comparison.as_dict() if self.comparison else None,
            "builds": self.builds,
            "seconds": round(self.seconds, 1),
            "error": self.error,
            "tip": self.tip,
            "exit_code": self.exit_code,
            "notes": list(self.notes),
            "diffoscope": self.diffoscope,
        }
