"""Runs one build of `verify` in a process of its own and collects its outputs."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reprowheel.errors import BuildError
from reprowheel.files import file_sha256, sorted_files
from reprowheel.output.progress import following
from reprowheel.verify.child import ChildBuild

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reprowheel.verify.perturb import Perturbation
    from reprowheel.verify.surroundings import Session, Surroundings

__all__ = ["Outcome", "outcome_of", "run_build"]

_START = """\
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from reprowheel.verify.child import main
raise SystemExit(main(sys.argv[2:]))
"""
_BEAT = 30
"""Seconds between two progress lines of a running build."""
_TIMED_OUT = 124


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The result of one build.

    :param digests: output → SHA-256: `wheel` (with its name), `report`, `debug/…`; empty if the build failed.
    :param applied: names of the perturbations that were active.
    :param missing: perturbation → reason for those that were not possible here.
    :param known_values: (cause, value in an unperturbed build, value in this one).
    :param log: what the back end printed.
    :param error: one line, if the build failed; then `tip` and `exit_code` are set, too.
    """

    wheel: Path | None
    debug: Path
    report: Path
    digests: Mapping[str, str]
    seconds: float
    applied: tuple[str, ...] = ()
    missing: Mapping[str, str]
    known_values: tuple[tuple[str, str, str], ...] = ()
    log: str = ""
    error: str = ""
    tip: str = ""
    exit_code: int = 0

    def same_as(self, other: Outcome) -> bool:
        """Say whether two builds have the same result: equal bytes in all outputs, or failure with the same exit code."""
        return self.digests == other.digests and self.exit_code == other.exit_code


def run_build(
    session: Session,
    perturbations: tuple[Perturbation, ...],
    *,
    limit: float | None = None,
    verbose: bool = False,
    beat: Callable[[float], None] = lambda _: None,
) -> Outcome:
    """Build once with these perturbations.

    :param limit: seconds after which the build is stopped and counts as failed.
    :param verbose: show on standard error what the build prints.
    :param beat: called every half minute with the seconds since the start.
    """
    surroundings = session.surroundings()
    missing = {p.name: reason for p in perturbations if (reason := p.apply(surroundings))}
    missing |= _preload(surroundings, {p.name for p in perturbations})
    child = replace(_child_build(surroundings), verbose=verbose)
    started = time.monotonic()
    answer = _run(child, surroundings, limit, beat)
    seconds = time.monotonic() - started
    missing |= answer.get("missing", {})
    names = tuple(p.name for p in perturbations if p.name not in missing)
    request = surroundings.request
    wheel = request.out / answer["wheel"] if "wheel" in answer else None
    assert request.debug_dir and request.report and request.log  # noqa: PT018, S101 - set by the session
    return Outcome(
        wheel=wheel,
        debug=request.debug_dir,
        report=request.report,
        digests=_digests(wheel, request.debug_dir, request.report) if wheel else {},
        seconds=seconds,
        applied=names,
        missing=missing,
        known_values=tuple(surroundings.known_values),
        log=request.log.read_text(encoding="utf-8") if request.log.exists() else "",
        error=answer.get("error", ""),
        tip=answer.get("tip", ""),
        exit_code=answer.get("exit_code", 0),
    )


def outcome_of(given: tuple[Path, Path | None, Path | None], directory: Path) -> Outcome:
    """Return the result of a build that was made elsewhere; its files are copied into a new directory.

    They are copied because in a sandbox they may be links, and then the links would be compared, not the files.

    :param given: wheel, folder of debug files or `None`, report or `None`.
    :raises BuildError: one of the paths does not exist.
    """
    wheel, debug, report = given
    for path in filter(None, given):
        if not path.exists():
            msg = f"{path}: no such file or directory"
            raise BuildError(msg)
    copies = directory / "dist" / wheel.name, directory / "debug", directory / "report.json"
    copies[0].parent.mkdir(parents=True)
    shutil.copyfile(wheel, copies[0])
    if debug:
        shutil.copytree(debug, copies[1], copy_function=shutil.copyfile)
    if report:
        shutil.copyfile(report, copies[2])
    return Outcome(
        wheel=copies[0],
        debug=copies[1],
        report=copies[2],
        digests=_digests(*copies),
        seconds=0.0,
        missing={},
    )


def _digests(wheel: Path, debug: Path, report: Path) -> dict[str, str]:
    digests = {"wheel": f"{wheel.name} {file_sha256(wheel)}"}
    if report.is_file():
        digests["report"] = file_sha256(report)
    if debug.is_dir():
        digests |= {f"debug/{p.relative_to(debug).as_posix()}": file_sha256(p) for p in sorted_files(debug)}
    return digests


def _preload(surroundings: Surroundings, names: set[str]) -> dict[str, str]:
    """Set the library to preload; if it cannot be made, return the perturbations that need it, with the reason."""
    if not surroundings.shim:
        return {}
    try:
        library = surroundings.session.shim(surroundings.shim)
    except BuildError as e:
        # CPUs and host name are also changed by other means, but half a perturbation would be misleading.
        return {name: e.message for name in ("clock", "directory-order", "kernel", "cpus", "host-name") if name in names}
    surroundings.request = replace(surroundings.request, perturb_preload=library)
    return {}


def _child_build(s: Surroundings) -> ChildBuild:
    return ChildBuild(
        request=s.request,
        result=s.directory / "result.json",
        umask=s.umask,
        nice=s.nice,
        affinity=s.affinity,
        host_name=s.host_name,
        user_id=s.user_id,
        close_stdin=s.close_stdin,
    )


def _run(child: ChildBuild, surroundings: Surroundings, limit: float | None, beat: Callable[[float], None]) -> dict[str, Any]:
    """Start the process, wait for it, and return its answer; if it has written none, return an error in its place."""
    path, log = surroundings.directory / "plan", surroundings.directory / "log"
    path.write_bytes(pickle.dumps(child))
    command = [
        sys.executable,
        *("-B", "-X", "utf8"),
        "-c",
        _START,
        json.dumps([os.path.abspath(p) for p in sys.path if p]),
        os.fspath(path),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=surroundings.cwd,
            env=surroundings.env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            with following(log):
                late = _wait(process, limit, beat)
        finally:
            _end(process)
    if late:
        return {"error": f"the build did not end in {limit:.0f} seconds", "exit_code": _TIMED_OUT}
    try:
        answer: dict[str, Any] = json.loads(child.result.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or ["no message"]
        return {"error": f"the build's process ended with status {process.returncode}: {tail[0][:200]}", "exit_code": 3}
    return answer


def _wait(process: subprocess.Popen[bytes], limit: float | None, beat: Callable[[float], None]) -> bool:
    """Wait for the end and call `beat` every half minute; return whether the limit was exceeded."""
    started = time.monotonic()
    while True:
        try:
            process.wait(timeout=_BEAT)
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - started
            if limit is not None and seconds > limit:
                return True
            beat(seconds)
        else:
            return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs: first by SIGTERM, so that it removes its workspace, then by SIGKILL."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_BEAT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
