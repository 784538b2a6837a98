"""Where the simple indexes are: environment, else pip's configuration, else pip's own default (design: asked of pip).

Phase: repository.
In: the environment and the host's pip. Out: a repository with `indexes.json`: addresses in the order to search, without
user names and passwords, and where those stand; they are read again when they are needed, and written nowhere.
An index may only decide where a file comes from, never which: so nothing that is fetched is keyed by this repository.
"""

load(":index_url.bzl", "split_credentials")

visibility(["//python/...", "//tests/starlark/..."])

_VARIABLES = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"]
_EXTRA_VARIABLES = ["PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"]
_PIP_DEFAULT = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"

# Sections of pip's configuration that a download looks into, the weakest first.
_SECTIONS = ["global", "install", "download", ":env:"]

def _unquote(value):
    value = value.strip()
    if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
        return value[1:-1]
    return value

def parse_pip_config(text):
    """Reads the index settings out of what `pip config list` prints.

    Args:
      text: (str) lines such as `global.index-url='https://...'`.

    Returns:
      (struct) `index` (str, empty where not set) and `extra` (list of str).
    """
    found = {}
    for line in text.split("\n"):
        key, _, value = line.partition("=")
        for section in _SECTIONS:
            if key.strip().startswith(section + "."):
                found[(section, key.strip()[len(section) + 1:])] = _unquote(value)
    index = ""
    extra = []
    for section in _SECTIONS:
        index = found.get((section, "index-url"), index)
        extra = split_addresses(found.get((section, "extra-index-url"), "")) or extra
    return struct(extra = extra, index = index)

def split_addresses(text):
    """Splits a list of addresses as pip and uv write them.

    Args:
      text: (str) addresses separated by white space, also by the two characters `\\n` that `pip config list` prints.

    Returns:
      (list[str]) the addresses; a name in front of one (`name=https://...`) is dropped.
    """
    words = [word for word in text.replace("\\n", " ").replace("\n", " ").replace("\t", " ").split(" ") if word]
    return [
        word.partition("=")[2] if "=" in word.split("://")[0] else word
        for word in words
    ]

def _ask_pip(rctx, arguments):
    """Runs the host's pip; an empty text where there is none."""
    python = rctx.which("python3") or rctx.which("python")
    if not python:
        return ""
    result = rctx.execute([python] + arguments, environment = {"LC_ALL": "C.UTF-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return result.stdout if result.return_code == 0 else ""

def _configured_addresses(rctx):
    config = parse_pip_config(_ask_pip(rctx, ["-m", "pip", "config", "list"]))
    return config.index, config.extra

def without_logins(found):
    """Takes user names and passwords out of addresses.

    Args:
      found: (list[tuple[str, str]]) place (a variable, or `pip`) and address, in the order to search.

    Returns:
      (dict) `addresses`: each once; `logins`: the places whose addresses have user names.
    """
    addresses = []
    places = []
    for place, address in found:
        bare, login, _ = split_credentials(address)
        if bare and bare not in addresses:
            addresses.append(bare)
        if login and place not in places:
            places.append(place)
    return {"addresses": addresses, "logins": places}

def read_logins(rctx, places):
    """Reads user names and passwords from where the addresses came from.

    Args:
      rctx: the repository context.
      places: (list[str]) as `without_logins` found them.

    Returns:
      (dict[str, tuple[str, str]]) address without them to user name and password.
    """
    logins = {}
    for place in places:
        if place == "pip":
            index, extra = _configured_addresses(rctx)
            addresses = [index] + extra
        else:
            addresses = split_addresses(rctx.os.environ.get(place, ""))
        for address in addresses:
            bare, login, password = split_credentials(address)
            if login:
                logins[bare] = (login, password)
    return logins

def _index_address_impl(rctx):
    found = []
    for name in _VARIABLES:
        if not found and (rctx.getenv(name) or "").strip():
            found = [(name, rctx.getenv(name).strip())]
    extra = []
    for name in _EXTRA_VARIABLES:
        extra = extra or [(name, address) for address in split_addresses(rctx.getenv(name) or "")]
    rctx.getenv("PIP_CONFIG_FILE")
    index, further = _configured_addresses(rctx)
    if not found and index:
        found = [("pip", index)]
    configured = bool(found)
    if not found:
        found = [("", _ask_pip(rctx, ["-c", _PIP_DEFAULT]).strip())]
    content = without_logins(found + (extra or [("pip", address) for address in further]))
    rctx.file("indexes.json", json.encode_indent(content | {"configured": configured}) + "\n", executable = False)
    rctx.file("BUILD.bazel", "# Generated by index_address.bzl; do not edit.\n", executable = False)

index_address = repository_rule(
    implementation = _index_address_impl,
    configure = True,
    doc = "Finds the addresses of the simple indexes to fetch from.",
    local = True,
)
