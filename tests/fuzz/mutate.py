"""A mutator that needs no fuzzing engine: seeded, so that the same seed gives the same inputs everywhere."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["mutations"]

_NUMBERS = (0, 1, 2, 7, 0x40, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, (1 << 63) - 1)
_TEXTS = (b"99999999999", b"-1", b"../", b"/", b"\0", b"\n", b"0x10", b"\xff\xff", b"/etc/x", b"PK\x03\x04", b"GNU\0")


def mutations(seeds: Sequence[bytes], *, count: int, seed: int, max_size: int) -> Iterator[bytes]:
    """Yield the seeds themselves, then changed ones up to `count` inputs of at most `max_size` bytes."""
    chance = random.Random(seed)
    yield from seeds[:count]
    for _ in range(count - len(seeds)):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 8))):
            _change(data, seeds, chance)
        yield bytes(data[:max_size])


def _change(data: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    """Make one change: a bit, a number, a text, a hole, a copy, an end, or a part of another seed."""
    at = chance.randrange(len(data) + 1)
    length = chance.choice((1, 2, 4, 8, 16, 60, 64, 512))
    kind = chance.randrange(8)
    if kind <= 1 and at < len(data):
        data[at] ^= 1 << chance.randrange(8)
    elif kind <= 3:
        width = chance.choice((1, 2, 4, 8))
        at -= at % width if chance.random() < 0.8 else 0
        number = chance.choice((*_NUMBERS, len(data), chance.randrange(len(data) + 1)))
        data[at : at + width] = (number & ((1 << 8 * width) - 1)).to_bytes(width, chance.choice(("little", "big")))
    elif kind == 4:
        text = chance.choice(_TEXTS)
        data[at : at + len(text)] = text
    elif kind == 5:
        data[at : at + length] = b"" if chance.random() < 0.5 else data[at : at + length] * 2
    elif kind == 6:
        other = chance.choice(seeds)
        start = chance.randrange(len(other) + 1)
        data[at : at + length] = other[start : start + length]
    elif chance.random() < 0.5:
        del data[at:]
    else:
        other = chance.choice(seeds)
        data[at:] = other[min(at, len(other)) :]
