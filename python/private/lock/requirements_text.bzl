"""The text of requirements files: logical lines, comments, variables, words and paths, as pip reads them.

Phase: any (pure functions).
In: a file's text. Out: lines without comments, with the number of their first physical line.
"""

load("//python/private/spec:names.bzl", "is_name", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

# Bazel reads files as Latin-1: each byte is one character.
_BYTE_ORDER_MARK = "\357\273\277"
_VARIABLE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

def _comment_start(line):
    """Finds `#` at the beginning or after white space; -1 for none."""
    at = 0
    for part in line.split("#")[:-1]:
        at += len(part)
        if at == 0 or line[at - 1].isspace():
            return at
        at += 1
    return -1

def _is_comment(line):
    return line.strip().startswith("#")

def logical_lines(text):
    """Joins lines that end in a backslash, and separates comments, as pip does.

    Args:
      text: (str) a requirements file.

    Returns:
      (list[struct]) `number` (int, of the first physical line), `text` (str, empty for a line that is only a comment
      or blank), `comment` (str, from `#` on, or empty).
    """
    result = []
    pending = ""
    first = 0
    text = text.removeprefix(_BYTE_ORDER_MARK)
    for index, line in enumerate((text.replace("\r\n", "\n").replace("\r", "\n") + "\n").split("\n")):
        continued = bool(pending)
        first = first if continued else index + 1
        if line.rstrip().endswith("\\") and not _is_comment(line):
            pending += line.rstrip().rstrip("\\")
            continue
        whole = pending + (" " if _is_comment(line) else "") + line
        pending = ""
        start = _comment_start(whole)
        comment = whole[start:].strip() if start >= 0 else ""
        result.append(struct(
            comment = comment,
            number = first,
            text = (whole[:start] if start >= 0 else whole).strip(),
        ))
    return result

def expand_variables(text, getenv):
    """Replaces `${NAME}` by the value of the environment variable. A name that is not set, or not in upper case, stays.

    Args:
      text: (str) a line.
      getenv: (callable) name to value or None.

    Returns:
      (str) the line.
    """
    parts = text.split("${")
    result = parts[0]
    for part in parts[1:]:
        name, end, rest = part.partition("}")
        known = end and name and not name.strip(_VARIABLE)
        value = getenv(name) if known else None
        result += value + rest if value else "${" + part
    return result

def plain_words(text):
    """Splits a text at white space.

    Args:
      text: (str) anything.

    Returns:
      (list[str]) the words.
    """
    return [word for word in text.replace("\t", " ").split(" ") if word]

def shell_words(text):
    """Splits a text into words as a POSIX shell does.

    Args:
      text: (str) with quotes and backslashes.

    Returns:
      (list[str]) the words; None if a quote does not end.
    """
    if not ("'" in text or "\"" in text or "\\" in text):
        return plain_words(text)
    words = []
    word = None
    quote = ""
    escaped = False
    for char in text.elems():
        if escaped:
            word = (word or "") + ("\\" if quote == "\"" and char not in "\"\\" else "") + char
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            if char == quote:
                quote = ""
            else:
                word += char
        elif char in "'\"":
            quote = char
            word = word or ""
        elif char.isspace():
            if word != None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
    if quote or escaped:
        return None
    return words + ([word] if word != None else [])

def join_path(base, relative):
    """Resolves a path that a lock names.

    Args:
      base: (str) the lock, such as `dir/requirements.txt` or `@repo//dir/requirements.txt`.
      relative: (str) relative to the lock's folder, with `/`.

    Returns:
      (str) the path in the same repository, empty for its root; None for one outside of it.
    """
    repository, mark, path = base.rpartition("//")
    parts = path.split("/")[:-1]
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ["", "."]:
            parts.append(part)
    return repository + mark + "/".join(parts)

def _via_names(text):
    names = []
    for part in text.split(","):
        word = part.strip().partition("[")[0]
        if is_name(word):
            names.append(normalize_name(word))
    return names

def via_names(comments):
    """Reads `# via` comments: on one line, or with one line for each name.

    Args:
      comments: (list[str]) the comments that belong to one requirement, in their order, each from its `#` on.

    Returns:
      (list[str]) normalized names, sorted; files and options in the comments are left out.
    """
    names = {}
    listing = False
    for comment in comments:
        text = comment.lstrip("#")
        word = text.strip()
        if word == "via" or word.startswith("via "):
            listing = True
            word = word[len("via"):]
        elif not listing or not text.startswith("  "):
            listing = False
            continue
        names.update({name: None for name in _via_names(word)})
    return sorted(names)
