"""The form of a mutation: one measure of the determinism engine, what removes it, and the rows that need it.

A mutation is a few text substitutions below python/reprowheel. Where two measures cover the same cause, removing one
changes nothing that a test could see; such a mutation removes both and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UMASK", "Edit", "Mutation", "one", "variable"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the only occurrence of `old` in a file below python/reprowheel."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """One measure removed.

    :param measure: what is removed, for readers.
    :param edits: how.
    :param causes: rows that must fail then, each of them.
    """

    id: str
    measure: str
    edits: tuple[Edit, ...]
    causes: tuple[str, ...]


def one(name: str, measure: str, file: str, old: str, new: str, *causes: str) -> Mutation:
    """Return the mutation with a single edit."""
    return Mutation(id=name, measure=measure, edits=(Edit(file, old, new),), causes=causes)


def variable(name: str, line: str, *causes: str) -> Mutation:
    """Return the mutation that lets the value of a variable come from whoever starts the build."""
    value = line.partition(": ")[2].rstrip(",")
    inherited = line.replace(value, f'os.environ.get("{name}", {value})')
    return one(f"variable-{name}", f"a fixed value of {name}", "environment/create.py", line, inherited, *causes)


UMASK = (
    Edit("containment/process.py", "    os.umask(0o022)\n", ""),
    Edit("build.py", "with fixed_umask(), create_workspace", "with create_workspace"),
)
