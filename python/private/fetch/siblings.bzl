"""What the repositories of one hub (the spokes) read of each other while they are fetched.

Phase: repository.
In: labels of build requirements, as BUILD files write them. Out: what those repositories hold.
"""

visibility(["//python/...", "//tests/starlark/..."])

# The file in which each distribution's repository describes itself.
FACTS_FILE = "distribution.json"

def repository_prefix(canonical_name):
    """Gives the prefix that the canonical names of all repositories of one module extension share.

    Args:
      canonical_name: (str) of one of them, such as `_main~pip~pypi_foo_1_0` or `rules_x++pip+pypi_foo_1_0`.

    Returns:
      (str) for example `_main~pip~`; empty in WORKSPACE, where names have no prefix.
    """
    cut = max(canonical_name.rfind("~"), canonical_name.rfind("+"))
    return canonical_name[:cut + 1]

def canonical_label(canonical_name, label, file):
    """Gives the label of a file in another repository of the same hub.

    Args:
      canonical_name: (str) of this repository.
      label: (str) a label there as BUILD files of this hub write it, such as `@pypi_foo_1_0//:whl`.
      file: (str) the file.

    Returns:
      (str) a canonical label, which means the same in every repository.
    """
    name = label.partition("//")[0].lstrip("@")
    return "@@{}{}//:{}".format(repository_prefix(canonical_name), name, file)

def sibling_file(rctx, label, file):
    """Finds a file in another repository of the same hub. Bazel fetches that repository first, if need be.

    Args:
      rctx: the repository context.
      label: (str) a label there.
      file: (str) the file.

    Returns:
      (path) its place.
    """
    return rctx.path(Label(canonical_label(rctx.name, label, file)))

def read_sibling(rctx, label):
    """Reads what another repository of the same hub says of itself.

    Args:
      rctx: the repository context.
      label: (str) a label there.

    Returns:
      (struct) as `write_facts` was given.
    """
    facts = json.decode(rctx.read(sibling_file(rctx, label, FACTS_FILE)))
    return struct(**facts)

def write_facts(rctx, *, name, version, where, wheel = "", sdist = "", build_requirements = [], expected = "", settings = {}, patches = [], rust = None):
    """Writes what a repository holds.

    Args:
      rctx: the repository context.
      name: (str) normalized name.
      version: (str) version.
      where: (str) place in the lock.
      wheel: (str) file name of the wheel; empty if it is built in an action.
      sdist: (str) file name of the sdist; empty for a wheel that was fetched.
      build_requirements: (list[str]) labels of what builds it.
      expected: (str) JSON of the metadata that the wheel must have.
      settings: (dict) of pip.override.
      patches: (list[str]) labels of patches to the sdist.
      rust: (dict) of an sdist that uses Rust: `crates` (labels), `cargo_locks` (path to text); None for another.
    """
    rctx.file(FACTS_FILE, json.encode_indent({
        "build_requirements": build_requirements,
        "expected": expected,
        "name": name,
        "patches": patches,
        "rust": rust,
        "sdist": sdist,
        "settings": settings,
        "version": version,
        "wheel": wheel,
        "where": where,
    }) + "\n", executable = False)
