"""Says which name was meant by one that nothing has.

Phase: any (pure functions).
In: a name, and the names that there are. Out: the end of a message.
"""

load(":names.bzl", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

# So many names a message lists at most, as suggestions and as all that there are.
_SUGGESTIONS = 3
_LISTED = 5

# A shorter text is a part of many names by chance.
_SHORTEST_PART = 3

def edit_distance(left, right):
    """Counts the edits between two texts: a letter more, less or another, or two neighbours swapped.

    Args:
      left: (str) a text.
      right: (str) another.

    Returns:
      (int) the smallest number of edits.
    """
    before, last = [], list(range(len(right) + 1))
    for row in range(len(left)):
        line = [row + 1]
        for column in range(len(right)):
            same = left[row] == right[column]
            best = min(last[column + 1] + 1, line[column] + 1, last[column] + (0 if same else 1))
            if row and column and left[row] == right[column - 1] and left[row - 1] == right[column]:
                best = min(best, before[column - 1] + 1)
            line.append(best)
        before, last = last, line
    return last[-1]

def _is_part(left, right):
    short, long = (left, right) if len(left) < len(right) else (right, left)
    return len(short) >= _SHORTEST_PART and short in long

def nearest_names(name, known):
    """Finds the names that may have been meant.

    Args:
      name: (str) what was written.
      known: (iterable[str]) the names that there are.

    Returns:
      (list[str]) at most three, the nearest first: those a few letters away (a third of the name); if there are none, those that
      contain the name or are a part of it.
    """
    wanted = normalize_name(name)
    most = (len(wanted) + 1) // 3
    found, parts = [], []
    for other in known:
        candidate = normalize_name(other)
        far = len(candidate) - len(wanted)
        distance = edit_distance(wanted, candidate) if far <= most and -far <= most else most + 1
        if distance <= most:
            found.append((distance, other))
        elif _is_part(wanted, candidate):
            parts.append((max(far, -far), other))

    # What is much farther away than the nearest was not meant.
    best = min([distance for distance, _ in found]) if found else 0
    found = [item for item in found if item[0] <= best + (1 if best else 0)] or parts
    return [other for _, other in sorted(found)][:_SUGGESTIONS]

def did_you_mean(name, known, what):
    """Ends a message about a name that nothing has. It never lists more than a few names.

    Args:
      name: (str) what was written.
      known: (iterable[str]) the names that there are.
      what: (str) what they are, such as `packages of requirements.txt`.

    Returns:
      (str) such as `did you mean 'requests'?`, `expected one of the packages of requirements.txt: a, b.`.
    """
    known = sorted(known)
    near = ["'{}'".format(other) for other in nearest_names(str(name), known)]
    if near:
        return "did you mean {}?".format(" or ".join([", ".join(near[:-1]), near[-1]] if near[1:] else near))
    if not known:
        return "there are no {}.".format(what)
    if len(known) > _LISTED:
        return "expected one of the {} {}.".format(len(known), what)
    return "expected one of the {}: {}.".format(what, ", ".join(known))
