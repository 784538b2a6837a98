"""Finds the programs that a failed build looked for, that the host has, and that were not declared."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from reprowheel.environment.host_tools import find_program
from reprowheel.untrusted import UntrustedFileError, read_untrusted

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WANTED_FILE", "wanted_programs"]

WANTED_FILE = "wanted-programs"
"""File in the workspace to which Python processes of a build append names (see `neutral/programs.py`)."""

_NAME = r"[\w.+-]+"
_SAID = re.compile(
    rf"""(?mx)
    ^(?:.*:\ )?({_NAME}):\ (?:command\ )?not\ found$                        # dash, bash, busybox
    | ^(?:make|gmake)(?:\[\d+\])?:\ ({_NAME}):\ No\ such\ file\ or\ directory$
    | ^(?:.*/)?env:\ \W?({_NAME})\W?:\ No\ such\ file\ or\ directory$
    | ^checking\ (?:for|whether)\ ({_NAME})\.\.\.\ (?:no|not\ found)$       # configure
    | [Cc]an't\ exec\ "({_NAME})"                                           # perl
    """
)
_MOST = 8


def wanted_programs(workspace: Path, printed: str) -> list[str]:
    """Return the declarations of these programs, in the order in which the build looked for them.

    A declaration is a name, or an absolute path if the program is in no folder of the system.

    :param workspace: root of the workspace.
    :param printed: the output of the back end.
    """
    try:
        names = read_untrusted(workspace, WANTED_FILE).decode("utf-8", "replace").split("\n")
    except UntrustedFileError:
        names = []
    names += [name for said in _SAID.findall(printed) for name in said]
    seen = os.pathsep.join(os.fspath(workspace / folder) for folder in ("tools", "env/bin", "programs"))
    found = []
    for name in dict.fromkeys(filter(None, names)):
        if not shutil.which(name, path=seen):
            elsewhere = shutil.which(name)
            found += [name] if find_program(name) else [os.path.abspath(elsewhere)] if elsewhere else []
    return found[:_MOST]
