"""The three locales of `verify`, one with each kind of encoding; made here, since few machines have more than one.

What the encoding of a locale means to programs is all that these locales have: which bytes are which characters. See
docs/decisions.md, "UTF-8 mode".
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from reprowheel.programs import run_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LOCALES", "locale_in_turn", "make_locale"]

LOCALES = {"locale": "tr_TR.UTF-8", "locale-euc-jp": "ja_JP.EUC-JP", "locale-latin-1": "de_DE.ISO-8859-1"}
"""Perturbation → its locale. The encodings: UTF-8, one where other characters have two bytes, one where all have one."""

_CATEGORIES = "CTYPE COLLATE MONETARY NUMERIC TIME MESSAGES PAPER NAME ADDRESS TELEPHONE MEASUREMENT IDENTIFICATION".split()
_COLLATION = "order_start forward\nUNDEFINED\norder_end\n"
_LAST = 0x30FF
"""Last of the characters that the locales know: those of Latin, Greek, Cyrillic and Japanese letters come before it."""
_CHECK = "import locale; locale.setlocale(locale.LC_ALL, '')"


def locale_in_turn(sdist_sha256: str) -> str:
    """Return the perturbation whose locale is tried with an sdist: a process has one locale, and its hash chooses which."""
    return list(LOCALES)[int(sdist_sha256[:8], 16) % len(LOCALES)]


def make_locale(name: str, folder: Path) -> str:
    """Make a locale in `folder`, which LOCPATH names then; return an empty string, or why it cannot be made.

    :param name: one of the values of `LOCALES`.
    """
    program = shutil.which("localedef", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin:/sbin")
    if program is None:
        return f"the locale {name} cannot be made: there is no localedef"
    folder.mkdir(parents=True, exist_ok=True)
    encoding = name.partition(".")[2]
    source, characters = folder / "source", folder / f"characters-{encoding}"
    bodies = "".join(f"LC_{c}\n{_COLLATION if c == 'COLLATE' else ''}END LC_{c}\n" for c in _CATEGORIES)
    source.write_text(bodies, encoding="ascii")
    characters.write_text("\n".join(_characters(encoding)) + "\n", encoding="ascii")
    made = os.fspath(folder / name)
    # It ends with 1, for warnings about all that a locale could have besides.
    run = run_program([program, "-c", "--quiet", "--no-archive", "-i", os.fspath(source), "-f", os.fspath(characters), made])
    check = run_program([sys.executable, "-I", "-c", _CHECK], {"LC_ALL": name, "LOCPATH": os.fspath(folder)})
    if check.returncode == 0:
        return ""
    said = (run.stderr.strip().splitlines() or ["this C library has no locales in files"])[-1]
    return f"the locale {name} cannot be made: {said[:160]}"


def _characters(encoding: str) -> Iterator[str]:
    """Yield the lines of a character map (POSIX.1-2017, section 6.4) with all characters that the encoding has."""
    known = {chr(point): raw for point in range(_LAST + 1) if (raw := _encoded(chr(point), encoding))}
    yield f"<code_set_name> {encoding}"
    yield from ("<mb_cur_min> 1", f"<mb_cur_max> {6 if encoding == 'UTF-8' else max(map(len, known.values()))}")
    yield from ("<escape_char> /", "<comment_char> %", "CHARMAP")
    yield from (f"<U{ord(character):04X}> " + "".join(f"/x{byte:02x}" for byte in raw) for character, raw in known.items())
    yield "END CHARMAP"


def _encoded(character: str, encoding: str) -> bytes:
    """Return the bytes of a character; empty if the encoding does not have it."""
    raw = character.encode(encoding, "ignore")
    return raw if raw.decode(encoding) == character else b""
