"""The manual page, made from the parser: whatever an option says in `--help`, it says here.

docs/reprowheel.1 is what it makes; the Python package installs that file where man looks.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reprowheel import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprowheel.cli.parser import Parser

__all__ = ["manual"]

_CODES = (
    ("0", "Done."),
    ("1", "The answer is no: files differ, a lock is stale, a wheel is not reproducible."),
    ("2", "Wrong use, or a bad input file."),
    ("3", "The build failed."),
    ("4", "A result was refused: a leak, an undeclared library or header of the host, a stale lock."),
    ("70", "A defect of reprowheel; the message says where the traceback was saved."),
    ("128 + N", "Ended by signal N; 130 after Ctrl-C."),
)
_VARIABLES = (
    (
        "NO_COLOR, FORCE_COLOR",
        "No colour, or colour in any case; otherwise there is colour at a terminal. NO_COLOR counts first.",
    ),
    ("TERM", "Where it is dumb, there is no colour, and progress is a line for each step."),
    ("TMPDIR", "Where temporary files go, but not the workspace of a build: see \\-\\-work\\-root."),
    ("XDG_CACHE_HOME", "Its folder reprowheel keeps what \\-\\-build\\-lock fetched."),
    ("PIP_INDEX_URL, UV_DEFAULT_INDEX", "Where the index is. So does pip's configuration."),
)


def manual(parser: Parser) -> str:
    """Return the page of all verbs, in the language of man(7)."""
    return "\n".join(_page(parser)) + "\n"


def _page(parser: Parser) -> Iterator[str]:
    yield '.\\" Written by reprowheel --print-man-page.'
    yield f'.TH REPROWHEEL 1 "" "reprowheel {__version__}" "User Commands"'
    yield from (".SH NAME", f"reprowheel \\- {_text(str(parser.description)).rstrip('.')}")
    yield from (".SH SYNOPSIS", ".B reprowheel", ".I VERB", "[OPTION]... [ARGUMENT]...")
    yield from (
        ".SH DESCRIPTION",
        _text(str(parser.description)),
        "An argument @FILE stands for the arguments in FILE, one per line.",
    )
    yield from _options(parser, ".SH")
    yield from _examples(parser, ".SH")
    for name, verb in parser.verbs().items():
        yield f'.SH "REPROWHEEL {name.upper()}"'
        yield from (_text(str(verb.description)), ".PP", f".B reprowheel {name}", _text(_arguments(verb)))
        yield from _options(verb, ".SS")
        yield from _examples(verb, ".SS")
    yield from _table(".SH EXIT STATUS", _CODES)
    yield from _table(".SH ENVIRONMENT", _VARIABLES)


def _arguments(parser: Parser) -> str:
    """Return what follows the name of a verb."""
    positional = [str(a.metavar or a.dest) for group in parser.groups() for a in group[1] if not a.option_strings]
    return " ".join(["[OPTION]...", *positional])


def _options(parser: Parser, heading: str) -> Iterator[str]:
    """Yield the options of a parser, group by group."""
    for title, actions in parser.groups():
        shown = [action for action in actions if action.help not in {None, argparse.SUPPRESS}]
        if not shown:
            continue
        yield f'{heading} "{_text(title[0].upper() + title[1:])}"'
        for action in shown:
            yield from (".TP", _name(action), _text(str(action.help) % vars(action)))


def _name(action: argparse.Action) -> str:
    """Return an option with its value, or an argument."""
    metavars = action.metavar if isinstance(action.metavar, tuple) else (action.metavar or action.dest.upper(),)
    value = " ".join(f"\\fI{_text(str(metavar))}\\fR" for metavar in metavars)
    if not action.option_strings:
        return value
    names = ", ".join(f"\\fB{_text(option)}\\fR" for option in action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def _examples(parser: Parser, heading: str) -> Iterator[str]:
    yield f"{heading} EXAMPLES" if heading == ".SH" else f"{heading} Examples"
    for command, meaning in parser.examples:
        yield from (".TP", f"\\fB{_text(command)}\\fR", _text(meaning))


def _table(heading: str, rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield heading
    for name, text in rows:
        yield from (".TP", f"\\fB{name}\\fR", text)


def _text(text: str) -> str:
    """Return text with the characters that have a meaning there escaped."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    escaped = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in escaped)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
