"""Gives SQLite, in Python's module, the wall clock of this process and its random numbers."""

# mypy: ignore-errors

from reprowheel.environment.neutral.seeds import process_seed
from reprowheel.environment.neutral.shared import Call

_TIME_FUNCTIONS = {"date": 0, "time": 0, "datetime": 0, "julianday": 0, "unixepoch": 0, "strftime": 1, "timediff": 0}
"""SQL function → place of the argument that is the time; without it, it is the present."""
_CURRENT = {"current_date": "date", "current_time": "time", "current_timestamp": "datetime"}


def patch_sqlite3(module):
    """Replace the functions of each connection that read the clock or draw random numbers."""
    import random
    import time

    real_connect, real_connection = module.connect, module.Connection
    numbers = random.Random(process_seed())  # noqa: S311 - the same in every build
    originals = []

    def original(name, args):
        """Return what SQLite's own function says, asked of a connection that nobody else has."""
        if not originals:
            originals.append(real_connect(":memory:", check_same_thread=False))
        question = f"SELECT {name}({', '.join('?' * len(args))})"
        return originals[0].execute(question, args).fetchone()[0]

    def present():
        seconds = time.time()
        return time.strftime("%Y-%m-%d %H:%M:", time.gmtime(seconds)) + f"{seconds % 60:06.3f}"

    def of_time(name, place):
        def function(*args):
            if len(args) <= place:
                args = (*args, present())
            return original(name, [present() if str(word).lower() == "now" else word for word in args])

        return function

    def known():
        """Return the functions that this SQLite has."""
        for name, place in _TIME_FUNCTIONS.items():
            args = [present(), present()] if name == "timediff" else ["%Y", present()][1 - place :]
            try:
                original(name, args)
            except module.Error:
                continue
            functions[name] = of_time(name, place)
        return functions

    functions = {}

    def replace(connection):
        for name, function in (functions or known()).items():
            connection.create_function(name, -1, function, deterministic=True)
        for name, function in _CURRENT.items():
            connection.create_function(name, 0, functions[function])
        connection.create_function("random", 0, lambda: numbers.getrandbits(64) - 2**63)
        connection.create_function("randomblob", 1, lambda size: numbers.randbytes(max(int(size or 0), 1)))

    class Connection(real_connection):
        """A connection with these functions."""

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            replace(self)

    def connect(*args, **kwargs):
        if len(args) < 6:
            kwargs.setdefault("factory", Connection)
        return real_connect(*args, **kwargs)

    Connection.__module__, Connection.__qualname__ = real_connection.__module__, real_connection.__qualname__
    module.connect, module.Connection = Call(connect), Connection
