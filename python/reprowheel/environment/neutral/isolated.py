"""Starts a process again whose hash seed is random, as that of `python -I` and of a process with an empty environment is."""

# mypy: ignore-errors

import os
import sys

from reprowheel.environment.neutral.shared import command_line

_MARK = "REPROWHEEL_SEED"
_NO_FOLDER = "no-folder"
"""A word in that variable: the folder of the program is not searched. Python has an option for it since 3.11."""
_WITH_WORD, _LAST = "WX", "cm"
"""Options that take a word, and those of them after which the program's own words follow."""


def fix_hash_seed():
    """Start this process again with a fixed seed, unless the build has chosen one; the variables are given back afterwards.

    The options that make Python ignore PYTHONHASHSEED are replaced by what else they mean: variables of Python do not count, and
    neither the user's site-packages nor the folder of the script are searched.
    """
    said = os.environ.pop(_MARK, None)
    if said is not None:
        _give_back(said)
        return
    ignored, chosen = sys.flags.ignore_environment, os.environ.get("PYTHONHASHSEED", "")
    own = chosen.isdigit() and chosen.strip("0") and not ignored  # with 0, only the option R makes it random
    if not sys.flags.hash_randomization or own:
        return
    environment = dict(os.environ)
    taken = {name: environment.pop(name) for name in sorted(environment) if name.startswith("PYTHON") and ignored}
    if "PYTHONHASHSEED" in environment:
        taken["PYTHONHASHSEED"] = chosen
    marks = [f"{name}={os.fsencode(value).hex()}" for name, value in taken.items()]
    options = []
    if sys.flags.isolated:
        options = ["-s", "-P"] if hasattr(sys.flags, "safe_path") else ["-s"]
        marks += [] if hasattr(sys.flags, "safe_path") else [_NO_FOLDER]
    environment[_MARK] = " ".join(marks)
    environment["PYTHONHASHSEED"] = "0"
    program, *words = command_line()
    os.execve(sys.executable, [program, *options, *_without_isolation(words)], environment)


def _give_back(said):
    """Bring back the variables that this process had before."""
    os.environ.pop("PYTHONHASHSEED", None)
    for word in said.split():
        if word == _NO_FOLDER:
            _leave_out_folder()
            continue
        name, _, value = word.partition("=")
        os.environ[name] = os.fsdecode(bytes.fromhex(value))


def _leave_out_folder():
    """Take the folder of the program off `sys.path`, right before the program runs: Python adds it after start-up modules.

    A folder or an archive that is itself the program stays.
    """
    starts = {"cpython.run_command", "cpython.run_file", "cpython.run_module", "cpython.run_stdin"}

    def hook(event, values):
        if event in starts:
            starts.clear()
            if (event, *values) != ("cpython.run_module", "__main__"):
                del sys.path[:1]

    sys.addaudithook(hook)


def _without_isolation(words):
    """Return the words of the command line without the options I, E and R."""
    kept, rest = [], list(words)
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
