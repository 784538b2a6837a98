"""Checks addresses of indexes as people write them.

Phase: any (pure functions).
In: an address, perhaps with variables, user name and password. Out: what is wrong with it, without any secret.
"""

visibility(["//python/...", "//tests/starlark/..."])

_SCHEMES = ["https", "http", "file"]
_EXPECTED = "expected https://, http:// or file:///"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_NAME = _LETTERS + "0123456789"

def shown_address(text):
    """Writes an address for messages, without user name and password.

    Args:
      text: (str) the address; it need not be a good one.

    Returns:
      (str) the address.
    """
    head, mark, rest = text.partition("://")
    if not mark:
        head, rest = "", text
    host, slash, path = rest.partition("/")
    return head + mark + host.rpartition("@")[2] + slash + path

def variables(text):
    """Finds the variables in an address.

    Args:
      text: (str) with `$NAME`, `${NAME}` or `${NAME:-default}`.

    Returns:
      (list[str]) their names, in the order of the text.
    """
    found = []
    for part in text.split("$")[1:]:
        part = part.removeprefix("{")
        end = len(part) - len(part.lstrip(_NAME))
        if end and part[0] in _LETTERS:
            found.append(part[:end])
    return found

def _path_error(text):
    if text.startswith(("/", ".", "~")):
        return "is a path; expected an address. To fix: file://{}.".format(text if text.startswith("/") else "/absolute/path")
    for scheme in _SCHEMES:
        if text.startswith(scheme + ":"):
            return "has no '//' after '{}:'; {}. To fix: {}://{}.".format(
                scheme,
                _EXPECTED,
                scheme,
                ("/" if scheme == "file" else "") + shown_address(text[len(scheme) + 1:].lstrip("/")),
            )
    return "has no scheme; {}. To fix: https://{}.".format(_EXPECTED, shown_address(text))

def plain_address_error(text):
    """Checks an address in which all variables are replaced.

    Args:
      text: (str) the address.

    Returns:
      (str) what is wrong with it and how to fix it, or empty.
    """
    if not text.strip():
        return "is empty; {}.".format(_EXPECTED)
    if [char for char in text.elems() if char.isspace()]:
        return "has a blank; expected one address."
    scheme, mark, rest = text.partition("://")
    if not mark:
        return _path_error(text)
    if scheme.lower() not in _SCHEMES:
        return "has the scheme '{}', with which Bazel cannot download; {}.".format(scheme, _EXPECTED)
    host = rest.partition("/")[0].rpartition("@")[2]
    if scheme.lower() == "file":
        return "names the host '{}'; expected three slashes. To fix: file:///{}.".format(host, rest) if host else ""
    return "" if host.split(":")[0] else "has no host; expected for example https://example.org/simple."

def address_error(text, envsubst):
    """Checks an address as a tag has it.

    Args:
      text: (str) the address.
      envsubst: (list[str]) variables that are replaced when something is fetched.

    Returns:
      (str) what is wrong with it and how to fix it, or empty. What depends on a variable is not known yet.
    """
    for name in variables(text):
        if name not in envsubst:
            return "has the variable {}, which is not replaced; expected its name in envsubst. To fix: envsubst = [\"{}\"] ('%24' is a plain '$').".format(name, name)
    return "" if text.startswith(("$", "file://$")) else plain_address_error(text)
