"""What a comparison says: differences, each with a place, the bytes of both sides, and a likely cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Cause", "Comparison", "Difference", "Excerpt", "KnownValues"]

_PRINTABLE = range(0x20, 0x7F)
_HEX_BYTES = 48


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Why two builds may differ in a place: `name` is one word, `text` half a sentence, `advice` what to set."""

    name: str
    text: str
    advice: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownValues:
    """What is known of the two sides beforehand: (cause, value on the left, value on the right).

    `verify` knows host name, user, number of CPUs and so on of both builds; for any two wheels nothing is known.
    """

    values: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """Some bytes of one side.

    :param offset: where `data` begins: bytes from the start of the file, or of what was unpacked from it.
    :param start: index in `data` of the first byte that differs.
    :param end: index behind the last one.
    """

    offset: int
    data: bytes
    start: int
    end: int

    @property
    def parts(self) -> tuple[str, str, str]:
        """What comes before the difference, the difference, and what comes after, as text.

        UTF-8 where all of it is printable, else ASCII; what is not printable is escaped.
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
        """The bytes as text, all three parts."""
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
    """Return printable UTF-8 as text, other data as None."""
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
    :param symbol: name of the function or object that holds the place, or empty.
    :param count: how many differing places this one stands for, itself included.
    :param follows: whether it must differ because something else does (a digest of the content, for instance).
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
            "cause": {"name": self.cause.name, "text": self.cause.text, "advice": self.cause.advice},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The result: how much was compared, and what differs.

    :param left: what was compared; `right`: with what.
    :param files: how many files were compared; `size`: how many bytes they have.
    :param differences: what differs, the most telling first.
    """

    left: str
    right: str
    files: int
    size: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
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
