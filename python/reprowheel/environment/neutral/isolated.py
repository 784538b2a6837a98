"""Starts a process again whose hash seed is random, as that of `python -I` and of a process with an empty environment is."""

# mypy: ignore-errors

import os
import sys

from reprowheel.environment.neutral.shared import command_line

_MARK = "REPROWHEEL_SEED"
_WITH_WORD, _LAST = "WX", "cm"
"""Options that take a word, and those of them after which the program's own words follow."""


def fix_hash_seed():
    """Start this process again with a fixed seed, unless the build has chosen one; the variables are given back afterwards.

    The options that make Python ignore PYTHONHASHSEED are replaced by what else they mean: variables of Python do not count, and
    neither the user's site-packages nor the folder of the script are searched. Python 3.10 has no option for the latter.
    """
    said = os.environ.pop(_MARK, None)
    if said is not None:
        _give_back(said)
        return
    ignored, chosen = sys.flags.ignore_environment, os.environ.get("PYTHONHASHSEED", "")
    own = chosen.isdigit() and chosen.strip("0") and not ignored  # with 0, only the option R makes it random
    if not sys.flags.hash_randomization or own or (sys.flags.isolated and sys.version_info < (3, 11)):
        return
    environment = dict(os.environ)
    taken = {name: environment.pop(name) for name in sorted(environment) if name.startswith("PYTHON") and ignored}
    if "PYTHONHASHSEED" in environment:
        taken["PYTHONHASHSEED"] = chosen
    environment[_MARK] = " ".join(f"{name}={os.fsencode(value).hex()}" for name, value in taken.items())
    environment["PYTHONHASHSEED"] = "0"
    program, *words = command_line()
    os.execve(sys.executable, [program, *_without_isolation(words, sys.flags.isolated)], environment)


def _give_back(said):
    """Bring back the variables that this process had before."""
    os.environ.pop("PYTHONHASHSEED", None)
    for word in said.split():
        name, _, value = word.partition("=")
        os.environ[name] = os.fsdecode(bytes.fromhex(value))


def _without_isolation(words, isolated):
    """Return the words of the command line without the options I, E and R."""
    kept, rest = ["-s", "-P"] if isolated else [], list(words)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        word = rest.pop(0)
        if word.startswith("--"):
            kept.append(word)
            if word == "--check-hash-based-pycs" and rest:
                kept.append(rest.pop(0))
            continue
        cut = next((at for at, letter in enumerate(word) if letter in _WITH_WORD + _LAST), len(word))
        flags, last = "".join(letter for letter in word[1:cut] if letter not in "IER"), word[cut:]
        if flags or last:
            kept.append(f"-{flags}{last}")
        if last.startswith(tuple(_LAST)):
            break
        if len(last) == 1 and rest:
            kept.append(rest.pop(0))
    return kept + rest
