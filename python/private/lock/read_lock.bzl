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
    return parse_requirements(xctx.read(label), lock_label(label))
