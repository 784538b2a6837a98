"""Writes Starlark: values and calls, formatted as buildifier does it.

Phase: repository (pure functions).
In: values. Out: text of generated BUILD files.
"""

visibility(["//python/...", "//tests/starlark/..."])

def _scalar(value):
    return repr(value) if type(value) == "bool" else json.encode(value)

def _flat(value):
    """Writes a value inside another one, on one line."""
    if type(value) == "dict":
        return "{" + ", ".join(["{}: {}".format(json.encode(key), _flat_leaf(item)) for key, item in sorted(value.items())]) + "}"
    return _flat_leaf(value)

def _flat_leaf(value):
    if type(value) == "dict":
        return "{" + ", ".join(["{}: {}".format(json.encode(key), json.encode(item)) for key, item in sorted(value.items())]) + "}"
    return _scalar(value)

def value_text(value):
    """Writes a value.

    Args:
      value: a text, number, truth value, list of texts, or dict of such or of dicts of such.

    Returns:
      (str) a Starlark expression.
    """
    if type(value) == "list" and len(value) > 1:
        return "[\n" + "".join(["        {},\n".format(json.encode(item)) for item in value]) + "    ]"
    return _flat(value)

def call_text(rule, expressions, **attributes):
    """Writes a call of a rule or macro, with the attributes in buildifier's order. Empty attributes are left out.

    Args:
      rule: (str) what is called.
      expressions: (dict[str, str]) attributes that are Starlark expressions.
      **attributes: attributes that are values.

    Returns:
      (str) the call, with an empty line before it.
    """
    texts = dict(expressions)
    texts.update({key: value_text(value) for key, value in attributes.items() if value not in ["", None, False, [], {}]})
    first = [key for key in ["name", "src"] if key in texts]
    order = first + sorted([key for key in texts if key not in first])
    return "\n".join(["", rule + "("] + ["    {} = {},".format(key, texts[key]) for key in order] + [")"]) + "\n"
