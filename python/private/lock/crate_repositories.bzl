"""From the crates of a build lock to repositories: one for each archive. All sdists of all hubs that need a crate share it.

Phase: module extension, or repository (WORKSPACE) (pure functions).
In: a build lock. Out: labels of the crates of an sdist, and the attributes of their repositories.
"""

load("//python/private/spec:names.bzl", "repository_name")
load(":crate_entries.bzl", "git_source", "split_crate_key")

visibility(["//python/...", "//tests/starlark/..."])

# So much of a digest or commit stands in the name of a repository. What is behind a name never changes.
_DIGITS = 12

def _git_attributes(git):
    name = git.url.rstrip("/").split("/")[-1].removesuffix(".git") or "crate"
    return {
        "commit": git.commit,
        "crate": name,
        "url": git.url,
        "version": git.commit,
    }

def crate_repository(key, entry, where):
    """Gives the attributes of the repository of one crate, or of one commit that has several.

    Args:
      key: (str) the crate's key in the build lock.
      entry: (dict) its entry.
      where: (str) the build lock, for messages.

    Returns:
      (dict) attributes of the rule `crate`, without those that say where to fetch.
    """
    crate = split_crate_key(key)
    git = git_source(crate.source)
    attributes = _git_attributes(git) if git else {"crate": crate.name, "version": crate.version}
    if crate.source and not git:
        attributes["registry"] = crate.source
    return attributes | {
        "file": "{}-{}.{}".format(attributes["crate"], attributes["version"], "tar.gz" if git else "crate"),
        "name": repository_name("reprowheel_crate", attributes["crate"], attributes["version"][:_DIGITS] if git else crate.version, entry["sha256"][:_DIGITS]),
        "sha256": entry["sha256"],
        "where": "{}: crates[\"{}\"]".format(where, key),
    }

def crate_label(attributes):
    """Gives the label of a crate's archive, as BUILD files of spokes write it.

    Args:
      attributes: (dict) from `crate_repository`.

    Returns:
      (str) the label.
    """
    return "@{name}//:{file}".format(**attributes)

def crates_of_sdist(build_lock, entry, where):
    """Gives the repositories of the crates that an sdist needs.

    Args:
      build_lock: (struct) from `parse_build_lock`, without error.
      entry: (dict) the sdist's entry there; None for none.
      where: (str) the build lock, for messages.

    Returns:
      (list[dict]) as `crate_repository`, one for each archive.
    """
    found = {}
    for key in ((entry or {}).get("rust") or {}).get("crates", []):
        attributes = crate_repository(key, build_lock.crates[key], where)
        found.setdefault(attributes["name"], attributes)
    return found.values()

def merge_crates(crates, more):
    """Joins the repositories of crates of several variants and hubs. A crate may be asked for by each of them, and is made once.

    Args:
      crates: (dict) name to attributes; it is changed.
      more: (list[dict]) attributes, with those that say where to fetch.
    """
    for attributes in more:
        known = crates.setdefault(attributes["name"], attributes)
        indexes = known.get("crate_indexes", [])
        indexes = indexes + [index for index in attributes.get("crate_indexes", []) if index not in indexes]
        crates[attributes["name"]] = attributes | known | ({"crate_indexes": indexes} if indexes else {})
