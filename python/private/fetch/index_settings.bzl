"""Which indexes a distribution is looked for on, and who says so to whom: addresses, names and passwords.

Phase: repository.
In: attributes, environment, pip's configuration, netrc. Out: addresses without passwords, and `auth` for each address.
"""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "read_netrc", "read_user_netrc", "use_netrc")
load(":index_address.bzl", "read_logins")
load(":index_url.bzl", "expand_variables", "same_host", "split_credentials")

visibility(["//python/...", "//tests/starlark/..."])

def _netrc(rctx, path):
    if not path:
        return read_user_netrc(rctx)
    if not rctx.path(path).exists:
        fail("pip.parse netrc = \"{}\": no such file; expected a netrc file.".format(path))
    return read_netrc(rctx, path)

def _expanded(rctx, attr, address):
    """Replaces variables in an address; returns (address, whether one was replaced)."""
    result = expand_variables(address, attr.envsubst, rctx.os.environ)
    if result.error:
        fail("{}: index address {}: {}".format(attr.where, split_credentials(address)[0], result.error))
    return result.text

def index_settings(rctx, attr = None):
    """Reads where to search, and with which names and passwords.

    Args:
      rctx: the repository context.
      attr: (struct) the attributes of a distribution; None for what the environment says.

    Returns:
      (struct) `addresses` (list[str], without passwords), `configured` (bool: somebody has said which index), `auth`:
      function from an address to the `auth` argument of `download`.
    """
    attr = attr or rctx.attr
    index = getattr(attr, "index_url", "")
    asked = json.decode(rctx.read(rctx.path(attr._indexes), watch = "no"))
    chosen = [index] if index else asked["addresses"]
    if not index and not asked["configured"] and getattr(attr, "lock_index_url", ""):
        chosen = [attr.lock_index_url] + asked["addresses"]
    logins = {} if index else read_logins(rctx, asked["logins"])
    addresses = []
    for address in chosen + getattr(attr, "extra_index_urls", []):
        bare, login, password = split_credentials(_expanded(rctx, attr, address) if hasattr(attr, "envsubst") else address)
        if login:
            logins[bare] = (login, password)
        if bare not in addresses:
            addresses.append(bare)
    netrc = _netrc(rctx, getattr(attr, "netrc", ""))
    patterns = getattr(attr, "auth_patterns", {})

    def auth(url):
        for bare, (login, password) in logins.items():
            if same_host(bare, url):
                return {url: {"login": login, "password": password, "type": "basic"}}
        return use_netrc(netrc, [url], patterns)

    return struct(addresses = addresses, auth = auth, configured = bool(index) or asked["configured"])
