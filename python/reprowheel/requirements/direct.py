"""Requirements that name their source: a URL, a git commit, a path; in the forms that pip and uv write."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from reprowheel.archives.names import archive_identity
from reprowheel.errors import LockError
from reprowheel.output.address import masked_url
from reprowheel.requirements.tables.names import is_commit

__all__ = ["DirectSource", "commit_error", "parse_direct"]

_GIT = ("git+https", "git+http", "git+ssh", "git+file")
_ARCHIVE = ("https", "http", "file")
_SUFFIXES = (".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_GIT_SECONDS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectSource:
    """A parsed direct reference; fields as in `LockedRequirement`.

    :param sha256: of the URL's fragment, or empty.
    """

    name: str
    source: str
    version: str = ""
    url: str = ""
    commit: str = ""
    subdirectory: str = ""
    path: Path | None = None
    sha256: str = ""


def commit_error(place: str, name: str, url: str, revision: str) -> LockError:
    """Return the error for a git requirement without a full commit; it names the commit if the repository can be asked."""
    found = f"names {revision!r}, which can move" if revision else "names no commit"
    shown = masked_url(url)
    msg = f"{place}: {name}: git+{shown} {found}; expected @ and a full commit of 40 hexadecimal digits"
    commit = _ask_commit(url, revision or "HEAD")
    if commit:
        return LockError(msg, tip=f"write {name} @ git+{shown}@{commit}, which {revision or 'HEAD'} is now")
    return LockError(msg, tip=f"write the commit that `git ls-remote {shown} {revision or 'HEAD'}` prints")


def _ask_commit(url: str, revision: str) -> str:
    """Return the commit that a branch or tag is now; empty where it cannot be found out."""
    git = shutil.which("git")
    if git is None or revision.startswith("-"):
        return ""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = [git, "ls-remote", "--", url, revision, f"{revision}^{{}}"]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, env=environment, text=True, timeout=_GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    commits = [line.split("\t") for line in answer.stdout.splitlines() if line.count("\t") == 1]
    peeled = [commit for commit, ref in commits if ref.endswith("^{}")]
    return (peeled or [commit for commit, _ in commits] or [""])[0]


def parse_direct(text: str, *, name: str, folder: Path, place: str) -> DirectSource:
    """Parse what stands behind `name @`, or a bare URL or path.

    :param name: as the line has it; empty where it must be found in the reference.
    :param folder: that of the file that has the line; paths are relative to it.
    :raises LockError: it is not supported, or does not say enough.
    """
    address, _, rest = text.partition("#")
    fragment = {key: unquote(value) for key, equals, value in (p.partition("=") for p in rest.split("&")) if equals}
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    if scheme.startswith("git+"):
        return _git(address, scheme, fragment, name, place)
    if scheme == "file":
        return _file(address, fragment, name, folder, place)
    if scheme in _ARCHIVE:
        return _archive(address, fragment, name, place)
    if "://" in address:
        msg = f"{place}: {scheme!r} is not supported; expected one of {', '.join(_ARCHIVE + _GIT)}"
        raise LockError(msg, tip="publish it on an index, or name an archive")
    return _path(address, fragment, name, folder, place)


def _git(address: str, scheme: str, fragment: dict[str, str], name: str, place: str) -> DirectSource:
    if scheme not in _GIT:
        msg = f"{place}: {scheme!r} is not supported; expected one of {', '.join(_GIT)}"
        raise LockError(msg, tip="name the repository by one of them")
    name = name or fragment.get("egg", "")
    if not name:
        raise _nameless(place, masked_url(address))
    host, slash, path = address.removeprefix("git+").partition("://")[2].partition("/")
    path, _, revision = path.rpartition("@") if "@" in path else (path, "", "")
    url = f"{scheme.removeprefix('git+')}://{host}{slash}{path}"
    if not is_commit(revision.lower()):
        raise commit_error(place, name, url, revision)
    return DirectSource(
        name=canonicalize_name(name),
        source="git",
        url=url,
        commit=revision.lower(),
        subdirectory=fragment.get("subdirectory", ""),
    )


def _named(name: str, filename: str, place: str) -> tuple[str, str]:
    """Return name and version of an archive; the version is empty where its file name does not say it."""
    identity = archive_identity(filename)
    if identity is None:
        if not name:
            raise _nameless(place, filename)
        return canonicalize_name(name), ""
    found, version, is_wheel = identity
    if name and canonicalize_name(name) != found:
        if is_wheel:
            msg = f"{place}: {name}: {filename!r} is a wheel of {found}; expected one of {name}"
            raise LockError(msg, tip="correct the name or the address")
        return canonicalize_name(name), ""
    return found, version


def _archive(address: str, fragment: dict[str, str], name: str, place: str) -> DirectSource:
    filename = unquote(address.partition("?")[0].rstrip("/").rpartition("/")[2])
    name, version = _named(name, filename, place)
    return DirectSource(
        name=name,
        version=version,
        source="url",
        url=address,
        subdirectory=fragment.get("subdirectory", ""),
        sha256=fragment.get("sha256", ""),
    )


def _file(address: str, fragment: dict[str, str], name: str, folder: Path, place: str) -> DirectSource:
    rest = address[len("file:") :]
    rest = rest.removeprefix("//localhost") if rest.startswith("//localhost/") else rest
    if not rest.startswith("///"):
        return _path(unquote(rest.removeprefix("//")), fragment, name, folder, place)
    if not rest.endswith(_SUFFIXES):
        msg = f"{place}: {address!r} is an absolute folder, which other machines do not have"
        raise LockError(msg, tip=f"write it relative to this file, such as {name or 'name'} @ file:./dir")
    return _archive(address, fragment, name, place)


def _path(text: str, fragment: dict[str, str], name: str, folder: Path, place: str) -> DirectSource:
    if os.path.isabs(text):
        msg = f"{place}: {text!r} is an absolute path, which other machines do not have"
        raise LockError(msg, tip="write it relative to this file, such as ./dir")
    path = Path(os.path.normpath(folder.absolute() / text))
    version = ""
    if path.name.lower().endswith(_SUFFIXES):
        name, version = _named(name, path.name, place)
    else:
        name = canonicalize_name(name or fragment.get("egg", "") or _project_name(path))
    if not name:
        raise _nameless(place, text)
    return DirectSource(
        name=name,
        version=version,
        source="path",
        path=path,
        subdirectory=fragment.get("subdirectory", ""),
        sha256=fragment.get("sha256", ""),
    )


def _project_name(path: Path) -> str:
    try:
        project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError, RecursionError):
        return ""
    return str(project.get("name", "")) if isinstance(project, dict) else ""


def _nameless(place: str, text: str) -> LockError:
    msg = f"{place}: {text!r} has no name, and there is no [project] name in its pyproject.toml"
    return LockError(msg, tip=f"write NAME @ {text}")
