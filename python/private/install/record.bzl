"""RECORD: reads that of a wheel, and writes that of installed files.

Phase: repository (pure functions).
In: the file's text; digests. Out: rows; the file's text; or in what the wheel differs from its RECORD.
Spec: "Recording installed projects", packaging.python.org. Texts of differences are those that the helper tells.
"""

visibility(["//python/...", "//tests/starlark/..."])

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEX = "0123456789abcdef"

# Three hexadecimal digits are two digits of Base64.
_PAIRS = {
    a + b + c: _BASE64[(i * 256 + j * 16 + k) // 64] + _BASE64[(i * 256 + j * 16 + k) % 64]
    for i, a in enumerate(_HEX.elems())
    for j, b in enumerate(_HEX.elems())
    for k, c in enumerate(_HEX.elems())
}

# Signatures of RECORD. They are not in it, and are not installed.
SIGNATURES = ["RECORD.jws", "RECORD.p7s"]

def base64_digest(digest):
    """Writes a digest as RECORD has it: URL-safe Base64 without padding.

    Args:
      digest: (str) hexadecimal, lower case.

    Returns:
      (str) the same bytes.
    """
    padded = digest + "0" * (-len(digest) % 3)
    text = "".join([_PAIRS[padded[at:at + 3]] for at in range(0, len(padded), 3)])
    return text[:(len(digest) * 4 + 5) // 6]

def _split_row(line):
    """Takes one line of CSV apart; None if a quote does not end."""
    if "\"" not in line:
        return line.split(",")
    cells = []
    cell, quoted, pending = "", False, False
    for char in line.elems():
        if quoted and not pending and char == "\"":
            pending = True  # the end, or the first half of a quote
        elif char == "\"" and (pending or not cell):
            cell += char if pending else ""
            quoted, pending = True, False
        elif char == "," and (not quoted or pending):
            cells.append(cell)
            cell, quoted, pending = "", False, False
        else:
            cell += char
            quoted, pending = quoted and not pending, False
    return None if quoted and not pending else cells + [cell]

def parse_record(text):
    """Reads a RECORD.

    Args:
      text: (str) the file's content.

    Returns:
      (tuple[dict, str]) path → (digest, size), as the file writes them; message or empty.
    """
    rows = {}
    lines = text.replace("\r\n", "\n").split("\n")
    for index, line in enumerate(lines):
        if not line:
            if index == len(lines) - 1:
                break
            return {}, "Row Index {}: expected 3 elements, got 0".format(index)
        cells = _split_row(line)
        if cells == None or len(cells) != 3:
            return {}, "Row Index {}: expected 3 elements, got {}".format(index, len(cells or []))
        rows[cells[0].replace("\\", "/")] = (cells[1], cells[2])
    return rows, ""

def digest_algorithms(rows, files):
    """Groups the files of a wheel by the algorithm of their digests.

    Args:
      rows: (dict) of `parse_record`.
      files: (dict) names of the wheel's files.

    Returns:
      (dict[str, list[str]]) algorithm → names.
    """
    found = {}
    for name in files:
        algorithm = rows.get(name, ("", ""))[0].partition("=")[0]
        if algorithm:
            found.setdefault(algorithm, []).append(name)
    return found

def _size_matches(told, size):
    return (told.lstrip("0") or "0") == str(size)

def record_error(rows, files, dist_info, digests, filename):
    """Compares a wheel with its RECORD.

    Args:
      rows: (dict) of `parse_record`.
      files: (dict[str, struct]) the wheel's files, with `size`.
      dist_info: (str) name of the folder with metadata.
      digests: (dict[str, dict[str, str]]) algorithm → name → hexadecimal digest of what was unpacked.
      filename: (str) the wheel's, for messages.

    Returns:
      (str) message or empty.
    """
    issues = []
    record = dist_info + "/RECORD"
    for name, member in files.items():
        if name in ["{}/{}".format(dist_info, signature) for signature in SIGNATURES]:
            if name in rows:
                issues.append("digital signature file {} is incorrectly contained in RECORD.".format(name))
            continue
        if name not in rows:
            issues.append("{} is not mentioned in RECORD".format(name))
            continue
        told, size = rows[name]
        algorithm, equals, value = told.partition("=")
        if name == record:
            if told or size:
                issues.append("RECORD file incorrectly contains hash / size.")
        elif not told or not size:
            issues.append("hash / size of {} is not included in RECORD".format(name))
        elif not equals or not algorithm or not value or not size.isdigit():
            issues.append("entry in RECORD file for {} is invalid".format(name))
        elif value != base64_digest(digests[algorithm].get(name, "")) or not _size_matches(size, member.size):
            issues.append("hash / size of {} didn't match RECORD".format(name))
    if not issues:
        return ""
    more = " (and {} more)".format(len(issues) - 1) if len(issues) > 1 else ""
    return "{file}: damaged: In {file}, {issue}{more}".format(file = filename, issue = issues[0], more = more)

def _cell(text):
    if "," in text or "\"" in text or "\n" in text or "\r" in text:
        return "\"{}\"".format(text.replace("\"", "\"\""))
    return text

def record_text(rows):
    """Writes a RECORD.

    Args:
      rows: (dict) path → (digest, size); the digest with its algorithm.

    Returns:
      (str) the file's content: rows ordered by the bytes of their paths.
    """
    return "".join(["{},{},{}\n".format(_cell(path), rows[path][0], rows[path][1]) for path in sorted(rows)])
