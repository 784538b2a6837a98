"""Prints a lock as JSON: `python -m tables LOCK REQUEST`, as the module extension and repository rules run it.

REQUEST is JSON: `kind` (`uv`, `pylock` or `pyproject`), `where` (the lock's name in messages and for paths), `extras`, `groups`,
`choices`.
The answer is JSON, too: the fields of `Lock`, or `error` with `message`, `tip`, `moving`. Choices have most distributions in
common, so `more` has those that are not in `entries`, and `choices` has numbers: positions in `entries`, continued in `more`.
"""

import json
import sys

from .lock import Distribution, Lock, Request
from .read import read_tables
from .table import LockTableError


def _lock(lock: Lock) -> dict[str, object]:
    numbers: dict[Distribution, int] = {entry: number for number, entry in enumerate(lock.entries)}
    choices = {name: [numbers.setdefault(entry, len(numbers)) for entry in entries] for name, entries in lock.choices.items()}
    found = [{**entry._asdict(), "files": [file._asdict() for file in entry.files]} for entry in numbers]
    count = len(lock.entries)
    return {**lock._asdict(), "choices": choices, "entries": found[:count], "more": found[count:]}


def main(path: str, request: str) -> None:
    """Print the answer; see above."""
    asked = json.loads(request)
    try:
        answer = _lock(read_tables(path, asked.pop("kind"), Request(base=asked["where"], **asked)))
    except LockTableError as e:
        answer = {"error": {"message": e.message, "moving": e.moving and e.moving._asdict(), "tip": e.tip}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
