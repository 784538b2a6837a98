"""Globs as Bazel writes them, for files that are known only in the repository phase.

Phase: repository (pure functions).
In: globs and a path. Out: whether one of them matches.
"""

visibility(["//python/...", "//tests/starlark/..."])

def _part_matches(pattern, part):
    """Compares one name of a path with one part of a glob, where `*` stands for any letters."""
    pieces = pattern.split("*")
    if len(pieces) == 1:
        return pattern == part
    if len(part) < len(pieces[0]) + len(pieces[-1]) or not part.startswith(pieces[0]) or not part.endswith(pieces[-1]):
        return False
    at, end = len(pieces[0]), len(part) - len(pieces[-1])
    for piece in pieces[1:-1]:
        found = part.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True

def glob_matches(glob, path):
    """Says whether a glob matches a path: `*` within one folder, `**` across folders.

    Args:
      glob: (str) such as `site-packages/**/*.csv`.
      path: (str) relative, with slashes.

    Returns:
      (bool) whether it does.
    """
    parts = path.split("/")
    places = [0]  # how many parts of the path may be used up
    patterns = glob.split("/")
    for index, pattern in enumerate(patterns):
        if not places:
            return False
        if pattern == "**":
            if index == len(patterns) - 1:
                return places[0] < len(parts)
            places = range(places[0], len(parts))
        else:
            places = [at + 1 for at in places if at < len(parts) and _part_matches(pattern, parts[at])]
    return len(parts) in places

def any_glob_matches(globs, path):
    """Says whether one of several globs matches.

    Args:
      globs: (list[str]) globs.
      path: (str) relative, with slashes.

    Returns:
      (bool) whether one does.
    """
    for glob in globs:
        if glob_matches(glob, path):
            return True
    return False
