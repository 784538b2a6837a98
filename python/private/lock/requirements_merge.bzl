"""Merges lines of requirements files that lock the same package.

Phase: any (pure functions).
In: locked distributions, one after the other. Out: one for each version, or the contradiction.
"""

load("//python/private/spec:archive_names.bzl", "shown_url")
load("//python/private/spec:versions.bzl", "parse_version")
load(":locked.bzl", "locked_distribution")

visibility(["//python/...", "//tests/starlark/..."])

_SAME = ["commit", "path", "source", "subdirectory", "url"]

def _is_same(entry, other):
    """Says whether two lines lock the same distribution. Versions may be spelled differently."""
    for field in _SAME:
        if getattr(entry, field) != getattr(other, field):
            return False
    if entry.version == other.version:
        return True
    versions = [parse_version(item.version) if item.version else None for item in [entry, other]]
    return None not in versions and versions[0].key == versions[1].key

def _either(left, right):
    if not left or not right or left == right:
        return left if left == right else ""
    return "({}) or ({})".format(left, right)

def _joined(options, others):
    return options + [option for option in others if option not in options]

def _merged(entry, other):
    """Merges two lines. As in pip, only the hashes that both lines have remain."""
    hashes = [digest for digest in entry.hashes if digest in other.hashes or not other.hashes]
    return locked_distribution(
        build_options = _joined(entry.build_options, other.build_options),
        commit = entry.commit,
        config_settings = entry.config_settings | other.config_settings,
        extras = sorted({extra: None for extra in entry.extras + other.extras}),
        global_options = _joined(entry.global_options, other.global_options),
        hashes = hashes if entry.hashes else other.hashes,
        marker = _either(entry.marker, other.marker),
        name = entry.name,
        path = entry.path,
        source = entry.source,
        subdirectory = entry.subdirectory,
        url = entry.url,
        version = entry.version,
        via = sorted({name: None for name in entry.via + other.via}),
        where = entry.where,
    )

def add_entry(entries, entry):
    """Adds a distribution. If it is already locked, both lines are merged.

    Args:
      entries: (dict[str, list[struct]]) name to distributions, changed in place.
      entry: (struct) the new one.

    Returns:
      (str) an error, or empty.
    """
    same_name = entries.setdefault(entry.name, [])
    for index, other in enumerate(same_name):
        if _is_same(entry, other):
            merged = _merged(other, entry)
            if other.hashes and not merged.hashes:
                return ("{} is locked in {}, too, and no sha256 is in both lines. " +
                        "To fix: lock both files together, or remove one line.").format(entry.name, other.where)
            same_name[index] = merged
            return ""
    same_name.append(entry)
    return ""

def duplicate_error(entries):
    """Finds names that are locked more than once although a marker is missing.

    Args:
      entries: (dict[str, list[struct]]) name to distributions.

    Returns:
      (str) an error, or empty.
    """
    for same_name in entries.values():
        for entry in same_name[1:]:
            other = same_name[0]
            if not entry.marker or not other.marker:
                return "{}: {} is locked again, after {} in {}; expected one line per package. ".format(
                    entry.where,
                    _shown(entry),
                    _shown(other),
                    other.where,
                ) + "To fix: remove one, or give both different versions and markers that exclude each other."
    return ""

def _shown(entry):
    return "{}=={}".format(entry.name, entry.version) if entry.version else "{} @ {}".format(
        entry.name,
        shown_url(entry.url) + ("@" + entry.commit if entry.commit else "") or entry.path,
    )
