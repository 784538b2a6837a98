"""The parser of a command line: argparse, but with help in colour, with examples, and with errors that are exceptions."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Parser", "WrongUseError"]


class WrongUseError(Exception):
    """What argparse found to be wrong, and the parser that found it."""

    def __init__(self, parser: Parser, message: str) -> None:
        super().__init__(message)
        self.parser, self.message = parser, message


class Parser(argparse.ArgumentParser):
    """A parser whose errors are exceptions.

    :param examples: commands, each with what it is for.
    :param more: the arguments of `ArgumentParser`.
    """

    def __init__(self, *, examples: Sequence[tuple[str, str]] = (), **more: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(fromfile_prefix_chars="@", formatter_class=argparse.RawDescriptionHelpFormatter, **more)
        self.color = False  # since Python 3.14 argparse has colours of its own, which would be escaped as text from outside
        self.examples = tuple(examples)
        if examples:
            lines = [line for command, meaning in examples for line in (f"  {command}", f"      {meaning}")]
            self.epilog = "\n".join(["Examples:", *lines, *(["", self.epilog] if self.epilog else [])])

    def error(self, message: str) -> NoReturn:
        """Raise an exception in place of an exit."""
        raise WrongUseError(self, message)

    def options(self) -> tuple[str, ...]:
        """Return all options, with their dashes."""
        return tuple(self._option_string_actions)

    def groups(self) -> list[tuple[str, list[argparse.Action]]]:
        """Return title and arguments of each group."""
        return [(str(group.title), group._group_actions) for group in self._action_groups]  # noqa: SLF001 - argparse has no other way

    def verbs(self) -> dict[str, Parser]:
        """Return the parsers of the verbs, by name."""
        found = (action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001
        return dict(next(found, {}))

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401 - argparse's own type is in no module
        from reprowheel.output.colour import write_help  # noqa: PLC0415 - only for help

        write_help(message, file or sys.stdout)
