"""Why the key of one action of rules_reprowheel differs."""

from __future__ import annotations

import json
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from execlog.explain.facts import Fact
from execlog.explain.fingerprint import compare_fingerprints, version_of
from execlog.explain.request import INTERPRETER, OURS, Request, compare_requests, read_request
from execlog.explain.toolchain import compare_toolchains
from execlog.roots import changed_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from execlog.changes import Change, Changes
    from execlog.explain.contents import Contents
    from execlog.model import Spawn

__all__ = ["Explained", "Explainer"]

BUILD = f"{OURS}Build"
_DOCUMENTS = ("toolchain", "fingerprint", "expected", "native", "rust")
_READ = (".request", *(f".{name}.json" for name in _DOCUMENTS))
_MOST_LINES = 2000
_DECLARED = {"host_headers": "header", "host_libraries": "library", "host_tools": "tool"}
_WORDS = {"expected": "metadata", "native": "native", "rust": "rust"}


class Explained:
    """What is known of a pair.

    :param facts: what differs, in words.
    :param inputs: the inputs that differ because of that.
    :param command: whether the facts say all that differs in the command line.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.facts: list[Fact] = []
        self.inputs: set[str] = set()
        self.command = False


class Explainer:
    """Explains pairs of spawns of two logs."""

    def __init__(self, changes: Changes, contents: Contents) -> None:
        """Keep what is asked."""
        self.changes, self.contents = changes, contents
        self._builds: dict[str, int] | None = None
        self.old_names = {new: old for old, new in changes.pairing.renamed.items()}

    def explain(self, pair: int) -> Explained:
        """Return what is known of a pair."""
        found = Explained()
        a, b = self.changes.spawns(pair)
        if not b.mnemonic.startswith(OURS):
            return found
        changed = {change[0]: change for change in self.changes.inputs(pair)}
        if a.args == b.args and not changed:
            return found
        left, right = self._request(a, side=0), self._request(b, side=1)
        if left is None or right is None:
            found.command = a.args[1:] == b.args[1:]
            found.facts += _interpreters(a.args[:1], b.args[:1]) if found.command else ()
        else:
            self._compare(pair, left, right, changed, found)
        if b.mnemonic != BUILD:
            self._borrow(changed, found)
        found.facts = _one_python(list(dict.fromkeys(found.facts)))
        return found

    def _borrow(self, changed: Mapping[str, Change], found: Explained) -> None:
        """Take what is known of the build of a wheel for an action that reads the same files, to build it again."""
        if self._builds is None:
            builds = ((pair, self.changes.spawns(pair)[1]) for pair in range(len(self.changes.pairing.pairs)))
            self._builds = {_place(spawn): pair for pair, spawn in builds if spawn.mnemonic == BUILD}
        places = {path.removesuffix(end) for path in changed for end in _READ if path.endswith(end)}
        for place in sorted(places & self._builds.keys()):
            build = self.explain(self._builds[place])
            found.facts += build.facts
            found.inputs |= (build.inputs | {f"{place}.request"}) & changed.keys()

    # The command line

    def _compare(self, pair: int, left: Request, right: Request, changed: Mapping[str, Change], found: Explained) -> None:
        """Compare two command lines, and the files that they name."""
        found.facts += _interpreters(left.start[:1], right.start[:1])
        if left.start[1:] != right.start[1:]:
            one, two = changed_arguments(left.start[1:], right.start[1:])
            found.facts.append(Fact(kind="argument", subject="", left=one, right=two))
        found.command = True
        if not left.unread and not right.unread:
            for fact, paths in compare_requests(self.changes.spawns(pair)[1].mnemonic, left, right):
                found.facts.append(fact)
                found.inputs |= paths & changed.keys()
            found.inputs |= {path for path in changed if path.endswith(".params")}
        if any(fact.kind == "package" for fact in found.facts):
            folders = {f"external/{name}/" for both in self.changes.pairing.repositories.items() for name in both}
            found.inputs |= {path for path in changed if any(path.startswith(folder) for folder in folders)}
        self._documents(pair, left, right, changed, found)
        _rust_files(left, right, changed, found)
        found.facts = _one_setting(found.facts)

    def _request(self, spawn: Spawn, side: int) -> Request | None:
        named = self.changes.named if side == 0 else str
        args = tuple(map(named, spawn.args))
        request = read_request(args)
        if request is None or not request.unread:
            return request
        path = spawn.args[-1][1:]
        text = self.contents.text(self._digest(spawn, path), path)
        return request if text is None else read_request(args, tuple(map(named, text.splitlines())))

    def _digest(self, spawn: Spawn, path: str) -> str | None:
        atoms = self.changes.store.atoms
        return next((atoms[atom][1] for atom in self.changes.store.content(spawn.inputs) if atoms[atom][0] == path), None)

    # The files

    def lines(self, change: Change) -> list[Change] | None:
        """Return which lines of a file differ: (where, in A, in B); nothing where it is not at hand in both builds."""
        path, before, after = change
        left, right = self.contents.text(before, path, self._old(path)), self.contents.text(after, path)
        if left is None or right is None:
            return None
        one, two = (text.split("\n")[:_MOST_LINES] for text in (left, right))
        found: list[Change] = []
        for tag, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
            if tag != "equal":
                old, new = " ".join(one[a:b]), " ".join(two[c:d])
                found.append((f"line {c + 1}", old if b > a else None, new if d > c else None))
        return found

    def _documents(self, pair: int, left: Request, right: Request, changed: Mapping[str, Change], found: Explained) -> None:
        """Compare the JSON files that are inputs."""
        sides: dict[str, tuple[Any, Any]] = {}
        for name in _DOCUMENTS:
            change = next((c for path, c in changed.items() if path.endswith(f".{name}.json")), None)
            if change is None:
                continue
            told = left.facts.get(name), right.facts.get(name)
            read = self._json(change, 0), self._json(change, 1)
            missing = change[1] is None, change[2] is None
            both = read if all(r is not None or gone for r, gone in zip(read, missing, strict=True)) else told
            if all(isinstance(side, dict) or gone for side, gone in zip(both, missing, strict=True)):
                sides[change[0]] = both
        facts = compare_documents({path.split(".")[-2]: both for path, both in sides.items()})
        if not facts and not sides:
            facts = self._reports(pair)
            sides = {path: ({}, {}) for path in changed if path.endswith((".toolchain.json", ".fingerprint.json")) and facts}
        if facts:
            found.facts += facts
            found.inputs |= sides.keys()
        natives = [side or {} for path, both in sides.items() if path.endswith(".native.json") for side in both]
        declared = {p for side in natives for p in (*(side.get("headers") or {}).values(), *(side.get("libraries") or ()))}
        found.inputs |= {path for path in declared & changed.keys() if None in changed[path]}

    def _json(self, change: Change, side: int) -> dict[str, Any] | None:
        path, digest = change[0], change[1 + side]
        names = [path] if side else [path, self._old(path)]
        return _object(self.contents.text(digest, *names)) if digest is not None else None

    def _old(self, path: str) -> str:
        """Return A's own name of a path."""
        parts = path.split("/")
        return "/".join([parts[0], self.old_names.get(parts[1], parts[1]), *parts[2:]]) if len(parts) > 2 else path

    def _reports(self, pair: int) -> list[Fact]:
        """Compare what the reports of both builds say of their toolchain: a disk cache has them, and not the inputs."""
        atoms = self.changes.store.atoms
        both = []
        for spawn in self.changes.spawns(pair):
            files = (atoms[atom] for atom in spawn.outputs)
            path, digest = next((f for f in files if f[0].endswith(".report.json")), ("", None))
            report = _object(self.contents.text(digest, path))
            if report is None:
                return []
            both.append(report)
        return compare_reports(*both)


def _rust_files(left: Request, right: Request, changed: Mapping[str, Change], found: Explained) -> None:
    """Take the files of a Rust toolchain that is an input as one fact: its compiler comes first, whatever else is new with it."""
    for rust in (side.facts.get("rust") or {} for side in (left, right)):
        folder = str(rust.get("rustc", "")).rpartition("/bin/")[0]
        files = sorted(path for path in changed if folder and path.startswith(f"{folder}/"))
        if not files or files[0] in found.inputs:
            continue
        first = next((path for path in files if path.endswith("/bin/rustc")), files[0])
        old, new = (digest and digest[:12] for digest in changed[first][1:])
        also = tuple((path, *changed[path][1:]) for path in files if path != first)
        found.facts.append(Fact(kind="rust", subject=first, left=old, right=new, also=also))
        found.inputs |= set(files)


def _place(spawn: Spawn) -> str:
    """Return what the names of a build's files begin with."""
    request = read_request(spawn.args)
    toolchains = request.options.get("--cc-toolchain", ()) if request else ()
    return toolchains[0].removesuffix(".toolchain.json") if toolchains else ""


def _interpreters(left: tuple[str, ...], right: tuple[str, ...]) -> list[Fact]:
    """Return that an action runs in another interpreter."""
    return [Fact(kind="python", subject=INTERPRETER, left=left[0], right=right[0])] if left != right else []


def _one_python(facts: list[Fact]) -> list[Fact]:
    """Return facts in which an interpreter at another place is one, with what identifies it beside it."""
    moved = [fact for fact in facts if fact.kind == "python" and fact.subject == INTERPRETER]
    if not moved:
        return facts
    told = [fact for fact in facts if fact.kind == "python" and fact.subject != INTERPRETER]
    also = tuple((fact.subject, fact.left, fact.right) for fact in told)
    one, *others = dict.fromkeys(moved)
    return [replace(one, also=also), *others, *(fact for fact in facts if fact.kind != "python")]


def _one_setting(facts: list[Fact]) -> list[Fact]:
    """Return facts without what follows from others: a header that is declared now, the metadata of another version."""
    declared = {_DECLARED.get(fact.subject) for fact in facts if fact.kind == "setting"}
    if any(fact.kind == "package" for fact in facts):
        declared.add("metadata")
    one_sided = [fact for fact in facts if fact.kind in declared and (fact.kind == "metadata" or None in (fact.left, fact.right))]
    return [fact for fact in facts if fact not in one_sided]


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def compare_documents(sides: Mapping[str, tuple[Any, Any]]) -> list[Fact]:
    """Compare toolchain, fingerprint, expected metadata and native dependencies: name → both sides."""
    toolchains, prints = ([side or {} for side in sides.get(name, ({}, {}))] for name in ("toolchain", "fingerprint"))
    facts = compare_toolchains(*toolchains)
    of_host = compare_fingerprints(*prints)
    compiler = next((fact for fact in facts if fact.kind == "compiler"), None)
    if compiler:
        # What a compiler brings with it, as its linker, is no cause of its own.
        follow = [fact for fact in of_host if fact.kind == "compiler"]
        also = (*compiler.also, *((fact.subject, fact.left, fact.right) for fact in follow))
        left, right = (_with_version(*both) for both in zip((compiler.left, compiler.right), toolchains, prints, strict=True))
        facts = [Fact(kind="compiler", subject=compiler.subject, left=left, right=right, also=also)]
        of_host = [fact for fact in of_host if fact not in follow]
    for name, kind in _WORDS.items():
        old, new = ({} if side is None else side for side in sides.get(name, ({}, {})))
        texts = [(key, _text(old.get(key)), _text(new.get(key))) for key in sorted(old.keys() | new.keys())]
        changed = tuple((key, one, two) for key, one, two in texts if one != two)
        if len(changed) == 1:
            facts.append(Fact(kind=kind, subject=changed[0][0], left=changed[0][1], right=changed[0][2]))
        elif changed:
            facts.append(Fact(kind=kind, subject=", ".join(key for key, *_ in changed), left=None, right=None, also=changed))
    return facts + of_host


def _text(value: object) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True)


def _with_version(compiler: str | None, toolchain: Mapping[str, Any], fingerprint: Mapping[str, Any]) -> str:
    """Return a compiler with the version that the fingerprint has of it."""
    version = version_of(fingerprint.get((toolchain.get("tools") or {}).get("cc", "")))
    return f"{compiler} {version}".strip()


def compare_reports(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Fact]:
    """Compare what two builds say of their toolchain and of the host."""
    old, new = (dict(side.get("toolchain") or {}) for side in (left, right))
    versions = [(side.pop("version", None), side.pop("cxx_version", None)) for side in (old, new)]
    facts = compare_toolchains(old, new)
    if versions[0] != versions[1] and not any(fact.kind == "compiler" for fact in facts):
        facts.insert(0, Fact(kind="compiler", subject="C/C++ compiler", left=versions[0][0], right=versions[1][0]))
    before, after = (side.get("interpreter") or {} for side in (left, right))
    if before != after:
        facts.append(Fact(kind="python", subject="interpreter", left=before.get("version"), right=after.get("version")))
    for key, kind in (("host_headers", "header"), ("host_tools", "tool")):
        one, two = ({f.get("path"): f.get("sha256") for f in side.get(key) or ()} for side in (left, right))
        for path in sorted(p for p in one.keys() | two.keys() if one.get(p) != two.get(p)):
            sides = ((digest or "")[:12] or None for digest in (one.get(path), two.get(path)))
            facts.append(Fact(kind=kind, subject=str(path), left=next(sides), right=next(sides)))
    return facts
