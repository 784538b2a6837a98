"""The result of a comparison as data: differences, each with a place, the bytes of both sides, and a likely cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Cause", "Comparison", "Difference", "Excerpt", "KnownValues"]

_PRINTABLE = range(0x20, 0x7F)
_HEX_BYTES = 48


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Why two builds may differ in a place: `name` is one word, `text` half a sentence, `advice` says what to do."""

    name: str
    text: str
    advice: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownValues:
    """Values that are known of the two builds: (name of the cause, value on the left, value on the right).

    `verify` knows host name, user, number of CPUs and so on of both builds. For wheels from elsewhere, nothing is known.
    """

    values: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """Some bytes of one side.

    :param offset: offset of `data` in the file, or in the data that was unpacked from it.
    :param start: index in `data` of the first byte that differs.
    :param end: index in `data` after the last byte that differs.
    """

    offset: int
    data: bytes
    start: int
    end: int

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before the difference, the difference, and the text after it.

        If all of it is printable UTF-8, it is unchanged. Else all but printable ASCII is escaped.
        """
        pieces = self.data[: self.start], self.data[self.start : self.end], self.data[self.end :]
        decoded = [_decoded(piece) for piece in pieces]
        if None not in decoded:
            return decoded[0] or "", decoded[1] or "", decoded[2] or ""
        whole = _decoded(self.data)
        if whole is not None:  # the difference begins in the middle of a character
            before, after = (piece.decode("utf-8", "ignore") for piece in (pieces[0], pieces[2]))
            return before, whole[len(before) : len(whole) - len(after)], after
        before, middle, after = ("".join(chr(b) if b in _PRINTABLE else f"\\x{b:02x}" for b in piece) for piece in pieces)
        return before, middle, after

    @property
    def text(self) -> str:
        """All three parts as one text."""
        return "".join(self.parts)

    @property
    def hex(self) -> str:
        """The bytes that differ, as hexadecimal pairs; at most 48 of them."""
        part = self.data[self.start : self.end]
        return part[:_HEX_BYTES].hex(" ") + (" …" if len(part) > _HEX_BYTES else "")

    def as_dict(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {"offset": self.offset + self.start, "text": self.text, "hex": self.hex}


def _decoded(data: bytes) -> str | None:
    """Return printable UTF-8 as text; `None` for other data."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c == "\t" for c in text) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One place in which the two sides differ.

    :param path: member of the wheel or tree; `a!b` is b inside the archive a; empty for the compared thing itself.
    :param kind: `missing` (on one side only), `mode`, `order`, `archive` (how a member is stored), `content`.
    :param place: section, line or container, in words; may be empty.
    :param symbol: name of the function or object at the place, or empty.
    :param count: number of differing places that this one represents, itself included.
    :param follows: whether it only follows from another difference, as a digest of the content does.
    :param evidence: the text on both sides that shows the cause, as `left | right`; empty where `note` or `kind` tells it.
    """

    path: str
    kind: str
    cause: Cause
    place: str = ""
    left: Excerpt | None = None
    right: Excerpt | None = None
    symbol: str = ""
    count: int = 1
    note: str = ""
    follows: bool = False
    evidence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "path": self.path,
            "kind": self.kind,
            "place": self.place,
            "symbol": self.symbol,
            "left": self.left.as_dict() if self.left else None,
            "right": self.right.as_dict() if self.right else None,
            "count": self.count,
            "note": self.note,
            "follows": self.follows,
            "cause": {"name": self.cause.name, "text": self.cause.text, "advice": self.cause.advice, "evidence": self.evidence},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The result: how much was compared, and what differs.

    :param left: path of the left side.
    :param right: path of the right side.
    :param files: number of compared files.
    :param size: number of bytes on the left side.
    :param differences: the differences; those that follow from others are last.
    """

    left: str
    right: str
    files: int
    size: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether both sides are equal."""
        return not self.differences

    @property
    def paths(self) -> tuple[str, ...]:
        """The members that differ, sorted."""
        return tuple(sorted({d.path for d in self.differences}))

    def as_dict(self) -> dict[str, Any]:
        """Return what goes into JSON."""
        return {
            "left": self.left,
            "right": self.right,
            "equal": self.equal,
            "files": self.files,
            "bytes": self.size,
            "differences": [d.as_dict() for d in self.differences],
        }
