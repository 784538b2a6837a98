"""What a build lock says of Rust: the table `crates`, and `rust` of an sdist (docs/contracts.md).

Phase: module extension (pure functions).
In: parsed JSON. Out: what is wrong with it; crates by their keys.
"""

visibility(["//python/...", "//tests/starlark/..."])

_SOURCES = ["registry+", "sparse+", "git+"]

def split_crate_key(key):
    """Splits the key of a crate.

    Args:
      key: (str) `NAME==VERSION` for the default registry, `NAME==VERSION (SOURCE)` for another source.

    Returns:
      (struct) `name`, `version`, `source` (empty for the default registry); None for what is no key.
    """
    text, _, source = key.partition(" (")
    name, found, version = text.partition("==")
    if not name or not found or not version or (source and not source.endswith(")")) or " " in text:
        return None
    return struct(name = name, source = source.removesuffix(")"), version = version)

def git_source(source):
    """Splits a source that is a commit of a git repository.

    Args:
      source: (str) as in Cargo.lock, such as `git+https://example.org/a?branch=main#COMMIT`.

    Returns:
      (struct) `url` and `commit`; None for another source.
    """
    if not source.startswith("git+"):
        return None
    address, _, commit = source.removeprefix("git+").rpartition("#")
    return struct(commit = commit, url = address.partition("?")[0])

def _hexadecimal(text, lengths):
    return type(text) == "string" and len(text) in lengths and not text.strip("0123456789abcdef")

def _crate_error(key, entry):
    crate = split_crate_key(key)
    if not crate:
        return "", "is not a key; expected NAME==VERSION, or NAME==VERSION (SOURCE)."
    if type(entry) != "dict":
        return "", "is a {}; expected an object.".format(type(entry))
    if not _hexadecimal(entry.get("sha256"), [64]):
        return ".sha256", "is {}; expected 64 lower-case hexadecimal digits.".format(repr(entry.get("sha256")))
    source = entry.get("source", "")
    if source != crate.source:
        return ".source", "is {}; expected {}, as in its key.".format(repr(source), repr(crate.source))
    if source and not [kind for kind in _SOURCES if source.startswith(kind)]:
        return ".source", "is {}; expected one that begins with {}.".format(repr(source), " or ".join(_SOURCES))
    git = git_source(source)
    if git and (not git.url or not _hexadecimal(git.commit, [40, 64])):
        return ".source", "is {}; expected a full commit at its end, 40 or 64 hexadecimal digits after '#'.".format(repr(source))
    return None

def crates_error(content):
    """Checks the table `crates`.

    Args:
      content: (dict) the build lock.

    Returns:
      (tuple) place and message; None if nothing is wrong.
    """
    table = content.get("crates", {})
    if type(table) != "dict":
        return "crates", "is a {}; expected an object.".format(type(table))
    for key, entry in table.items():
        found = _crate_error(key, entry)
        if found:
            return "crates[\"{}\"]{}".format(key, found[0]), found[1]
    return None

def _cargo_locks_error(locks):
    if type(locks) != "dict":
        return ".cargo_locks", "is a {}; expected an object.".format(type(locks))
    for place, lock in locks.items():
        if type(lock) != "dict" or type(lock.get("text")) != "string":
            return ".cargo_locks[\"{}\"]".format(place), "has no text; expected an object with sha256 and text."
    return None

def rust_error(entry, crates):
    """Checks `rust` of an sdist.

    Args:
      entry: (dict) the sdist.
      crates: (dict) the table `crates`, whose content is checked elsewhere.

    Returns:
      (tuple) field and message; None if nothing is wrong.
    """
    if "rust" not in entry:
        return None
    rust = entry["rust"]
    if type(rust) != "dict":
        return ".rust", "is a {}; expected an object.".format(type(rust))
    keys = rust.get("crates", [])
    if type(keys) != "list" or [key for key in keys if type(key) != "string"]:
        return ".rust.crates", "is {}; expected a list of strings.".format(repr(keys))
    for index, key in enumerate(keys):
        if type(crates) != "dict" or key not in crates:
            return ".rust.crates[{}]".format(index), "names {}, which is not in \"crates\" of this file.".format(repr(key))
    found = _cargo_locks_error(rust.get("cargo_locks", {}))
    return (".rust" + found[0], found[1]) if found else None
