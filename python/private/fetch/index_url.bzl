"""Addresses of indexes as people write them.

Phase: repository (pure functions).
In: an address with user name, password, variables. Out: its parts.
"""

visibility(["//python/...", "//tests/starlark/..."])

def split_credentials(url):
    """Takes user name and password out of an address.

    Args:
      url: (str) for example `https://user:secret@example.org/simple`.

    Returns:
      (tuple[str, str, str]) the address without them, user name, password.
    """
    scheme, found, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if not found or "@" not in host:
        return url, "", ""
    user, _, host = host.rpartition("@")
    login, _, password = user.partition(":")
    for code, char in [("%40", "@"), ("%3A", ":"), ("%3a", ":"), ("%2F", "/"), ("%2f", "/"), ("%23", "#"), ("%25", "%")]:
        login, password = login.replace(code, char), password.replace(code, char)
    return "{}://{}{}{}".format(scheme, host, slash, path), login, password

def same_host(left, right):
    """Says whether two addresses have scheme, host and port in common.

    Args:
      left: (str) an address.
      right: (str) another.

    Returns:
      (bool) whether a password for one may be sent to the other.
    """
    return left.split("/")[:3] == right.split("/")[:3]

def _failed(message):
    return struct(error = message, text = "")

def expand_variables(text, names, environment):
    """Replaces variables of the environment: `$NAME`, `${NAME}`, `${NAME:-default}`.

    Args:
      text: (str) for example `https://${USER}:${TOKEN}@example.org/simple`.
      names: (list[str]) variables that are replaced; others stay as they are.
      environment: (dict[str, str]) the values.

    Returns:
      (struct) `text`, `error` (empty, or which variable is missing).
    """
    for name in sorted(names, key = lambda name: -len(name)):
        value = environment.get(name)
        head, found, rest = text.partition("${" + name + ":-")
        if found:
            default, _, rest = rest.partition("}")
            text = head + (value or default) + rest
        for form in ["${" + name + "}", "$" + name]:
            if form in text:
                if value == None:
                    return _failed("needs the variable {}, which is not set; expected it in the environment. To fix: export {}=...".format(name, name))
                text = text.replace(form, value)
    return struct(error = "", text = text)
