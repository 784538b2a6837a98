"""Markers as texts: parts that are known already are answered, the rest stays a marker.

Phase: any (pure functions).
In: markers of a lock, and what is wanted of the locked project. Out: markers that speak of the environment only.
"""

load(":markers.bzl", "read_comparison", "tokenize_marker")
load(":names.bzl", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

def _text(token):
    kind, value = token
    if kind != "string":
        return value
    return "'{}'".format(value) if "'" not in value else "\"{}\"".format(value)

def _answer(left, operator, right, wanted):
    """Answers a comparison with extras or groups; None for one with the environment."""
    names = [value for kind, value in [left, right] if kind == "variable"]
    values = [value for kind, value in [left, right] if kind == "string"]
    if len(names) != 1 or len(values) != 1 or names[0] not in wanted:
        return None
    found = normalize_name(values[0]) in wanted[names[0]]
    return {"!=": not found, "==": found, "in": found, "not in": not found}.get(operator, None)

def _join(operator, left, right):
    """Joins two values, each True, False or a tuple (text, its weakest operator)."""
    strong, weak = (False, True) if operator == "and" else (True, False)
    for value, other in [(left, right), (right, left)]:
        if value == strong:
            return strong
        if value == weak:
            return other
    if left == right:
        return left
    parts = ["({})".format(text) if inner not in ["", operator] else text for text, inner in [left, right]]
    return " {} ".format(operator).join(parts), operator

def _reduce(values, operators, weakest):
    """Applies waiting operators that bind at least as strongly as the given one."""
    for _ in range(len(operators)):
        if not operators or operators[-1] == "(" or (weakest == "and" and operators[-1] == "or"):
            break
        right = values.pop()
        values.append(_join(operators.pop(), values.pop(), right))

def fold_marker(marker, wanted):
    """Answers what a marker asks about extras and groups.

    Args:
      marker: (str) a marker without errors, or empty.
      wanted: (dict[str, list[str]]) `extra`, `extras`, `dependency_groups` to the normalized names that are wanted; a
        variable that is missing stays in the marker.

    Returns:
      (str) the rest as a marker, empty where it always holds; None where it never does.
    """
    if not [variable for variable in wanted if variable in marker]:
        return marker
    tokens = tokenize_marker(marker)
    values = []
    operators = []
    at = 0
    for _ in range(len(tokens)):
        if at >= len(tokens):
            break
        kind = tokens[at][0]
        if kind == "(":
            operators.append("(")
        elif kind in ["and", "or"]:
            _reduce(values, operators, kind)
            operators.append(kind)
        elif kind == ")":
            _reduce(values, operators, "or")
            operators.pop()
        else:
            left, operator, right, after = read_comparison(tokens, at)
            answer = _answer(left, operator, right, wanted)
            values.append((" ".join([_text(left), operator, _text(right)]), "") if answer == None else answer)
            at = after - 1
        at += 1
    _reduce(values, operators, "or")
    if type(values[0]) == "bool":
        return "" if values[0] else None
    return values[0][0]

def all_of(markers):
    """Joins markers that must all hold.

    Args:
      markers: (list[str]) markers; empty ones always hold.

    Returns:
      (str) one marker, or empty.
    """
    texts = {marker: None for marker in markers if marker}.keys()
    if len(texts) < 2:
        return "".join(texts)
    return " and ".join(["({})".format(text) if " or " in text else text for text in texts])

def any_of(markers):
    """Joins markers one of which must hold.

    Args:
      markers: (list[str]) markers, at least one; an empty one always holds.

    Returns:
      (str) one marker, or empty.
    """
    if "" in markers:
        return ""
    texts = {marker: None for marker in markers}.keys()
    if len(texts) < 2:
        return "".join(texts)
    return " or ".join(["({})".format(text) for text in texts])
