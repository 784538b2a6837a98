"""What a page says about the run that made it: command line without secrets, versions, machine."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from typing import TYPE_CHECKING

from reprowheel.output.address import masked_url

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["command_line", "machine", "this_run", "without_credentials"]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")


def this_run(program: str, arguments: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """Return names and values for `page.facts`.

    :param program: its name, since what this process was started by may be an interpreter or a launcher.
    :param arguments: those of this process, unless others are given.
    """
    given = sys.argv[1:] if arguments is None else arguments
    return [
        ("command line", command_line([program, *given])),
        ("reprowheel", str(getattr(sys.modules["reprowheel"], "__version__", ""))),
        ("run by", f"{platform.python_implementation()} {platform.python_version()}"),
        *machine(),
    ]


def command_line(words: Sequence[str]) -> str:
    """Return a command line for a shell, without the values of variables and without user names and passwords of addresses."""
    told, hide = [], False
    for word in words:
        name, equals, value = word.partition("=")
        is_env = len(name) > 3 and "--env".startswith(name)  # argparse takes the beginning of an option for all of it
        if hide or (is_env and equals):
            variable, assigned, _ = (word if hide else value).partition("=")
            word = ("" if hide else f"{name}=") + variable + (f"{assigned}***" if assigned else "")  # noqa: PLW2901 - rewritten
        hide = is_env and not equals and not hide
        told.append(without_credentials(word))
    return shlex.join(told)


def without_credentials(given: str) -> str:
    """Return text in which addresses have `***` for user name, password and query."""

    def masked(found: re.Match[str]) -> str:
        try:
            address, question, _ = masked_url(found[0]).partition("?")
        except ValueError:  # no address after all
            return found[0]
        return f"{address}?***" if question else address

    return _ADDRESS.sub(masked, given)


def machine() -> list[tuple[str, str]]:
    """Return what is known of this machine that may matter to a build; neither its name nor its user."""
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [
        ("operating system", ", ".join(filter(None, (system, f"{platform.system()} {platform.release()}")))),
        ("machine", f"{platform.machine()}, {cpus} CPU{'s' if cpus > 1 else ''}"),
    ]
