"""Constraints (`-c`). They never add a distribution. The lock must not contradict them.

Phase: any (pure functions).
In: lines of constraints files, and locked distributions. Out: constraints, or the first contradiction.
"""

load("//python/private/spec:archive_names.bzl", "shown_url")
load("//python/private/spec:names.bzl", "is_name", "normalize_name")
load("//python/private/spec:versions.bzl", "version_matches")

visibility(["//python/...", "//tests/starlark/..."])

_OPERATORS = "<>=!~"

def parse_constraint(text, marker, hashes, where):
    """Parses one line of a constraints file.

    Args:
      text: (str) the line without marker and options, such as `foo<2`.
      marker: (str) its marker, or empty.
      hashes: (dict[str, list[str]]) algorithm to digests.
      where: (str) file and line.

    Returns:
      (tuple) struct of `name`, `specifier`, `url`, `marker`, `hashes`, `where`, or None; error or empty.
    """
    left, at, url = text.partition("@")
    name = left.strip()
    specifier = ""
    if not at:
        name = text.strip("() ")
        for index in range(len(text)):
            if text[index] in _OPERATORS + "(":
                name = text[:index].strip()
                specifier = text[index:].strip("() ")
                break
    if "[" in name:
        return None, "'{}' has extras, which a constraint cannot have. To fix: remove them.".format(text)
    if not is_name(name):
        return None, "'{}' is not a constraint; expected a name and versions, such as name<2.".format(text)
    if specifier and version_matches("0", specifier) == None:
        return None, "'{}' is not a version specifier (PEP 440).".format(specifier)
    return struct(
        hashes = hashes.get("sha256", []),
        marker = marker,
        name = normalize_name(name),
        specifier = specifier,
        url = url.strip(),
        where = where,
    ), ""

def _same_url(constraint, entry):
    address = constraint.url.partition("#")[0]
    if entry.source == "git":
        return address.rpartition("@")[0] == "git+" + entry.url and address.rpartition("@")[2] == entry.commit
    return address == entry.url

def constraint_error(constraint, entry):
    """Compares a locked distribution with a constraint.

    Args:
      constraint: (struct) from `parse_constraint`.
      entry: (struct) from `locked_distribution`, of the same name.

    Returns:
      (str) the contradiction, or empty. A constraint with a marker is compared only with lines that have the same one.
    """
    if constraint.marker and constraint.marker != entry.marker:
        return ""
    wanted = ""
    if constraint.url and not _same_url(constraint, entry):
        wanted = "@ " + shown_url(constraint.url)
    elif constraint.specifier and entry.version and not version_matches(entry.version, constraint.specifier):
        wanted = constraint.specifier
    elif constraint.hashes and entry.hashes and not [digest for digest in entry.hashes if digest in constraint.hashes]:
        wanted = "with another sha256"
    if not wanted:
        return ""
    return "{}: {}{} contradicts the constraint {} {} of {}. To fix: lock again with that constraint, or remove it.".format(
        entry.where,
        entry.name,
        "==" + entry.version if entry.version else " @ " + (shown_url(entry.url) or entry.path),
        entry.name,
        wanted,
        constraint.where,
    )

def unpinned_hint(constraints, name):
    """Says which constraint looks like the missing pin of a name.

    Args:
      constraints: (list[struct]) from `parse_constraint`.
      name: (str) normalized.

    Returns:
      (str) a sentence, or empty.
    """
    for constraint in constraints:
        if constraint.name == name and constraint.specifier.startswith("==") and "," not in constraint.specifier:
            return " The constraint {}{} of {} is not a pin of this line: write {}{} here.".format(
                name,
                constraint.specifier,
                constraint.where,
                name,
                constraint.specifier,
            )
    return ""
