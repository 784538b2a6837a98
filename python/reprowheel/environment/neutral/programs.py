"""Records programs that a build looked for and did not find; the error of a failed build names them.

Builds look for names, and some search the folders of PATH themselves. Other paths are the build's own business.
"""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import ROOT, Call


def _tell_program(name):
    """Append a program's name to the list; it is told only if the build fails and the host has such a program."""
    name = os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else ""
    if not name or "/" in name or "\n" in name:
        return
    try:
        with open(os.path.join(ROOT, "wanted-programs"), "a", encoding="utf-8", errors="replace") as file:
            file.write(name + "\n")
    except OSError:
        pass


def _telling(function):
    """Wrap a function that takes a program's name first, and returns nothing if there is no such program."""

    def telling(cmd, *args, **kwargs):
        found = function(cmd, *args, **kwargs)
        if found is None:
            _tell_program(cmd)
        return found

    telling.__name__, telling.__doc__ = function.__name__, function.__doc__
    return telling


def _telling_start(function, at=0):
    """Wrap a function that starts a program; `at`: which argument is the program, or a list that begins with it."""

    def telling_start(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except (FileNotFoundError, PermissionError):
            program = args[at] if len(args) > at else None
            if isinstance(program, (list, tuple)):
                program = program[0] if program else None
            _tell_program(program)
            raise

    return telling_start


def _telling_test(function):
    """Wrap a test of paths: whoever searches PATH tests paths in the last of its folders."""
    folder = os.path.join(ROOT, "programs")

    def telling_test(path, *args, **kwargs):
        found = function(path, *args, **kwargs)
        if not found and isinstance(path, (str, os.PathLike)):
            where, name = os.path.split(os.fspath(path))
            if where == folder:
                _tell_program(name)
        return found

    telling_test.__name__, telling_test.__doc__ = function.__name__, function.__doc__
    return telling_test


def tell_programs():
    """Record programs that `os.execvp` and its like do not find, and those that somebody searches by hand."""
    for name in ("exists", "isfile", "lexists"):
        setattr(os.path, name, _telling_test(getattr(os.path, name)))
    os._execvpe = _telling_start(os._execvpe)  # noqa: SLF001 - all of them call it
    if hasattr(os, "posix_spawnp"):
        os.posix_spawnp = Call(_telling_start(os.posix_spawnp))


def patch_shutil(module):
    """Record programs that `shutil.which` does not find."""
    module.which = _telling(module.which)


def patch_find_executable(module):
    """Record programs that `find_executable` of distutils does not find."""
    if hasattr(module, "find_executable"):
        module.find_executable = _telling(module.find_executable)


def tell_unstarted(module):
    """Record programs that `subprocess` cannot start."""
    start = _telling_start(module.Popen._execute_child, at=1)  # noqa: SLF001 - the one place that knows what was not found
    module.Popen._execute_child = start  # noqa: SLF001
