"""Keeps bytecode of the build environment for the next process of the same build."""

# mypy: ignore-errors

import os
import sys

from reprowheel.environment.neutral.shared import ROOT


def keep_bytecode():
    """Keep bytecode of the build environment in a folder of our own, so that not every process compiles it again.

    The build itself does not see it: it writes no bytecode, and there is none in the environment. When a process ends, it
    writes one file with the bytecode that no earlier process wrote. Many small files would cost more time than compiling.
    """
    import atexit
    import marshal
    from importlib.machinery import SourceFileLoader

    installed, kept = os.path.join(ROOT, "env", ""), os.path.join(ROOT, "bytecode")
    if not os.path.isdir(kept):
        return
    compiled, listdir, replace = SourceFileLoader.get_code, os.listdir, os.replace
    known, new = {}, {}

    def read():
        known[None] = b""
        for name in listdir(kept):
            with open(os.path.join(kept, name), "rb") as file:
                known.update(marshal.load(file))  # noqa: S302 - our own

    def write():
        partial = f"{kept}.{os.getpid()}"
        try:
            with open(partial, "wb") as file:
                marshal.dump(new, file)
            replace(partial, os.path.join(kept, str(os.getpid())))
        except OSError:
            pass

    def get_code(self, fullname):
        if not self.path.startswith(installed):
            return compiled(self, fullname)
        if not known:
            read()
        found = os.stat(self.path)
        key = (self.path, found.st_mtime_ns, found.st_size, sys.flags.optimize)
        if key in known:
            return marshal.loads(known[key])  # noqa: S302 - our own
        code = compiled(self, fullname)
        if not new:
            atexit.register(write)
        new[key] = marshal.dumps(code)
        return marshal.loads(new[key])  # noqa: S302 - what the next process gets: a set in it may have another order

    SourceFileLoader.get_code = get_code
