"""The verdict of `verify` about one sdist, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reprowheel.compare.model import Comparison

__all__ = ["Tried", "Verdict"]

VERDICT_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One perturbation and its result.

    :param result: `equal`, `guilty` (makes a difference), `unknown` (not tested, as the limit of builds was reached),
        `missing` (not possible here) or `left-out` (by the user; other locales than the one; what concerns Rust, if
        none is used).
    :param detail: why it is missing, or the names of perturbations that must act together with it.
    """

    name: str
    changes: str
    how: str
    result: str
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the JSON object."""
        return {"name": self.name, "changes": self.changes, "result": self.result, "detail": self.detail}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The result for one sdist.

    :param status: `equal`, `different`, `failed` (no build to compare with) or `unstable` (differs without any
        perturbation).
    :param package: `name==version`.
    :param sdist: file name of the archive.
    :param sdist_sha256: digest of the archive.
    :param wheel: file name of the wheel of the first build.
    :param wheel_sha256: digest of that wheel.
    :param tried: every perturbation and its result.
    :param comparison: the differences of the two builds.
    :param builds: number of builds.
    :param seconds: time of all builds together.
    :param error: error of the build that failed; with status `different`, it is the perturbed one.
    :param tip: what to do about the error.
    :param exit_code: exit code of the command, 0 for `equal`.
    :param notes: further findings, in sentences.
    :param diffoscope: output of diffoscope for the two wheels, if the user asked for it.
    :param logs: (name of a build, what its back end printed), for the page.
    :param built_with: (name, version) of interpreter, compiler and so on, for the page.
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
    logs: tuple[tuple[str, str], ...] = ()
    built_with: tuple[tuple[str, str], ...] = ()

    @property
    def applied(self) -> int:
        """Number of perturbations that were active."""
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
