"""Normalizes names of distributions and extras; writes names of repositories and locks.

Phase: any (pure functions).
In: a name as people write it, or a label. Out: the normalized name, which is the key everywhere; the text of the label.
"""

visibility(["//python/...", "//tests/starlark/..."])

_WORD = "abcdefghijklmnopqrstuvwxyz0123456789"

def normalize_name(name):
    """Normalizes a distribution's or an extra's name as PEP 503 and PEP 685 say.

    Args:
      name: (str) for example `Foo_Bar` or `foo.bar`.

    Returns:
      (str) lower case, every run of `-`, `_` and `.` as one `-`.
    """
    result = name.lower().replace("_", "-").replace(".", "-")
    for _ in range(len(result)):
        if "--" not in result:
            break
        result = result.replace("--", "-")
    return result

def is_name(name):
    """Says whether a text is a valid distribution name (core metadata, field Name).

    Args:
      name: (str) the text.

    Returns:
      (bool) whether it consists of letters, digits, `.`, `-`, `_` and begins and ends with a letter or digit.
    """
    lower = name.lower()
    if not lower or lower[0] not in _WORD or lower[-1] not in _WORD:
        return False
    for char in lower.elems():
        if char not in _WORD and char not in "-_.":
            return False
    return True

def file_name_part(name):
    """Writes a name as in file names of sdists and wheels (PEP 427, PEP 625).

    Args:
      name: (str) any spelling.

    Returns:
      (str) the normalized name with `_` instead of `-`.
    """
    return normalize_name(name).replace("-", "_")

def repository_name(*parts):
    """Joins texts to the name of a repository.

    Args:
      *parts: (str) for example hub, name and version.

    Returns:
      (str) the parts joined by `_`, every character that is not a letter or a digit replaced by `_`.
    """
    return "_".join([
        "".join([char if char in _WORD else "_" for char in part.lower().elems()])
        for part in parts
    ])

def label_repository(label):
    """Gives the canonical name of a label's repository. The attribute for it depends on the version of Bazel.

    Args:
      label: (Label) any.

    Returns:
      (str) the name; empty for the main repository.
    """
    return label.workspace_name if hasattr(label, "workspace_name") else label.repo_name

def lock_label(label):
    """Writes the label of a lock file for messages.

    Args:
      label: (Label) the file.

    Returns:
      (str) its path in its repository; before it the repository, if that is not the main one.
    """
    path = "/".join([part for part in [label.package, label.name] if part])
    repository = label_repository(label)
    return "@{}//{}".format(repository, path) if repository else path
