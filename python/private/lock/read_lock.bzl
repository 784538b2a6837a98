"""Reads a lock of any format: the one place where lock files are opened.

Phase: module extension or repository.
In: a lock's label. Out: its distributions, or the error.
"""

load("//python/private/spec:names.bzl", "lock_label")
load(":locked.bzl", "parsed_lock")
load(":requirements.bzl", "parse_requirements")
load(":toml.bzl", "read_toml")

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

# Format → the programs that write a lock of it.
_WRITERS = {
    "pylock": "'pip lock' or 'uv export --format pylock.toml'",
    "requirements": "'pip-compile --generate-hashes' or 'uv pip compile --generate-hashes'",
    "uv": "'uv lock'",
}

def lock_file_error(xctx, label, kind):
    """Says why a lock cannot be read, before Bazel says it in words of Java.

    Args:
      xctx: (module_ctx or repository_ctx) what reads.
      label: (Label) the lock.
      kind: (str) its format, as of `lock_kind`.

    Returns:
      (str) a message, or empty.
    """
    path = xctx.path(label)
    if not path.exists:
        if hasattr(xctx, "watch"):
            xctx.watch(path)  # read again when somebody makes it
        return "{}: no such file; expected a lock. To fix: write it with {}, or name the file that you have.".format(lock_label(label), _WRITERS[kind])
    if path.is_dir:
        return "{}: is a directory; expected a lock. To fix: name the file in it.".format(lock_label(label))
    return ""

def _reader(xctx, label, where):
    """Makes the function that opens files next to a lock; paths are as the parsers have them, such as `dir/base.txt`."""
    root = xctx.path(label)
    for _ in where.rpartition("//")[2].split("/"):
        root = root.dirname

    def _read(path):
        file = root
        for part in path.rpartition("//")[2].split("/"):
            file = file.get_child(part)
        return _read_or_wait(xctx, file)

    return _read

def _read_or_wait(xctx, file):
    if file.exists and not file.is_dir:
        return xctx.read(file)
    if hasattr(xctx, "watch"):
        xctx.watch(file)  # read again when somebody makes it
    return None

def read_beside(xctx, label, lock):
    """Reads a file that need not be there yet.

    Args:
      xctx: (module_ctx or repository_ctx) what reads.
      label: (Label) the file.
      lock: (Label) a lock, which is there.

    Returns:
      (str) its content; None where it is missing. In another repository than the lock, its package must be there.
    """
    where, beside = lock_label(label), lock_label(lock)
    if where.rpartition("//")[0] != beside.rpartition("//")[0]:
        return _read_or_wait(xctx, xctx.path(label))
    return _reader(xctx, lock, beside)(where)

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
    kind = kind or lock_kind(where)
    text = xctx.read(label)
    if kind != "requirements" and not text.strip():
        return parsed_lock(error = "{}: is empty; expected a lock. To fix: write it with {}.".format(where, _WRITERS[kind]))
    if kind == "requirements":
        getenv = xctx.getenv if hasattr(xctx, "getenv") else xctx.os.environ.get
        if extras or groups:
            return parsed_lock(error = "{}: has no extras and no dependency groups; expected pylock.toml or uv.lock.".format(where))
        return parse_requirements(text, where, _reader(xctx, label, where), getenv)
    choices = [":all:"] if kind == "uv" else []
    request = dict(choices = choices, extras = extras, groups = groups, kind = kind, where = where)
    return read_toml(xctx, xctx.path(label), request)
