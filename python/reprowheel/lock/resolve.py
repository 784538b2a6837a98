"""Resolves build requirements to exact distributions with pip's resolver.

pip runs in the helper's interpreter, and is told markers and wheel tags of the interpreter that is locked for, which may be
older than pip. pip sees wheels only, so it never runs a back end. If a requirement has no wheel for this platform, the caller
builds one, and pip runs again.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from reprowheel import limits
from reprowheel.environment.interpreter import probe
from reprowheel.environment.target import abis, platforms, release_of, wheel_tags
from reprowheel.errors import BuildError, FetchError, LockError, UsageError
from reprowheel.lock.why import Resolution, read_resolution
from reprowheel.output.address import page_url
from reprowheel.output.progress import step
from reprowheel.programs import run_limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from packaging.specifiers import SpecifierSet

    from reprowheel.environment.interpreter import Interpreter
    from reprowheel.fetch.index import Index
    from reprowheel.fetch.view import IndexView

__all__ = ["BuiltWheel", "Pins", "Resolved", "Resolver", "TargetPython", "target_python"]

_KEPT_VARIABLES = (
    "HOME",
    "LANG",
    "LC_ALL",
    "NETRC",
    "PATH",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "USER",
    "XDG_CACHE_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)

_NO_WHEEL = re.compile(r"No matching distribution found for (\S.*?)(?: \(from .*)?$")

_PIP = """\
import json, sys
sys.path.insert(0, sys.argv.pop(1))
environment = json.loads(sys.argv.pop(1))
from pip._vendor.packaging import markers
markers.default_environment = lambda: dict(environment)
from pip._internal.cli.main import main
sys.exit(main())
"""
"""Runs pip with the markers of another Python: pip has options for all else that it takes from its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltWheel:
    """A wheel that is built only for use while the lock is written.

    :param sdist: file name of the sdist that it was built from.
    :param sha256: hash of that sdist.
    """

    wheel: Path
    sdist: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pins:
    """Build requirements of the existing build lock, `name==version`, sorted.

    :param wheels: those that are locked as wheels.
    :param sdists: those that had no wheel.
    """

    wheels: tuple[str, ...] = ()
    sdists: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetPython:
    """The interpreter that is locked for.

    :param markers: PEP 508 environment.
    :param tags: PEP 425 tags it can install, best first.
    :param options: those with which pip resolves for it.
    """

    executable: str
    markers: Mapping[str, str]
    tags: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """One distribution of a resolution."""

    name: str
    version: str
    filename: str
    sha256: str

    @property
    def key(self) -> str:
        """Return `name==version`, the key of build locks."""
        return f"{self.name}=={self.version}"

    @property
    def is_wheel(self) -> bool:
        """Say whether the file is a wheel, so that nothing must be built."""
        return self.filename.endswith(".whl")


def target_python(executable: str) -> TargetPython:
    """Ask an interpreter for its markers and tags.

    :raises LockError: the interpreter does not start, its answer cannot be read, or it is not supported.
    """
    try:
        interpreter = probe(executable)
    except (BuildError, UsageError) as e:
        raise LockError(e.message, tip=e.tip) from e
    tags, options = wheel_tags(interpreter), _options(interpreter)
    return TargetPython(executable=executable, markers=interpreter.markers, tags=tags, options=options)


def _options(interpreter: Interpreter) -> tuple[str, ...]:
    """Return pip's options for another interpreter than its own."""
    words = [f"--python-version={release_of(interpreter.version)}", "--implementation=cp"]
    words += [f"--abi={abi}" for abi in abis(interpreter)]
    return (*words, *(f"--platform={platform}" for platform in platforms(interpreter)))


class Resolver:
    """Runs pip's resolver, and remembers its answers.

    :param index: the package index.
    :param say: takes one progress line.
    :param view: a filtered view of the index for pip; `None`: pip reads the index itself.
    :param constraints: PEP 508 texts that every answer agrees with.
    """

    def __init__(
        self,
        python: TargetPython,
        index: Index,
        say: Callable[[str], None],
        view: IndexView | None = None,
        constraints: Sequence[str] = (),
    ) -> None:
        self._constraints = tuple(constraints)
        self._python = python
        self._view = view
        self._say = say
        self._index = index
        self.resolutions: dict[str, Resolution] = {}
        """Place → what was answered last for it."""
        self._last = Resolution()
        self._answers: dict[tuple[tuple[str, ...], Pins], tuple[tuple[Resolved, ...], Resolution]] = {}

    def resolve(
        self,
        requirements: Iterable[str],
        pins: Pins,
        *,
        place: str,
        provide: Callable[[Requirement, Pins], BuiltWheel | None],
    ) -> tuple[Resolved, ...]:
        """Return the transitive closure of `requirements`, sorted by name.

        :param pins: versions to keep, if a solution with them exists.
        :param place: the sdist that has these requirements, for messages.
        :param provide: builds a distribution that has no wheel. It gets the requirement and the pins; `None`: it cannot.
        :raises LockError: there is no solution, or a requirement cannot be locked by hash.
        """
        wanted = tuple(sorted({_checked(r, place) for r in requirements}))
        if not wanted:
            return ()
        if (wanted, pins) in self._answers:
            known, self.resolutions[place] = self._answers[wanted, pins]
            return known
        step(f"{place}: resolving its build requirements {', '.join(wanted)}")
        reasons = []
        for tried in [pins, Pins()] if pins.wheels or pins.sdists else [pins]:
            answer, reason = self._solve(wanted, tried, provide)
            if answer is not None:
                if tried != pins:
                    self._say(f"  {place}: the pins of the existing lock no longer fit; resolved without them")
                self.resolutions[place] = self._last
                self._answers[wanted, pins] = answer, self._last
                return answer
            reasons.append(reason)
        self._tell_index(reasons[-1], place)
        bounds = f" within the build constraints {', '.join(self._constraints)}" if self._constraints else ""
        msg = f"{place}: its build requirements {', '.join(wanted)} cannot be resolved{bounds}: {reasons[-1]}"
        what = "build-constraint-dependencies of uv, " if self._constraints else ""
        raise LockError(msg, tip=f"check the requirements in its pyproject.toml, {what}and the index that pip is configured for")

    def _tell_index(self, reason: str, place: str) -> None:
        """Raise LockError if a requirement has no file because of an index: pip says only that there is none."""
        missing = _missing(reason)
        if missing is None:
            return
        files, failures = self._index.files(missing.name), self._index.failures(missing.name)
        if failures and not files:
            msg = f"{place}: {failures[0].message}; so its build requirement {missing} cannot be resolved"
            raise LockError(msg, tip=failures[0].tip)
        if not files:
            asked = [*self._index.unknown(missing.name), *map(page_url, self._index.index_urls)]
            later = self._index.later(missing.name)
            where = later or (f"{asked[0]} does not have it" if asked else "no folder of find-links has it")
            msg = f"{place}: its build requirement {missing} cannot be found: {where}"
            raise LockError(msg, tip="check the name in its pyproject.toml, and the index that pip is configured for")

    def constrained(self, requirement: Requirement) -> SpecifierSet:
        """Return which versions of a requirement are allowed, with the constraints."""
        allowed = requirement.specifier
        for constraint in map(Requirement, self._constraints):
            applies = constraint.marker is None or constraint.marker.evaluate(dict(self._python.markers))
            if applies and canonicalize_name(constraint.name) == canonicalize_name(requirement.name):
                allowed &= constraint.specifier
        return allowed

    def _solve(
        self,
        wanted: Sequence[str],
        pins: Pins,
        provide: Callable[[Requirement, Pins], BuiltWheel | None],
    ) -> tuple[tuple[Resolved, ...] | None, str]:
        """Return (a solution, "") or (None, the reason); distributions without a wheel are built on the way."""
        built: dict[str, BuiltWheel] = {}
        for pin in pins.sdists:
            provided = provide(Requirement(pin), pins)
            if provided is not None:
                built[Requirement(pin).name] = provided
        constraints = [*self._constraints, *pins.wheels, *pins.sdists]
        while True:
            report, reason = self._pip(wanted, constraints, [b.wheel for b in built.values()])
            if report is not None:
                self._last = read_resolution(wanted, report, self._python.markers)
                items = (self._resolved(item, built) for item in report["install"])
                return tuple(sorted(items, key=lambda r: r.name)), ""
            missing = _missing(reason)
            if missing is None or canonicalize_name(missing.name) in built:
                return None, reason
            provided = provide(missing, pins)
            if provided is None:
                return None, reason
            built[canonicalize_name(missing.name)] = provided

    def _pip(
        self,
        wanted: Sequence[str],
        pins: Sequence[str],
        extra: Sequence[Path],
    ) -> tuple[dict[str, Any] | None, str]:
        """Run pip once; return (its installation report, "") or (None, its error)."""
        with ExitStack() as stack:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="reprowheel-"))
            variables = stack.enter_context(self._view.serve()) if self._view else self._index.pip_environment()
            report, constraints = Path(scratch, "report.json"), Path(scratch, "pins.txt")
            constraints.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
            argv = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _PIP, os.fspath(_package_parent("pip"))]
            argv += [json.dumps(dict(self._python.markers)), "install", *self._python.options]
            # The target is for pip before 23.1, which takes these options with one only. Nothing is installed.
            argv += ["--dry-run", "--target", os.path.join(scratch, "target"), "--quiet", "--no-color"]
            argv += ["--report", os.fspath(report), "--only-binary=:all:", "--constraint", os.fspath(constraints)]
            for wheel in extra:
                argv += ["--find-links", os.fspath(wheel)]
            code, said = _run_pip([*argv, *wanted], _environment(variables), scratch)
            if code == 0:
                answer: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
                return answer, ""
        return None, _last_error(said)

    def _resolved(self, item: Mapping[str, Any], built: Mapping[str, BuiltWheel]) -> Resolved:
        """Read one entry of pip's report."""
        name, version = canonicalize_name(item["metadata"]["name"]), str(Version(item["metadata"]["version"]))
        source = item["download_info"]
        url = str(source["url"])
        shown = self._view.origin(url) if self._view else None
        filename = unquote(urlsplit(url).path.rpartition("/")[2])
        ours = built.get(name)
        if ours is not None and url == ours.wheel.as_uri():
            return Resolved(name=name, version=version, filename=ours.sdist, sha256=ours.sha256)
        if urlsplit(url).scheme == "file" and not self._index.is_local:
            msg = f"{name}=={version}: the index says that it is at {url[:200]}; expected http or https"
            raise LockError(msg, tip="a page on a server may not name files of this machine; use another index")
        archive = source.get("archive_info", {})
        sha256 = str(archive.get("hashes", {}).get("sha256", ""))
        if not sha256 and str(archive.get("hash", "")).startswith("sha256="):
            sha256 = str(archive["hash"]).removeprefix("sha256=")
        if not sha256:
            with tempfile.TemporaryFile() as nowhere:
                sha256 = self._index.download(shown.url if shown else url, nowhere)
        return Resolved(name=name, version=version, filename=filename, sha256=sha256)


def _run_pip(command: Sequence[str], variables: Mapping[str, str], folder: str) -> tuple[int, str]:
    """Run pip within limits of time and memory, because it reads pages of indexes; return its exit code and its messages."""
    try:
        return run_limited(command, variables, folder, seconds=limits.PIP_SECONDS, memory=limits.MAX_PIP_MEMORY)
    except subprocess.TimeoutExpired:
        return 1, f"pip takes more than {limits.PIP_SECONDS:.0f} s, which is the limit"


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of pip: how to reach the network, and `variables` for the index."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, **variables, "PYTHONHASHSEED": "0"}


def _missing(reason: str) -> Requirement | None:
    """Return the requirement that pip found no wheel for; `None` if pip failed for another reason."""
    found = _NO_WHEEL.search(reason)
    with suppress(InvalidRequirement):
        return Requirement(found[1]) if found else None
    return None


def _checked(text: str, place: str) -> str:
    """Return a requirement in its canonical spelling; raise LockError if it is invalid or has a URL."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as e:
        msg = f"{place}: build requirement {text!r} is not valid ({str(e).splitlines()[0]})"
        raise LockError(msg, tip="its pyproject.toml or its back end is wrong; patch the sdist") from e
    if requirement.url is not None:
        msg = f"{place}: build requirement {text!r} comes from a URL, which a hash-only lock cannot name"
        raise LockError(msg, tip="publish that distribution on an index and patch the sdist's pyproject.toml")
    return str(requirement)


def _package_parent(name: str) -> Path:
    """Return the folder or archive that holds an importable package."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        msg = f"the Python package {name} is not installed next to reprowheel"
        raise FetchError(msg, tip=f"install it: `python -m pip install {name}`")
    return Path(spec.origin).parent.parent


def _last_error(stderr: str) -> str:
    """Return the line of pip's messages that names the error."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    chosen = errors or lines
    return chosen[-1] if chosen else "pip gives no reason"
