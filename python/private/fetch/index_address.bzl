"""The addresses of simple indexes in pip's configuration, and pip's own default. pip itself is asked.

Phase: repository.
In: the host's pip. Out: a repository with `indexes.json`: the addresses in the order to search, and whether they have passwords.
User names and passwords are written nowhere: whoever needs them asks pip again.
Variables such as PIP_INDEX_URL are read at each fetch, not here: Bazel would record the values that this repository depends on.
An index decides only where a file comes from, never which file. So nothing that is fetched is keyed by this repository.
"""

load("//python/private/host:probe.bzl", "ENGLISH", "UTF8_MODE")
load(":index_url.bzl", "split_credentials")

visibility(["//python/...", "//tests/starlark/..."])

_VARIABLES = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"]
_EXTRA_VARIABLES = ["PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"]
_PIP_DEFAULT = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"

# Sections of pip's configuration that apply to a download, the weakest first.
_SECTIONS = ["global", "install", "download"]

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
      (struct) `index` (str, empty if not set) and `extra` (list of str).
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
    result = rctx.execute([python] + UTF8_MODE + arguments, environment = ENGLISH | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return result.stdout if result.return_code == 0 else ""

def environment_addresses(environment):
    """Reads the addresses that the environment names.

    Args:
      environment: (dict[str, str]) variables.

    Returns:
      (struct) `index` (str, empty if not set) and `extra` (list of str).
    """
    index = ""
    for name in _VARIABLES:
        index = index or environment.get(name, "").strip()
    extra = []
    for name in _EXTRA_VARIABLES:
        extra = extra or split_addresses(environment.get(name, ""))
    return struct(extra = extra, index = index)

def variable_of_address(address, environment):
    """Finds the variable that names an address.

    Args:
      address: (str) the address.
      environment: (dict[str, str]) variables.

    Returns:
      (str) the variable's name, or empty.
    """
    for name in _VARIABLES + _EXTRA_VARIABLES:
        if address in split_addresses(environment.get(name, "")):
            return name
    return ""

def ask_pip_again(rctx):
    """Asks pip for its configuration, with user names and passwords.

    Args:
      rctx: the repository context.

    Returns:
      (struct) `index` (str, empty if not set) and `extra` (list of str).
    """
    return parse_pip_config(_ask_pip(rctx, ["-m", "pip", "config", "list"]))

def without_logins(index, extra):
    """Takes user names and passwords out of addresses.

    Args:
      index: (str) the address that pip's configuration names, or empty.
      extra: (list[str]) further ones.

    Returns:
      (dict) `index` and `extra` without them; `logins`: whether there were any.
    """
    parts = [split_credentials(address) for address in [index] + extra]
    return {
        "extra": [bare for bare, _, _ in parts[1:]],
        "index": parts[0][0],
        "logins": bool([login for _, login, _ in parts if login]),
    }

def _index_address_impl(rctx):
    rctx.getenv("PIP_CONFIG_FILE")
    config = ask_pip_again(rctx)
    content = without_logins(config.index, config.extra) | {"default": _ask_pip(rctx, ["-c", _PIP_DEFAULT]).strip()}
    rctx.file("indexes.json", json.encode_indent(content) + "\n", executable = False)
    rctx.file("BUILD.bazel", "# Generated by @rules_reprowheel//python/private/fetch:index_address.bzl; do not edit.\n", executable = False)

index_address = repository_rule(
    implementation = _index_address_impl,
    configure = True,
    doc = "Finds the addresses of the simple indexes to fetch from.",
    local = True,
)
