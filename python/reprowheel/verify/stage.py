"""Verifies one sdist: builds it as it is and perturbed, compares, finds the guilty perturbations, and explains."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packaging.utils import InvalidSdistFilename, canonicalize_name, parse_sdist_filename

from reprowheel.compare.causes import CAUSES
from reprowheel.compare.model import KnownValues
from reprowheel.errors import UsageError
from reprowheel.files import file_sha256
from reprowheel.inputs.guess import did_you_mean
from reprowheel.verify.built_with import built_with
from reprowheel.verify.locales import LOCALES, locale_in_turn
from reprowheel.verify.outputs import compare_outcomes
from reprowheel.verify.perturb import PERTURBATIONS, RUST_TOOLCHAIN
from reprowheel.verify.runner import outcome_of, run_build
from reprowheel.verify.search import Findings, find_guilty
from reprowheel.verify.surroundings import Session
from reprowheel.verify.verdict import Tried, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from reprowheel.compare.model import Comparison
    from reprowheel.request import BuildRequest
    from reprowheel.verify.perturb import Perturbation
    from reprowheel.verify.runner import Outcome

__all__ = ["VerifyOptions", "verify_sdist"]

_VAGUE = {"content", "digest", "missing"}
_MORE_TIME = 300
_DIFFOSCOPE_LIMIT = 600
_DIFFOSCOPE_LENGTH = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyOptions:
    """How to verify.

    :param without: names of perturbations to leave out.
    :param max_builds: most builds that the search for the guilty perturbations may take.
    :param keep: directory for the outputs of both builds, or `None`.
    :param diffoscope: run the program diffoscope, too.
    :param against: a wheel that was built elsewhere, with its debug files and report, to use as the first build.
    :param progress: takes one progress line.
    :param verbose: let builds show on standard error what they print.
    """

    without: Collection[str] = ()
    max_builds: int = 24
    keep: Path | None = None
    diffoscope: bool = False
    against: tuple[Path, Path | None, Path | None] | None = None
    progress: Callable[[str], None] = lambda _: None
    verbose: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(set(self.without) - {p.name for p in PERTURBATIONS})
        if unknown:
            names = ", ".join(p.name for p in PERTURBATIONS)
            guess = did_you_mean(unknown[0], names.split(", "))
            msg = f"perturbation {unknown[0]!r} does not exist{guess}; expected one of {names}"
            raise UsageError(msg)
        if self.diffoscope and not shutil.which("diffoscope"):
            msg = "--diffoscope: there is no diffoscope on PATH"
            raise UsageError(msg, tip="Install the package diffoscope, or leave the option out.")


def verify_sdist(request: BuildRequest, options: VerifyOptions) -> Verdict:
    """Build the sdist of a request as it is and perturbed, and compare all outputs.

    :param request: the build; its output paths are ignored.
    :raises UsageError: no perturbation is possible here, or the sdist does not exist.
    """
    if not request.sdist.is_file():
        msg = f"{request.sdist}: no such file"
        raise UsageError(msg)
    with Session(request) as session:
        return _Verification(session, options).run()


class _Verification:
    def __init__(self, session: Session, options: VerifyOptions) -> None:
        self._session = session
        self._options = options
        self._sdist = session.request.sdist
        self._package = _named(session.request)
        others = set(LOCALES) - {locale_in_turn(file_sha256(self._sdist))}
        self._chosen = tuple(p for p in PERTURBATIONS if p.name not in {*options.without, *others})
        self._builds = 0
        self._seconds = 0.0
        self._limit: float | None = None

    def run(self) -> Verdict:
        """Return the verdict."""
        before = self._first()
        if before.error:
            return self._verdict("failed", before, error=before.error, tip=before.tip, exit_code=before.exit_code)
        self._package = _package(before) or self._package
        if "rust" not in _report(before) and self._session.request.rust_toolchain is None:
            self._chosen = tuple(p for p in self._chosen if p.name != RUST_TOOLCHAIN)
        self._limit = _MORE_TIME + 5 * (os.cpu_count() or 1) * before.seconds if before.seconds else None
        after = self._build(self._chosen, f"again, with {len(self._chosen)} perturbations")
        if not after.applied:
            msg = f"{self._package}: no perturbation could be applied, so nothing was verified"
            raise UsageError(msg, tip=next(iter(after.missing.values()), "Leave fewer of them out with --without."))
        self._keep(before, after)
        if before.same_as(after):
            return self._verdict("equal", before, after, tried=self._tried(after, Findings()))
        return self._explain(before, after)

    def _first(self) -> Outcome:
        if self._options.against:
            return outcome_of(self._options.against, self._session.scratch / "given")
        return self._build((), "as it is")

    def _build(self, perturbations: tuple[Perturbation, ...], what: str) -> Outcome:
        self._builds += 1
        label = f"{self._package}: build {self._builds}, {what}"
        self._options.progress(label)
        outcome = run_build(
            self._session,
            perturbations,
            limit=self._limit,
            verbose=self._options.verbose,
            beat=lambda seconds: self._options.progress(f"{label}: {seconds:.0f} s so far"),
        )
        self._seconds += outcome.seconds
        return outcome

    def _explain(self, before: Outcome, after: Outcome) -> Verdict:
        """Compare the two builds and search for the perturbations that make the difference."""
        self._options.progress(f"{self._package}: the two builds differ; comparing")
        comparison = None if after.error else compare_outcomes(before, after, KnownValues(values=after.known_values))
        plain = self._build((), "as it is, once more")
        common: dict[str, Any] = {
            "comparison": comparison,
            "error": after.error,
            "tip": after.tip,
            "diffoscope": self._diffoscope(before, after),
        }
        if not before.same_as(plain):
            tried = self._tried(after, Findings(unknown=list(after.applied)))
            note = "It differs from build to build without any perturbation: by time, by chance, or by where it is built."
            note += " Other causes can hide behind this one."
            if comparison is None and not plain.error:
                common["comparison"] = compare_outcomes(before, plain, KnownValues())
            return self._verdict("unstable", before, after, tried=tried, exit_code=1, notes=(note,), **common)
        findings = self._search(before, after, comparison)
        notes = (f"The search took {findings.builds + 1} more builds.",)
        if comparison:
            common["comparison"] = _attributed(comparison, findings)
        return self._verdict("different", before, after, tried=self._tried(after, findings), exit_code=1, notes=notes, **common)

    def _search(self, before: Outcome, after: Outcome, comparison: Comparison | None) -> Findings:
        by_name = {p.name: p for p in PERTURBATIONS}
        causes = {d.cause.name for d in comparison.differences if not d.follows} if comparison else set()
        suspects = [name for name in after.applied if causes & set(by_name[name].causes)]

        def differs(names: tuple[str, ...]) -> bool:
            shown = names[0] if len(names) == 1 else f"{len(names)} perturbations"
            outcome = self._build(tuple(by_name[name] for name in names), f"searching: {shown}")
            shutil.rmtree(outcome.debug.parent, ignore_errors=True)
            return not before.same_as(outcome)

        return find_guilty(after.applied, differs, suspects=suspects, limit=self._options.max_builds)

    def _tried(self, after: Outcome, findings: Findings) -> tuple[Tried, ...]:
        """Return the result of each perturbation."""
        tried = []
        for p in PERTURBATIONS:
            result, detail = "equal", ""
            group = next((g for g in findings.guilty if p.name in g), ())
            if p not in self._chosen:
                result = "left-out"
            elif p.name in after.missing:
                result, detail = "missing", after.missing[p.name]
            elif group:
                others = [name for name in group if name != p.name]
                result, detail = "guilty", f"only together with {', '.join(others)}" if others else ""
            elif p.name in findings.unknown:
                result = "unknown"
            tried.append(Tried(name=p.name, changes=p.changes, how=p.how, result=result, detail=detail))
        return tuple(tried)

    def _verdict(self, status: str, before: Outcome, after: Outcome | None = None, **more: Any) -> Verdict:  # noqa: ANN401
        """Return the verdict; `more` are fields of it."""
        wheel = before.wheel
        logs = [("as it is", before), *([("perturbed", after)] if after else [])]
        return Verdict(
            package=self._package,
            sdist=self._sdist.name,
            sdist_sha256=file_sha256(self._sdist),
            status=status,
            wheel=wheel.name if wheel else "",
            wheel_sha256=file_sha256(wheel) if wheel else "",
            builds=self._builds,
            seconds=self._seconds,
            logs=tuple((name, outcome.log) for name, outcome in logs if outcome.seconds),
            built_with=built_with(before, self._session.request.toolchain),
            **more,
        )

    def _keep(self, before: Outcome, after: Outcome) -> None:
        """Copy the outputs of both builds to the folder of `keep`, if it is given."""
        if self._options.keep is None:
            return
        for name, outcome in (("as-it-is", before), ("perturbed", after)):
            target = self._options.keep / self._package.replace("==", "-") / name
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            if outcome.wheel:
                shutil.copyfile(outcome.wheel, target / outcome.wheel.name)
            if outcome.report.is_file():
                shutil.copyfile(outcome.report, target / "report.json")
            if outcome.debug.is_dir():
                shutil.copytree(outcome.debug, target / "debug")

    def _diffoscope(self, before: Outcome, after: Outcome) -> str:
        """Return the output of diffoscope for the two wheels; empty if it is not asked for or a wheel is missing."""
        if not self._options.diffoscope or not before.wheel or not after.wheel:
            return ""
        self._options.progress(f"{self._package}: diffoscope")
        command = ["diffoscope", "--no-progress", "--text", "-", os.fspath(before.wheel), os.fspath(after.wheel)]
        try:
            run = subprocess.run(
                command, check=False, capture_output=True, encoding="utf-8", errors="replace", timeout=_DIFFOSCOPE_LIMIT
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            return f"diffoscope did not finish: {e}"
        return (run.stdout or run.stderr)[:_DIFFOSCOPE_LENGTH]


def _attributed(comparison: Comparison, findings: Findings) -> Comparison:
    """Set the cause of differences whose bytes do not show it, if the search found exactly one cause."""
    guilty = {name for group in findings.guilty for name in group}
    causes = {cause for p in PERTURBATIONS if p.name in guilty for cause in p.causes[:1]}
    if len(causes) != 1 or findings.unknown:
        return comparison
    cause = CAUSES[causes.pop()]
    found = (d if d.cause.name not in _VAGUE else replace(d, cause=cause) for d in comparison.differences)
    return replace(comparison, differences=tuple(found))


def _named(request: BuildRequest) -> str:
    """Return `name==version` from the request or the file name of the archive, else that file name."""
    if request.name and request.version:
        return f"{canonicalize_name(request.name)}=={request.version}"
    try:
        name, version = parse_sdist_filename(request.sdist.name)
    except InvalidSdistFilename:
        return request.sdist.name
    return f"{name}=={version}"


def _package(outcome: Outcome) -> str:
    """Return `name==version` from the report; empty if it cannot be read."""
    report = _report(outcome)
    return f"{report['name']}=={report['version']}" if {"name", "version"} <= report.keys() else ""


def _report(outcome: Outcome) -> dict[str, Any]:
    """Return the report; empty if it cannot be read."""
    try:
        report = json.loads(outcome.report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}
