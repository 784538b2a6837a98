"""Decides which indexes are searched for a distribution, and which user name and password each one gets.

Phase: repository.
In: attributes, environment, pip's configuration, netrc. Out: addresses without passwords, and `auth` for each address.
"""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "read_netrc", "read_user_netrc", "use_netrc")
load("//python/private/spec:addresses.bzl", "plain_address_error", "shown_address")
load(":index_address.bzl", "ask_pip_again", "environment_addresses", "variable_of_address")
load(":index_url.bzl", "expand_variables", "same_host", "split_credentials")

visibility(["//python/...", "//tests/starlark/..."])

# The attribute that `index_settings` reads.
INDEXES_ATTR = {"_indexes": attr.label(default = "@reprowheel_index//:indexes.json", doc = "Addresses to search.")}

def user_netrc(rctx, path):
    """Reads a netrc file: that of the attribute, else of NETRC, else the one in the home folder.

    Args:
      rctx: the repository context.
      path: (str) what the attribute says; empty for nothing.

    Returns:
      (dict) as `read_netrc`; empty if there is none.
    """
    if path and not rctx.path(path).exists:
        fail("{}: netrc = \"{}\": no such file; expected the path of a netrc file.".format(_tag(rctx.attr), path))
    path = path or rctx.os.environ.get("NETRC", "")
    if path and rctx.path(path).exists:
        return read_netrc(rctx, path)
    return read_user_netrc(rctx)

def _tag(attr):
    return "pip.parse(hub_name = \"{}\")".format(attr.hub) if getattr(attr, "hub", "") else "rules_reprowheel"

def address_source(address, attr, environment):
    """Says who names an index.

    Args:
      address: (str) the address as it is written there.
      attr: (struct) the attributes of a distribution.
      environment: (dict[str, str]) variables.

    Returns:
      (str) the tag and its attribute, the variable, the lock or pip's configuration.
    """
    if address == getattr(attr, "index_url", ""):
        return _tag(attr) + ": the index"
    if address in getattr(attr, "extra_index_urls", []):
        return _tag(attr) + ": the extra index"
    if address == getattr(attr, "lock_index_url", ""):
        return attr.where.rpartition(":")[0] + ": the index"
    return variable_of_address(address, environment) or "pip's configuration (pip config list)"

def expanded_address(address, attr, environment):
    """Replaces the variables in an address, and checks it. What is told has the variables, never their values.

    Args:
      address: (str) as it is written.
      attr: (struct) the attributes of a distribution.
      environment: (dict[str, str]) variables.

    Returns:
      (struct) `text`; `error`: a message or empty.
    """
    result = expand_variables(address, getattr(attr, "envsubst", []), environment)
    error = result.error or plain_address_error(result.text)
    if error and result.text != address and not result.error:
        # Advice would repeat what the variable holds, which may be a secret.
        error = "is no address once its variables are replaced; expected https://, http:// or file:/// at its beginning."
    return struct(
        error = "{} '{}' {}".format(address_source(address, attr, environment), shown_address(address), error) if error else "",
        text = result.text,
    )

def _expanded(rctx, attr, address):
    result = expanded_address(address, attr, rctx.os.environ)
    if result.error:
        fail(result.error)
    return result.text

def choose_addresses(index, extra, named, pip, lock_index, default):
    """Decides which indexes are searched, and in which order.

    Args:
      index: (str) what the package or its hub says; empty for nothing.
      extra: (list[str]) further indexes of the hub.
      named: (struct) `index`, `extra` of the environment.
      pip: (struct) `index`, `extra` of pip's configuration.
      lock_index: (str) what the lock names; empty for nothing.
      default: (str) pip's own; empty if there is no pip.

    Returns:
      (struct) `addresses`: not empty, in order; `configured`: False if they are only pip's default.
    """
    configured = index or named.index or pip.index
    if index:
        found = [index]
    elif configured:
        found = [configured] + (named.extra or pip.extra)
    else:
        found = [lock_index, default] + (named.extra or pip.extra)
    return struct(addresses = [address for address in found + extra if address], configured = bool(configured))

def index_settings(rctx, attr = None):
    """Reads where to search, and with which names and passwords.

    Args:
      rctx: the repository context.
      attr: (struct) the attributes of a distribution; None for what the environment says.

    Returns:
      (struct) `addresses` (list[str], without passwords), `configured` (bool: not only pip's default), `auth`:
      function from an address to the `auth` argument of `download`; `login`: function from an address to the words for who names
      its password, empty if nobody does.
    """
    attr = attr or rctx.attr
    asked = json.decode(rctx.read(rctx.path(attr._indexes), watch = "no"))
    named = environment_addresses(rctx.os.environ)
    chosen = choose_addresses(
        getattr(attr, "index_url", ""),
        getattr(attr, "extra_index_urls", []),
        named,
        ask_pip_again(rctx) if asked["logins"] and not named.index else struct(extra = asked["extra"], index = asked["index"]),
        getattr(attr, "lock_index_url", ""),
        asked["default"],
    )
    logins = {}
    sources = {}
    addresses = []
    for address in chosen.addresses:
        bare, login, password = split_credentials(_expanded(rctx, attr, address))
        if login:
            logins[bare] = (login, password)
            sources[bare] = address_source(address, attr, rctx.os.environ)
        if bare not in addresses:
            addresses.append(bare)
    netrc = user_netrc(rctx, getattr(attr, "netrc", ""))
    patterns = getattr(attr, "auth_patterns", {})

    def auth(url):
        for bare, (login, password) in logins.items():
            if same_host(bare, url):
                return {url: {"login": login, "password": password, "type": "basic"}}
        return use_netrc(netrc, [url], patterns)

    def who(url):
        for bare, source in sources.items():
            if same_host(bare, url):
                return source
        file = getattr(attr, "netrc", "") or rctx.os.environ.get("NETRC", "") or "~/.netrc"
        return "the netrc file " + file if use_netrc(netrc, [url], patterns) else ""

    return struct(addresses = addresses, auth = auth, configured = chosen.configured, login = who)
