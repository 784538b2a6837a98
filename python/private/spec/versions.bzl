"""Version numbers (PEP 440): parsing, order, and the comparisons that markers need.

Phase: any (pure functions).
In: version texts. Out: keys that compare, or the answer of one comparison.
"""

visibility(["//python/...", "//tests/starlark/..."])

_DIGITS = "0123456789"
_PRE = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "pre": 2, "preview": 2, "rc": 2}
_POST = ["post", "rev", "r"]

# Stand for a missing part that sorts before, or after, all numbers.
_LOW = -1
_HIGH = 1000000000000

def _split(text):
    """Splits `1.0rc1.post2` into runs of digits (as int) and runs of letters. Separators are dropped."""
    parts = []
    run = ""
    for char in (text + ".").elems():
        separator = char in ".-_"
        if run and (separator or (run[-1] in _DIGITS) != (char in _DIGITS)):
            parts.append(int(run) if run[0] in _DIGITS else run)
            run = ""
        if not separator:
            run += char
    return parts

def _local_key(local):
    return [(1, part, "") if type(part) == "int" else (0, 0, part) for part in _split(local)]

def _take_number(parts):
    """Removes a leading number from parts. If there is none, it is 0."""
    return parts.pop(0) if parts and type(parts[0]) == "int" else 0

def _suffixes(parts):
    """Reads pre-release, post-release and development release from the parts after the release numbers."""
    found = {}
    for _ in range(len(parts)):
        if not parts:
            break
        word = parts.pop(0)
        if word in _PRE and "pre" not in found:
            found["pre"] = (_PRE[word], _take_number(parts))
        elif word in _POST and "post" not in found:
            found["post"] = _take_number(parts)
        elif word == "dev" and "dev" not in found:
            found["dev"] = _take_number(parts)
        elif type(word) == "int" and not found:
            found["post"] = word  # PEP 440, implicit post release: 1.0-1
        else:
            return None
    return found

def parse_version(text):
    """Parses a version.

    Args:
      text: (str) a version as PEP 440 allows it, in any spelling.

    Returns:
      (struct) `key` (list, compares in the order of PEP 440), `release` (list of int), `local` (str), `epoch` (int);
      None if the text is not a version.
    """
    text = text.strip().lower()
    if text.startswith("v"):
        text = text[1:]
    public, _, local = text.partition("+")
    epoch = "0"
    if "!" in public:
        epoch, _, public = public.partition("!")
    for char in public.elems():
        if char not in "abcdefghijklmnopqrstuvwxyz0123456789.-_":
            return None
    release_text = ""
    for char in public.elems():
        if char not in _DIGITS + ".":
            break
        release_text += char
    release_text = release_text.rstrip(".")
    numbers = release_text.split(".")
    if not epoch.isdigit() or [n for n in numbers if not n.isdigit()]:
        return None
    release = [int(number) for number in numbers]
    found = _suffixes(_split(public[len(release_text):]))
    if found == None:
        return None
    return struct(
        epoch = int(epoch),
        key = _key(int(epoch), release, found, local),
        local = local,
        release = release,
    )

def _key(epoch, release, found, local):
    """Builds the sort key: epoch, release without trailing zeros, pre, post, dev, local (PEP 440, summary of ordering)."""
    trimmed = list(release)
    for _ in range(len(release)):
        if trimmed and trimmed[-1] == 0:
            trimmed.pop()
    if "pre" in found:
        pre = found["pre"]
    elif "post" not in found and "dev" in found:
        pre = (_LOW, 0)
    else:
        pre = (_HIGH, 0)
    return [
        epoch,
        trimmed,
        pre,
        found.get("post", _LOW),
        found.get("dev", _HIGH),
        _local_key(local),
    ]

def _matches_prefix(version, prefix):
    wanted = prefix.release
    have = version.release + [0] * (len(wanted) - len(version.release))
    return version.epoch == prefix.epoch and have[:len(wanted)] == wanted

def _compatible(version, wanted):
    """Answers `~=`: at least the wanted version, with the same release numbers except the last."""
    prefix = struct(epoch = wanted.epoch, release = wanted.release[:-1])
    return version.key >= wanted.key and _matches_prefix(version, prefix)

def _is_early(version):
    """Says whether a version is a pre-release or a development release."""
    return version.key[2] != (_HIGH, 0) or version.key[4] != _HIGH

def _is_post(version):
    return version.key[3] != _LOW

def _leads_to(version, wanted):
    """Says whether a version is a pre-release of the wanted one. By PEP 440, `<1.0` excludes 1.0rc1."""
    if version.key[:2] != wanted.key[:2] or _is_early(wanted) or not _is_early(version):
        return False
    return not _is_post(wanted) or version.key[2:4] == wanted.key[2:4]

def _follows(version, wanted):
    """Says whether a version is a post-release of the wanted one. By PEP 440, `>1.0` excludes 1.0.post1."""
    if version.key[:2] != wanted.key[:2] or _is_post(wanted) or wanted.key[4] != _HIGH or not _is_post(version):
        return False
    return version.key[2] == wanted.key[2]

def compare_versions(left, operator, right):
    """Answers one version comparison.

    Args:
      left: (str) a version.
      operator: (str) one of `== != <= >= < > ~= ===`.
      right: (str) a version, for `==` and `!=` also with `.*` at its end.

    Returns:
      (bool) the answer; None if one of the texts is not a version, or the operator does not fit it.
    """
    if operator == "===":
        return left.lower() == right.lower()
    version = parse_version(left)
    wildcard = right.endswith(".*")
    wanted = parse_version(right[:-2] if wildcard else right)
    if version == None or wanted == None:
        return None
    if wildcard:
        if operator not in ["==", "!="]:
            return None
        return _matches_prefix(version, wanted) == (operator == "==")

    # PEP 440: the local version counts only if the right side has one, too.
    key = version.key if wanted.local else version.key[:-1]
    other = wanted.key if wanted.local else wanted.key[:-1]
    if operator == "==":
        return key == other
    if operator == "!=":
        return key != other
    if operator == "<=":
        return key <= other
    if operator == ">=":
        return key >= other
    if operator == "<":
        return key < other and not _leads_to(version, wanted)
    if operator == ">":
        return key > other and not _follows(version, wanted)
    if operator == "~=" and len(wanted.release) > 1:
        return _compatible(version, wanted)
    return None

def version_matches(version, specifier):
    """Answers a version specifier.

    Args:
      version: (str) a version.
      specifier: (str) comparisons separated by commas, such as `>=3.9,<4`; empty for any version.

    Returns:
      (bool) whether all of them hold; None if one of them is not a comparison.
    """
    answer = True
    for part in specifier.split(","):
        part = part.strip()
        operator = ([found for found in ["===", "==", "!=", "<=", ">=", "~=", "<", ">"] if part.startswith(found)] + [""])[0]
        if not part:
            continue
        holds = compare_versions(version, operator, part[len(operator):].strip()) if operator else None
        if holds == None:
            return None
        answer = answer and holds
    return answer
