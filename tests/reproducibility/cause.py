"""The form of one row of the catalogue: a cause of non-determinism, and what is claimed about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Cause", "Outcome"]

Outcome = Literal["equal", "refused", "deep", "verify"]
"""What a build under the perturbation ends with.

equal: the same bytes, wheel, debug files and report. refused: no wheel, an error that names the file. deep: the same
bytes, but only in deep mode. verify: two wheels that differ; nothing but building twice tells.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One cause. Its sdist is `tests/sdists/<id>/`; docs/causes.md is written from these fields.

    :param title: what varies and how it gets into a wheel.
    :param shows: where it shows.
    :param handled_by: the helper's modules that handle it, or why none does.
    :param perturbation: key in `perturb.PERTURBATIONS`: the one thing in which the two builds differ.
    :param differs: pattern of the wheel members in which plain builds must differ, or empty where all members are equal
        and the archive differs nevertheless.
    :param needs: build requirements, by the names in tests/build-wheels.txt.
    :param mtime: time of the sdist's files, in seconds since 1970; usually that of all fixtures.
    :param options: more options of the verb `build`.
    :param refusal: regular expression for the error, where the outcome is `refused`.
    """

    id: str
    title: str
    shows: str
    handled_by: str
    perturbation: str
    differs: str = "tiny/made.txt"
    needs: tuple[str, ...] = ("setuptools",)
    mtime: int | None = None
    outcome: Outcome = "equal"
    refusal: str = ""
    options: tuple[str, ...] = ()

    @property
    def uses_rust(self) -> bool:
        """Say whether its builds call cargo."""
        return self.id.startswith("rust-")
