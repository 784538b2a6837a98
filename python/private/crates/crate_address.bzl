"""Where the registry of a crate has its archives. It is an attribute, else cargo's configuration, else cargo's own default.

Phase: repository.
In: an index, cargo's configuration. Out: addresses, with what each needs to be reached. They decide only where a crate comes from,
never which one, so nothing is keyed by them.
"""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "use_netrc")
load("//python/private/fetch:index_settings.bzl", "user_netrc")
load("//python/private/fetch:page_download.bzl", "read_json", "why_not")

visibility(["//python/...", "//tests/starlark/..."])

def index_prefix(name):
    """Gives the folder of a crate in an index, as registries of cargo have it.

    Args:
      name: (str) the crate.

    Returns:
      (str) such as `se/rd`.
    """
    if len(name) < 3:
        return str(len(name))
    return "3/" + name[0] if len(name) == 3 else "{}/{}".format(name[:2], name[2:4])

def crate_url(template, name, version, digest):
    """Gives the address of a crate (cargo's book, "Index Format").

    Args:
      template: (str) `dl` of the registry's `config.json`.
      name: (str) the crate.
      version: (str) its version.
      digest: (str) its sha256.

    Returns:
      (str) the address.
    """
    markers = {
        "{crate}": name,
        "{lowerprefix}": index_prefix(name.lower()),
        "{prefix}": index_prefix(name),
        "{sha256-checksum}": digest,
        "{version}": version,
    }
    if not [marker for marker in markers if marker in template]:
        return "{}/{}/{}/download".format(template, name, version)
    for marker, value in markers.items():
        template = template.replace(marker, value)
    return template

def index_address(index):
    """Gives the address of a sparse index.

    Args:
      index: (str) as cargo writes it, with or without `sparse+`.

    Returns:
      (str) the address, without a slash at its end.
    """
    return index.removeprefix("sparse+").rstrip("/")

def _auth(rctx, url, token, netrc):
    """Gives what `download` needs for an address: cargo's token for the registry, else what netrc says."""
    if token:
        return {url: {"login": "", "password": token, "pattern": "<password>", "type": "pattern"}}
    return use_netrc(netrc, [url], rctx.attr.auth_patterns)

def _source(rctx, wanted, registry, netrc):
    """Gives struct(address: url and auth, or None; index; said)."""
    token = registry["token"]
    config = registry["config"]
    if not config and registry["index"]:
        page = index_address(registry["index"]) + "/config.json"
        auth = _auth(rctx, page, token, netrc)
        answer = read_json(rctx, page, auth)
        config = answer.content
        if not config or type(config.get("dl")) != "string":
            return struct(address = None, index = page, said = answer.said or (why_not(rctx, page, auth) if not config else "it does not say where crates are"))
    if not config:
        return struct(address = None, index = registry["named"], said = registry["said"])
    url = crate_url(config["dl"], wanted.name, wanted.version, wanted.hashes[0])
    return struct(address = (url, _auth(rctx, url, token if config.get("auth-required") else "", netrc)), index = "", said = "")

def crate_sources(rctx, wanted, registries):
    """Finds where a crate is.

    Args:
      rctx: the repository context, with the attributes of `crate`.
      wanted: (struct) `name`, `version`, `hashes`.
      registries: (list[dict]) `index`, `named` (who names it), `config` (None if it is not known), `token`, `said`.

    Returns:
      (struct) `addresses`: list of (url, auth as `download` takes it); `said`: dict from each registry that cannot say where its
      crates are to the reason.
    """
    netrc = user_netrc(rctx, rctx.attr.netrc)
    found = [_source(rctx, wanted, registry, netrc) for registry in registries]
    return struct(
        addresses = [source.address for source in found if source.address],
        said = {source.index: source.said for source in found if not source.address},
    )
