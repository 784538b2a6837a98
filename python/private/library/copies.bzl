"""Single files that a library has as data under a path of the user's choice: `copy_files`, `copy_executables`.

Phase: loading.
In: what is copied → where to. Out: targets that copy.

rules_python copies targets, mostly files of the user's workspace. Files of the wheel can be copied, too: their paths begin with the
folder that they are installed in. A label begins with `@`, `//` or `:`, so the two are never mixed up.
"""

load("@bazel_skylib//rules:copy_file.bzl", "copy_file")

visibility(["//python/...", "//tests/starlark/..."])

def is_label(source):
    """Says whether a source of a copy is a label, and not a path in the wheel.

    Args:
      source: (str) key of `copy_files`.

    Returns:
      (bool) whether it is.
    """
    return source.startswith(("@", "//", ":"))

def path_copies(copies):
    """Gives the copies of files of the wheel.

    Args:
      copies: (dict[str, str]) of `copy_files` or `copy_executables`.

    Returns:
      (dict[str, str]) those whose source is a path.
    """
    return {source: copy for source, copy in copies.items() if not is_label(source)}

def copy_label(source):
    """Gives the label of what is copied. The repository of a package has one package alone, so `//` means the user's workspace.

    Args:
      source: (str) key of `copy_files`.

    Returns:
      (str) a label for the package's BUILD file.
    """
    return "@@" + source if source.startswith("//") else source

def make_copies(copies, executable):
    """Makes a target for each copy.

    Args:
      copies: (dict[str, str]) label → path of the copy.
      executable: (bool) whether the copies can be run.
    """
    for source, copy in copies.items():
        copy_file(
            name = copy + ".copy",
            src = copy_label(source),
            out = copy,
            is_executable = executable,
        )
