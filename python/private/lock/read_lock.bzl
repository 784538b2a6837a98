"""Reads a lock of any format: the one place where lock files are opened.

Phase: module extension or repository.
In: a lock's label. Out: its distributions, or the error.
"""

load(":plan.bzl", "lock_label")
load(":requirements.bzl", "parse_requirements")

visibility(["//python/...", "//tests/starlark/..."])

def lock_kind(filename):
    """Says which format a lock file has.

    Args:
      filename: (str) its name.

    Returns:
      (str) `pylock`, `uv` or `requirements`.
    """
    name = filename.split("/")[-1]
    if name == "uv.lock" or name.endswith(".uv.lock"):
        return "uv"
    return "pylock" if name.endswith(".toml") else "requirements"

def _reader(xctx, label, where):
    """Makes the function that opens files next to a lock; paths are as the parsers have them, such as `dir/base.txt`."""
    root = xctx.path(label)
    for _ in where.rpartition("//")[2].split("/"):
        root = root.dirname

    def _read(path):
        file = root
        for part in path.rpartition("//")[2].split("/"):
            file = file.get_child(part)
        return xctx.read(file) if file.exists else None

    return _read

# buildifier: disable=unused-variable  (extras and groups: TOML locks)
def read_lock(xctx, label, kind = "", extras = [], groups = None):
    """Reads and parses a lock.

    Args:
      xctx: (module_ctx or repository_ctx) what reads and runs.
      label: (Label) the lock.
      kind: (str) `requirements`, `pylock` or `uv`; empty to tell by the file's name.
      extras: (list[str]) extras of the locked project that are wanted (`pylock`, `uv`).
      groups: (list[str]) dependency groups that are wanted (`pylock`, `uv`); None for those the lock names as default.

    Returns:
      (struct) from `parsed_lock`.
    """
    where = lock_label(label)
    getenv = xctx.getenv if hasattr(xctx, "getenv") else xctx.os.environ.get
    return parse_requirements(xctx.read(label), where, _reader(xctx, label, where), getenv)
