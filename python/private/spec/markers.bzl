"""Environment markers (PEP 508), evaluated for the target interpreter.

Phase: any (pure functions).
In: a marker and an environment. Out: whether it holds.
"""

load(":names.bzl", "normalize_name")
load(":suggestions.bzl", "nearest_names")
load(":versions.bzl", "compare_versions")

visibility(["//python/...", "//tests/starlark/..."])

_OPERATORS = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"]
_VARIABLES = [
    "extra",
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
]

# Old spellings that PEP 345 used and that are still found in metadata.
_OLD = {
    "os.name": "os_name",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "platform.version": "platform_version",
    "python_implementation": "platform_python_implementation",
    "sys.platform": "sys_platform",
}
_VERSIONED = ["implementation_version", "python_full_version", "python_version"]

def _word_end(text, start):
    for end in range(start, len(text)):
        if not (text[end].isalnum() or text[end] in "_."):
            return end
    return len(text)

def _operator_at(text, at):
    for operator in _OPERATORS:
        if text[at:].startswith(operator):
            return operator
    return None

def _token(text, at):
    """Reads the token that begins at a position.

    Returns:
      (tuple) kind (one of `( ) and or in not operator string variable`, or `error`), value, position behind it.
    """
    char = text[at]
    if char in "()":
        return char, char, at + 1
    if char in "'\"":
        end = text.find(char, at + 1)
        if end < 0:
            return "error", "a string that does not end", at
        return "string", text[at + 1:end], end + 1
    operator = _operator_at(text, at)
    if operator:
        return "operator", operator, at + len(operator)
    end = _word_end(text, at)
    word = text[at:end]
    if word in ["and", "or", "in", "not"]:
        return word, word, end
    word = _OLD.get(word, word)
    if word in _VARIABLES:
        return "variable", word, end
    return "error", "'{}'".format(word or char), at

def _tokenize(text):
    """Splits a marker into (kind, value); the last one is of kind `error` where the text is not a marker."""
    tokens = []
    at = 0
    for _ in range(len(text)):
        if at >= len(text):
            break
        if text[at].isspace():
            at += 1
            continue
        kind, value, at = _token(text, at)
        tokens.append((kind, value))
        if kind == "error":
            break
    return tokens

def _compare(left, operator, right, environment):
    """Answers one comparison; left and right are (kind, value)."""
    names = [value for kind, value in [left, right] if kind == "variable"]
    a, b = [environment.get(value, "") if kind == "variable" else value for kind, value in [left, right]]
    if "extra" in names:
        a, b = normalize_name(a), normalize_name(b)
    if operator == "in":
        return a in b
    if operator == "not in":
        return a not in b
    if [name for name in names if name in _VERSIONED] or operator == "~=":
        answer = compare_versions(a, operator, b)
        if answer != None:
            return answer
    if operator in ["==", "==="]:
        return a == b
    if operator == "!=":
        return a != b

    # What is no version has no order (packaging, uv).
    answer = compare_versions(a, operator, b)
    return answer if answer != None else operator in ["<=", ">="] and a == b

def _reduce(values, operators, weakest):
    """Applies waiting `and`/`or` operators that bind at least as strongly as the given one."""
    for _ in range(len(operators)):
        if not operators or operators[-1] == "(" or (weakest == "and" and operators[-1] == "or"):
            break
        operator = operators.pop()
        if len(values) < 2:
            return False
        right = values.pop()
        left = values.pop()
        values.append((left and right) if operator == "and" else (left or right))
    return True

def _read_comparison(tokens, at):
    """Reads `value operator value`; returns (left token, operator, right token, index of the next token) or None."""
    width = 4 if at + 1 < len(tokens) and tokens[at + 1][0] == "not" else 3
    part = tokens[at:at + width]
    kinds = [kind for kind, _ in part]
    values = ["string", "variable"]
    if len(part) < width or kinds[0] not in values or kinds[-1] not in values:
        return None
    if kinds[1:-1] not in [["operator"], ["in"], ["not", "in"]]:
        return None
    return part[0], " ".join([value for _, value in part[1:-1]]), part[-1], at + width

def _evaluate_tokens(tokens, environment):
    """Evaluates with two stacks, because Starlark has no recursion. Gives None if the tokens are not a marker."""
    values = []
    operators = []
    at = 0
    operand_expected = True
    for _ in range(len(tokens)):
        if at >= len(tokens):
            break
        kind = tokens[at][0]
        if operand_expected and kind == "(":
            operators.append("(")
            at += 1
        elif operand_expected:
            found = _read_comparison(tokens, at)
            if not found:
                return None
            values.append(_compare(found[0], found[1], found[2], environment))
            at = found[3]
            operand_expected = False
        elif kind in ["and", "or"]:
            if not _reduce(values, operators, kind):
                return None
            operators.append(kind)
            at += 1
            operand_expected = True
        elif kind == ")":
            if not _reduce(values, operators, "or") or not operators:
                return None
            operators.pop()
            at += 1
        else:
            return None
    if operand_expected or not _reduce(values, operators, "or") or operators or len(values) != 1:
        return None
    return values[0]

def marker_error(marker):
    """Checks a marker's syntax.

    Args:
      marker: (str) the text behind `;`.

    Returns:
      (str) what is wrong with it, or an empty string.
    """
    tokens = _tokenize(marker)
    for kind, value in tokens:
        if kind == "error":
            near = nearest_names(value.strip("'"), _VARIABLES)
            meant = "; did you mean '{}'?".format(near[0]) if near else ""
            return "marker '{}' has {} where a variable, a string or an operator is expected{}".format(marker, value, meant)
    if _evaluate_tokens(tokens, {}) == None:
        return "marker '{}' is not a marker; expected for example: python_version < \"3.12\"".format(marker)
    return ""

def evaluate_marker(marker, environment, extra = ""):
    """Evaluates a marker.

    Args:
      marker: (str) the text after `;`, empty for none.
      environment: (dict[str, str]) marker variable to value.
      extra: (str) the extra that is asked for.

    Returns:
      (bool) whether the marker holds; None for a text in which `marker_error` finds something.
    """
    if not marker:
        return True
    return _evaluate_tokens(_tokenize(marker), dict(environment, extra = extra))
