"""Parses unified diffs as the helper's `patches/parse.py` does: what is not understood is an error, with its line.

Phase: repository (pure functions).
In: a patch's text, one character for each byte. Out: the changes of each file; or an error.
"""

visibility(["//python/...", "//tests/starlark/..."])

_NULL = "/dev/null"
_NO_NEWLINE = "\\ "
_SIGNATURES = ["-- ", "--"]
_MODES = {"100644": False, "100755": True}
_MODE_HEADERS = ("old mode ", "new mode ", "deleted file mode ", "new file mode ")
_NAME_HEADERS = ("rename from ", "rename to ", "copy from ", "copy to ")
_IGNORED_HEADERS = ("similarity index ", "dissimilarity index ", "index ")
_BINARY_HEADERS = ("GIT binary patch", "Binary files ")
_ESCAPES = {"\"": "\"", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

# All bytes in their order. Bazel has no `chr`.
BYTES = "".join([
    "\000\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\021\022\023\024\025\026\027\030\031\032\033\034\035\036\037",
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\177",
    "\200\201\202\203\204\205\206\207\210\211\212\213\214\215\216\217\220\221\222\223\224\225\226\227\230\231\232\233\234\235\236\237",
    "\240\241\242\243\244\245\246\247\250\251\252\253\254\255\256\257\260\261\262\263\264\265\266\267\270\271\272\273\274\275\276\277",
    "\300\301\302\303\304\305\306\307\310\311\312\313\314\315\316\317\320\321\322\323\324\325\326\327\330\331\332\333\334\335\336\337",
    "\340\341\342\343\344\345\346\347\350\351\352\353\354\355\356\357\360\361\362\363\364\365\366\367\370\371\372\373\374\375\376\377",
])

def split_lines(text):
    """Splits into lines with their line ends. Only LF ends a line; CR is part of it.

    Args:
      text: (str) content of a file.

    Returns:
      (list[str]) lines.
    """
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])

def _bare(line):
    return line.rstrip("\r\n")

def _counts(text):
    """Reads `12` or `12,3` of a hunk's header: [start, count]; None for something else."""
    start, comma, count = text.partition(",")
    if not start.isdigit() or (comma and not count.isdigit()):
        return None
    return [int(start), int(count) if comma else 1]

def hunk_header(line):
    """Reads the header of a hunk.

    Args:
      line: (str) a line.

    Returns:
      (list[list[int]]) start and count of both sides; None for another line.
    """
    if not line.startswith("@@ -"):
        return None
    old, _, rest = line[len("@@ -"):].partition(" +")
    new, end, _ = rest.partition(" @@")
    sides = [_counts(old), _counts(new)]
    return sides if end and None not in sides else None

def _fail(state, problem):
    if not state["error"]:
        state["error"] = "{}:{}: {}".format(state["name"], state["at"] + 1, problem)

def _is_header(state):
    lines, at = state["lines"], state["at"]
    return at + 1 < len(lines) and lines[at].startswith("--- ") and lines[at + 1].startswith("+++ ")

def _unquote(state, text):
    """Reads a quoted name at the beginning of a text; returns (name, rest)."""
    result, skip = "", 0
    for index in range(1, len(text)):
        if skip:
            skip -= 1
            continue
        char = text[index]
        if char == "\"":
            return result, text[index + 1:]
        if char == "\\" and index + 1 < len(text):
            digits = text[index + 1:index + 4]
            if len(digits) == 3 and digits.isdigit() and "8" not in digits and "9" not in digits:
                result, skip = result + BYTES[int(digits, 8) % 256], 3
            else:
                result, skip = result + _ESCAPES.get(text[index + 1], text[index + 1]), 1
        else:
            result += char
    _fail(state, "a quoted name without an end")
    return "", ""

def _is_absent(text):
    """Says whether a header line has the time 0, by which `diff -N` marks a missing file."""
    _, tab, when = text.rpartition("\t")
    day, _, rest = when.partition(" ")
    clock, _, zone = rest.partition(" ")
    return (bool(tab) and day in ["1970-01-01", "1969-12-31"] and bool(clock.strip("0123456789:.") == "" and clock) and
            len(zone) == 5 and zone[0] in "+-" and zone[1:].isdigit())

def _names(state, diff):
    """Reads the two lines that name the files."""
    diff["crlf"] = state["lines"][state["at"]].endswith("\r\n")
    names, absent = [], []
    for _ in range(2):
        text = _bare(state["lines"][state["at"]])[4:]
        absent.append(_is_absent(text))
        path = _unquote(state, text)[0] if text.startswith("\"") else text.partition("\t")[0]
        names.append(None if path.strip() == _NULL else path)
        state["at"] += 1
    if not diff["git"]:
        diff["old"], diff["new"] = names
        diff["created"], diff["deleted"] = names[0] == None or absent[0], names[1] == None or absent[1]
    if names == [None, None]:
        _fail(state, "a file header that names no file")

def _diff(state, git, old = None, new = None):
    return {
        "copied": False,
        "created": False,
        "crlf": False,
        "deleted": False,
        "executable": None,
        "git": git,
        "hunks": [],
        "line": state["at"] + 1,
        "new": new,
        "old": old,
        "renamed": False,
    }

def _plain_diff(state):
    diff = _diff(state, False)
    _names(state, diff)
    _read_hunks(state, diff)
    if not diff["hunks"]:
        _fail(state, "a file header without a hunk")
    return diff

def _git_names(state, text):
    """Splits `a/name b/name`. With blanks in names, this only works if both are equal behind the prefix."""
    if text.startswith("\""):
        first, rest = _unquote(state, text)
        rest = rest[1:]
        return first, (_unquote(state, rest)[0] if rest.startswith("\"") else rest)
    if text.endswith("\""):
        first, _, rest = text.partition(" \"")
        return first, _unquote(state, "\"" + rest)[0]
    if text.count(" ") == 1:
        first, _, rest = text.partition(" ")
        return first, rest
    half = len(text) // 2
    first, blank, rest = text[:half], text[half:half + 1], text[half + 1:]
    behind = first.partition("/")[2]
    if blank == " " and (first == rest or (behind and behind == rest.partition("/")[2])):
        return first, rest
    return None, None

def _mode(state, diff, text):
    kind, _, mode = text.rpartition(" ")
    if mode not in _MODES:
        _fail(state, "mode {}: a link or a submodule; expected a file (100644 or 100755)".format(mode))
        return
    diff["created"] = diff["created"] or kind == "new file mode"
    diff["deleted"] = diff["deleted"] or kind == "deleted file mode"
    if kind.startswith("new"):
        diff["executable"] = _MODES[mode]

def _rename(state, diff, text):
    kind, side, path = text.split(" ", 2)
    path = _unquote(state, path)[0] if path.startswith("\"") else path
    diff["renamed"] = diff["renamed"] or kind == "rename"
    diff["copied"] = diff["copied"] or kind == "copy"

    # These names have no prefix like a/; add one, so that they are stripped like all others.
    key = "old" if side == "from" else "new"
    prefix = diff[key] or "x/"
    diff[key] = (prefix.partition("/")[0] + "/" if prefix.removesuffix(path) else "") + path

def _git_diff(state):
    lines = state["lines"]
    old, new = _git_names(state, _bare(lines[state["at"]])[len("diff --git "):])
    diff = _diff(state, True, old, new)
    diff["crlf"] = lines[state["at"]].endswith("\r\n")
    state["at"] += 1
    for _ in range(len(lines)):
        if state["at"] >= len(lines) or state["error"]:
            break
        text = _bare(lines[state["at"]])
        if text.startswith(_MODE_HEADERS):
            _mode(state, diff, text)
        elif text.startswith(_NAME_HEADERS):
            _rename(state, diff, text)
        elif text.startswith(_BINARY_HEADERS):
            _fail(state, "a binary diff; expected a text diff")
        elif not text.startswith(_IGNORED_HEADERS):
            break
        state["at"] += 1
    if not state["error"] and _is_header(state):
        _names(state, diff)
        _read_hunks(state, diff)
    if not (diff["hunks"] or diff["created"] or diff["deleted"] or diff["renamed"] or diff["copied"] or diff["executable"] != None):
        _fail(state, "the diff of '{}' changes nothing".format(new))
    if diff["old"] == None or diff["new"] == None:
        _fail(state, "a `diff --git` line whose names cannot be told apart")
    return diff

def _read_hunks(state, diff):
    for _ in range(len(state["lines"])):
        if state["error"] or state["at"] >= len(state["lines"]) or not hunk_header(state["lines"][state["at"]]):
            break
        _hunk(state, diff)
        _refuse_uncounted(state)

def _hunk(state, diff):
    """Reads one hunk, with as many lines as its header counts."""
    lines = state["lines"]
    sides = hunk_header(lines[state["at"]])
    line = state["at"] + 1
    left = [sides[0][1], sides[1][1]]
    contents = [[], []]
    state["at"] += 1
    for _ in range(left[0] + left[1]):
        if left == [0, 0]:
            break
        if state["at"] >= len(lines):
            _fail(state, "the patch ends inside the hunk of line {}".format(line))
            return
        content = lines[state["at"]]
        empty = not _bare(content)  # an editor may have removed the blank of an empty line
        body = content if empty else content[1:]
        on = {" ": [0, 1], "+": [1], "-": [0]}.get(" " if empty else content[0])
        if on == None or [side for side in on if left[side] == 0]:
            _fail(state, "a line that does not belong to the hunk of line {}, by the counts of its header".format(line))
            return
        state["at"] += 1
        if state["at"] < len(lines) and lines[state["at"]].startswith(_NO_NEWLINE):
            body = body.rstrip("\n").removesuffix("\r") if diff["crlf"] else body.rstrip("\n")
            state["at"] += 1
        for side in on:
            contents[side].append(body)
            left[side] -= 1
    diff["hunks"].append(struct(line = line, new = contents[1], number = len(diff["hunks"]) + 1, old = contents[0], start = sides[0][0]))

def _refuse_uncounted(state):
    """Fails if more lines follow than the header of the hunk counts, because they would be lost."""
    if state["error"] or state["at"] >= len(state["lines"]):
        return
    line = state["lines"][state["at"]]
    if _bare(line) not in _SIGNATURES and not _is_header(state) and line[:1] in ["+", "-", " "]:
        _fail(state, "a line that no hunk counts; the header of the hunk before it is wrong")

def parse_patch(text, name):
    """Reads a patch.

    Args:
      text: (str) its content.
      name: (str) its file name, for messages.

    Returns:
      (tuple[list[dict], str]) the diff of each file; message or empty.
    """
    state = {"at": 0, "error": "", "lines": split_lines(text), "name": name}
    diffs = []
    for _ in range(len(state["lines"])):
        if state["at"] >= len(state["lines"]) or state["error"]:
            break
        line = state["lines"][state["at"]]
        if line.startswith("diff --git "):
            diffs.append(_git_diff(state))
        elif _is_header(state):
            diffs.append(_plain_diff(state))
        elif hunk_header(line):
            _fail(state, "a hunk without a file header")
        else:
            state["at"] += 1
    if not diffs and not state["error"] and text.strip():
        state["error"] = "{}: has no unified diff".format(name)
    return diffs, state["error"]
