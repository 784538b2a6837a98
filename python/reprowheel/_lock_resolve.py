"""Resolves build requirements to exact distributions, by pip's resolver, for the interpreter that is locked for.

pip runs under that interpreter, so that markers and wheel tags are its own. Wheels are preferred; a requirement that
has none for this platform is taken as an sdist. Several versions of pip give the same answer from the same index.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from reprowheel.errors import FetchError, LockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reprowheel._index import Index

__all__ = ["Resolved", "Resolver", "TargetPython", "target_python"]

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

_PROBE = """\
import json, sys
sys.path.insert(0, sys.argv[1])
from packaging.markers import default_environment
from packaging.tags import sys_tags
print(json.dumps({"markers": dict(default_environment()), "tags": [str(t) for t in sys_tags()]}))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetPython:
    """The interpreter that is locked for.

    :param markers: PEP 508 environment.
    :param tags: PEP 425 tags it can install, best first.
    """

    executable: str
    markers: Mapping[str, str]
    tags: tuple[str, ...]


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
        """Say whether it need not be built."""
        return self.filename.endswith(".whl")


def target_python(executable: str) -> TargetPython:
    """Ask an interpreter for its markers and tags.

    :raises LockError: it does not start or does not answer.
    """
    try:
        run = subprocess.run(
            [executable, "-I", "-B", "-c", _PROBE, os.fspath(_package_parent("packaging"))],
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        answer = json.loads(run.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError) as e:
        detail = (getattr(e, "stderr", "") or str(e)).strip().splitlines()
        msg = f"interpreter {executable} cannot be used ({detail[-1] if detail else type(e).__name__})"
        raise LockError(msg, tip="name a CPython 3.9 or newer with --python EXE") from e
    return TargetPython(executable=executable, markers=answer["markers"], tags=tuple(answer["tags"]))


class Resolver:
    """Runs pip's resolver; the same question is asked once.

    :param index: where pip looks.
    :param say: takes one progress line.
    """

    def __init__(self, python: TargetPython, index: Index, say: Callable[[str], None]) -> None:
        self._python = python
        self._say = say
        self._index = index
        self._answers: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[Resolved, ...]] = {}

    def resolve(self, requirements: Iterable[str], pins: Iterable[str], *, place: str) -> tuple[Resolved, ...]:
        """Return the whole closure of `requirements`, sorted by name.

        :param pins: `name==version` of an older lock, kept as long as a solution with them exists.
        :param place: whose requirements these are, for messages.
        :raises LockError: there is no solution, or a requirement that cannot be locked by hash.
        """
        wanted = tuple(sorted({_checked(r, place) for r in requirements}))
        kept = tuple(sorted(set(pins)))
        if not wanted:
            return ()
        if (wanted, kept) not in self._answers:
            self._answers[wanted, kept] = self._ask(wanted, kept, place)
        return self._answers[wanted, kept]

    def _ask(self, wanted: tuple[str, ...], kept: tuple[str, ...], place: str) -> tuple[Resolved, ...]:
        report: dict[str, Any] | None = None
        reason = ""
        for pins in [kept, ()] if kept else [()]:
            for policy in ("--only-binary=:all:", "--prefer-binary"):
                report, failure = self._pip(wanted, pins, policy)
                reason = reason or failure
                if report is not None:
                    if kept and not pins:
                        self._say(f"  {place}: the pins of the existing lock no longer fit; resolved without them")
                    return tuple(sorted((self._resolved(i) for i in report["install"]), key=lambda r: r.name))
        msg = f"{place}: its build requirements {', '.join(wanted)} cannot be resolved: {reason}"
        raise LockError(msg, tip="check the requirements in its pyproject.toml and the index that pip is configured for")

    def _pip(
        self,
        wanted: Sequence[str],
        pins: Sequence[str],
        policy: str,
    ) -> tuple[dict[str, Any] | None, str]:
        """Return (pip's installation report, "") or (None, why not)."""
        with tempfile.TemporaryDirectory(prefix="reprowheel-") as scratch:
            report, constraints = Path(scratch, "report.json"), Path(scratch, "pins.txt")
            constraints.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
            argv = [self._python.executable, "-I", "-B", os.fspath(_package_parent("pip") / "pip"), "install"]
            argv += ["--dry-run", "--ignore-installed", "--quiet", "--no-color", "--report", os.fspath(report), policy]
            argv += ["--constraint", os.fspath(constraints), *wanted]
            run = subprocess.run(
                argv,
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                env=self._environment(),
                cwd=scratch,
                stdin=subprocess.DEVNULL,
            )
            if run.returncode == 0:
                answer: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
                return answer, ""
        return None, _last_error(run.stderr)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        return {**kept, **self._index.pip_environment(), "PYTHONHASHSEED": "0"}

    def _resolved(self, item: Mapping[str, Any]) -> Resolved:
        """Read one entry of pip's report."""
        source = item["download_info"]
        archive = source.get("archive_info", {})
        url = str(source["url"])
        sha256 = str(archive.get("hashes", {}).get("sha256", ""))
        if not sha256 and str(archive.get("hash", "")).startswith("sha256="):
            sha256 = str(archive["hash"]).removeprefix("sha256=")
        if not sha256:
            with tempfile.TemporaryFile() as nowhere:
                sha256 = self._index.download(url, nowhere)
        return Resolved(
            name=canonicalize_name(item["metadata"]["name"]),
            version=str(Version(item["metadata"]["version"])),
            filename=unquote(urlsplit(url).path.rpartition("/")[2]),
            sha256=sha256,
        )


def _checked(text: str, place: str) -> str:
    """Return a requirement in one spelling."""
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
    """Pick the line that says what is wrong from pip's messages."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    chosen = errors or lines
    return chosen[-1] if chosen else "pip gives no reason"
