"""A locked distribution: the struct that every lock format is read into.

Phase: any (pure functions).
In: the content of a line or a table of a lock. Out: structs that plans, repositories and tests share.
"""

visibility(["//python/...", "//tests/starlark/..."])

def locked_file(filename, sha256, url = ""):
    """Makes one exact file that a lock lists.

    Args:
      filename: (str) name of the wheel or sdist, without a folder.
      sha256: (str) 64 lower-case hexadecimal digits.
      url: (str) `https:` or `file:` address, or a path relative to the lock; empty if the lock names none.

    Returns:
      (struct) the same three fields.
    """
    return struct(filename = filename, sha256 = sha256, url = url)

def locked_distribution(
        *,
        name,
        where,
        version = "",
        extras = [],
        marker = "",
        hashes = [],
        source = "index",
        url = "",
        commit = "",
        subdirectory = "",
        path = "",
        files = [],
        index_url = "",
        requires_dist = None,
        via = [],
        config_settings = {},
        global_options = [],
        build_options = [],
        requires_python = ""):
    """Makes a locked distribution. All fields are plain values, so the struct can be written as JSON.

    Args:
      name: (str) normalized (PEP 503).
      where: (str) place for messages, such as `requirements.txt:12` or `uv.lock: package[3]`.
      version: (str) as the lock spells it; empty only for sources whose version the lock does not say.
      extras: (list[str]) normalized, sorted.
      marker: (str) PEP 508 text, empty for none.
      hashes: (list[str]) sha256 of every file that may be taken; empty only for `git` and `path`.
      source: (str) `index`, `url`, `git` or `path`.
      url: (str) address of the archive (`url`) or of the repository (`git`).
      commit: (str) full commit, 40 or 64 hexadecimal digits (`git`).
      subdirectory: (str) folder of the project in the archive or repository.
      path: (str) archive or folder, relative to the workspace (`path`).
      files: (list[struct]) from `locked_file`, where the lock lists exact files.
      index_url: (str) the only index this distribution may come from; empty for any.
      requires_dist: (list[str]) PEP 508 edges that the lock knows; None where it knows none.
      via: (list[str]) normalized names that the lock's comments give as requiring this one; only for finding cycles.
      config_settings: (dict[str, list[str]]) PEP 517 config settings that the lock gives for this distribution.
      global_options: (list[str]) options for `setup.py` before its command.
      build_options: (list[str]) options for its command `bdist_wheel`.
      requires_python: (str) version specifier of the Pythons that it is for; empty if the lock does not say.

    Returns:
      (struct) the same fields.
    """
    return struct(
        build_options = build_options,
        commit = commit,
        config_settings = config_settings,
        extras = extras,
        files = files,
        global_options = global_options,
        hashes = hashes,
        index_url = index_url,
        marker = marker,
        name = name,
        path = path,
        requires_dist = requires_dist,
        requires_python = requires_python,
        source = source,
        subdirectory = subdirectory,
        url = url,
        version = version,
        via = via,
        where = where,
    )

def parsed_lock(
        *,
        entries = [],
        error = "",
        index_url = "",
        extra_index_urls = [],
        no_binary = [],
        only_binary = [],
        requires_python = "",
        environments = [],
        choices = {},
        exact_edges = False):
    """Makes what every parser of a lock returns.

    Args:
      entries: (list[struct]) from `locked_distribution`, in the order of the lock.
      error: (str) the first error, with file and line or dotted place; empty for none.
      index_url: (str) index that the lock itself names; empty for none.
      extra_index_urls: (list[str]) further indexes that the lock names.
      no_binary: (list[str]) normalized names, or `:all:`, that are built from source.
      only_binary: (list[str]) normalized names, or `:all:`, that are taken as wheels and never built.
      requires_python: (str) version specifier of the Pythons that the lock is for; empty for any.
      environments: (list[str]) markers, one of which holds wherever the lock may be used; empty for anywhere.
      choices: (dict[str, list[struct]]) dependency group or extra to what is locked with it, instead of `entries` (uv.lock).
      exact_edges: (bool) whether a distribution needs what the lock says and nothing else, whatever its metadata says (uv.lock).

    Returns:
      (struct) the same fields.
    """
    return struct(
        choices = choices,
        entries = entries,
        environments = environments,
        error = error,
        exact_edges = exact_edges,
        extra_index_urls = extra_index_urls,
        index_url = index_url,
        no_binary = no_binary,
        only_binary = only_binary,
        requires_python = requires_python,
    )
