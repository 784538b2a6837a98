"""Sorts the entries of directories by name."""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import Call


class _SortedEntries:
    """Iterator over the entries of `os.scandir`, sorted by name."""

    def __init__(self, real):
        with real:
            self._entries = iter(sorted(real, key=lambda e: e.name))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._entries = iter(())


def sort_directories():
    """Sort the results of `os.listdir` and `os.scandir`; `os.walk`, `glob` and `pathlib` use these."""
    listdir, scandir = os.listdir, os.scandir
    os.listdir = Call(lambda path=".": sorted(listdir(path)))
    os.scandir = Call(lambda path=".": _SortedEntries(scandir(path)))
    os.supports_fd.update((os.listdir, os.scandir))
