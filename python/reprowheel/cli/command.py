"""The command line as a whole: its verbs, and what is told about wrong use.

A verb is a module with `HELP`, `EXAMPLES`, `add_arguments` and `run`. `EXAMPLES` has commands, each with what it is for; a test
parses them. To start fast, only the module of the verb that is asked for is imported.
"""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, Any

from reprowheel.cli.parser import Parser, WrongUseError
from reprowheel.cli.values import check_values
from reprowheel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VERBS", "make_parser", "parse"]

VERBS = ("archive", "build", "compare", "fetch-crates", "inspect", "install", "lock", "normalize", "pin", "verify", "wheelhouse")
_EXAMPLES = (
    ("reprowheel lock requirements.txt --out build-lock.json", "lock what the sdists are built with"),
    ("reprowheel build psutil-7.2.2.tar.gz --build-lock build-lock.json", "make a wheel in dist/"),
    (
        "reprowheel verify psutil-7.2.2.tar.gz --build-lock build-lock.json",
        "build it again, with all changed that must not matter",
    ),
)
_CODES = "Exit codes: 0 done, 1 the answer is no, 2 wrong use or bad input, 3 build failed, 4 result refused, 70 a defect."


class _EarlyExit(argparse.Action):
    """An option that prints a text and ends, such as `--version`; `texts` makes it of the parser and the option's value."""

    def __init__(self, *, text: Any, **more: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(**more)
        self._text = text

    def __call__(self, parser: argparse.ArgumentParser, _space: argparse.Namespace, value: Any, *_: Any) -> None:  # noqa: ANN401
        """Print and end."""
        print(self._text(value), end="")
        parser.exit()


def make_parser(verbs: Sequence[str] = VERBS) -> Parser:
    """Return the parser with these verbs; each is the module `cli/<verb>.py`, which is imported here."""
    parser = Parser(
        prog="reprowheel",
        description="Build Python source distributions into wheels with the same bytes everywhere.",
        epilog=_CODES,
        examples=_EXAMPLES,
    )
    more: Any = {"action": _EarlyExit, "dest": argparse.SUPPRESS, "default": argparse.SUPPRESS}
    parser.add_argument("-V", "--version", nargs=0, help="print the version and exit", text=_version, **more)
    parser.add_argument(
        "--print-completion",
        metavar="SHELL",
        help="print a script that completes in this shell, such as bash",
        text=_completion,
        **more,
    )
    parser.add_argument("--print-man-page", nargs=0, help="print the manual in the format of man", text=_manual, **more)
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verbs", parser_class=Parser)
    for name in verbs:
        module = importlib.import_module(f"reprowheel.cli.{name.replace('-', '_')}")
        description = f"{module.HELP[0].upper()}{module.HELP[1:]}."
        verb = subparsers.add_parser(name, help=module.HELP, description=description, examples=module.EXAMPLES)
        check_values(verb)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser


def parse(given: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of one run.

    :raises UsageError: they are wrong; the message names what is unknown, and what may be meant.
    """
    asked = [verb for verb in VERBS if verb in given[:1]]  # to start fast, import the modules of one verb only
    parser = make_parser(asked or VERBS)
    try:
        arguments, unknown = parser.parse_known_args(given)
    except WrongUseError as e:
        if not asked:
            _check_verb(parser, given)
        raise _wrong(e.parser, given, e.message) from e
    except UnicodeDecodeError as e:
        msg = f"a file of arguments is not UTF-8 ({e.reason})"
        raise UsageError(msg) from e
    if unknown:
        raise _wrong(parser.verbs()[arguments.verb], unknown, f"the argument {unknown[0]!r} is one too many")
    arguments.given = list(given)  # for messages with a command
    return arguments


def _check_verb(parser: Parser, given: Sequence[str]) -> None:
    """Raise UsageError if a verb is given that does not exist, or none."""
    words = [word for word in given if not word.startswith(("-", "@"))]
    if not words and not any(word.startswith("@") for word in given) and not _unknown(parser, given):
        msg = "reprowheel: no verb is given"
        raise UsageError(msg, tip="reprowheel --help has all verbs.")
    if words and words[0] == next(iter(given), "") and words[0] not in VERBS:
        msg = f"reprowheel: there is no verb {words[0]!r}{_meant(words[0], VERBS)}"
        raise UsageError(msg, tip="reprowheel --help has all verbs.")


def _wrong(parser: Parser, given: Sequence[str], message: str) -> UsageError:
    """Return the error for wrong use: if an option is unknown, that is what is wrong."""
    tip = f"{parser.prog} --help has all options, and examples."
    if unknown := _unknown(parser, given):
        return UsageError(f"{parser.prog}: there is no option {unknown}{_meant(unknown, parser.options())}", tip=tip)
    return UsageError(f"{parser.prog}: {message}", tip=tip)


def _unknown(parser: Parser, given: Sequence[str]) -> str:
    """Return the first of the arguments that looks like an option and is none; empty if there is none."""
    known = parser.options()
    for word in given:
        if word == "--":
            break
        name = word.partition("=")[0]
        looks = name.startswith("-") and len(name) > 1 and " " not in name and not name[1].isdigit()
        if looks and not (any(option.startswith(name) for option in known) or (name[1] != "-" and name[:2] in known)):
            return name
    return ""


def _meant(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean X?` if something that is known looks like `word`, else nothing."""
    import difflib  # noqa: PLC0415 - only for this

    plain = {name.lstrip("-"): name for name in known if len(name.lstrip("-")) > 1}
    close = difflib.get_close_matches(word.lstrip("-").lower().replace("_", "-"), plain, n=1, cutoff=0.6)
    return f"; did you mean {plain[close[0]]}?" if close else ""


def _version(_: object) -> str:
    from reprowheel import __version__  # noqa: PLC0415 - only for this

    return f"reprowheel {__version__}\n"


def _completion(shell: str) -> str:
    from reprowheel.cli.completion import completion  # noqa: PLC0415 - needs shtab, which is an extra

    return completion(make_parser(), shell)


def _manual(_: object) -> str:
    from reprowheel.cli.manual import manual  # noqa: PLC0415 - only for this

    return manual(make_parser())
