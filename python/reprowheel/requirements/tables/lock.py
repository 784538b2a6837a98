"""What a TOML lock is read into, and what is asked of the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["Distribution", "File", "Lock", "Request"]


class File(NamedTuple):
    """One exact file that a lock lists.

    :param url: `https:` or `file:` address, or a path as `Distribution.path` is one; empty where the lock names none.
    """

    filename: str
    sha256: str
    url: str = ""


class Distribution(NamedTuple):
    """One distribution of a lock; all fields are plain values, so that it can be written as JSON.

    :param name: normalized (PEP 503).
    :param where: `FILE: dotted.place`, for messages.
    :param version: as the lock spells it; empty only for sources whose version the lock does not say.
    :param extras: normalized, sorted; those that somebody asks for.
    :param marker: PEP 508 text about the environment, empty for none.
    :param hashes: sha256 of every file that may be taken; empty only for `git` and folders.
    :param source: `index`, `url`, `git` or `path`.
    :param url: of the archive or the repository.
    :param commit: full commit (`git`).
    :param subdirectory: the project's folder in the archive or repository.
    :param path: archive or folder (`path`), joined to the folder of `Request.base`.
    :param index_url: the index that it comes from, where it is not the lock's main one.
    :param requires_dist: PEP 508 texts; `None` where the lock does not say what this distribution needs.
    :param requires_python: version specifier, empty where the lock does not say.
    """

    name: str
    where: str
    version: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    hashes: tuple[str, ...] = ()
    source: str = "index"
    url: str = ""
    commit: str = ""
    subdirectory: str = ""
    path: str = ""
    files: tuple[File, ...] = ()
    index_url: str = ""
    requires_dist: tuple[str, ...] | None = None
    requires_python: str = ""


class Lock(NamedTuple):
    """A whole lock.

    :param entries: in the order of the lock; without those that are never needed.
    :param names: every normalized name of a distribution, whether it is needed or not.
    :param has_edges: the lock says who needs whom.
    :param index_url: the index that most distributions come from, empty for none.
    :param requires_python: version specifier of the Pythons that the lock is for, empty for any.
    :param environments: markers, one of which holds wherever the lock may be used; empty for anywhere.
    :param choices: by name what is locked with one more dependency group or extra, of those that were asked for (uv.lock).
    :param build_constraints: PEP 508 texts that build requirements must agree with (uv.lock), sorted.
    """

    entries: tuple[Distribution, ...]
    names: tuple[str, ...]
    has_edges: bool
    index_url: str
    requires_python: str
    environments: tuple[str, ...]
    choices: Mapping[str, tuple[Distribution, ...]] = {}
    build_constraints: tuple[str, ...] = ()


class Request(NamedTuple):
    """What is asked of the reader.

    :param where: the lock's name in messages.
    :param base: the lock's path; paths in it are relative to its folder. It may be in another repository, `@repo//lock`.
    :param extras: extras of the locked projects that are wanted, in any spelling.
    :param groups: dependency groups that are wanted; `None` for those that the lock calls default.
    :param choices: names of choices that are wanted besides (`Lock.choices`), `:all:` for all of them.
    :param answer: answers a marker about the environment, as `fold_marker` does; `None` to leave all as they are.
    """

    where: str
    base: str
    extras: Collection[str] = ()
    groups: Collection[str] | None = None
    choices: Collection[str] = ()
    answer: Callable[[str], str | None] | None = None
