"""Reads one `pip.parse`: joins rules_python's attributes, pip's options and our own attributes.

Phase: module extension (pure functions).
In: a tag. Out: the options of all its distributions, or what is wrong with the tag.
"""

load("//python/private/lock:pip_args.bzl", "parse_pip_args")
load("//python/private/spec:addresses.bzl", "address_error", "shown_address")
load("//python/private/spec:names.bzl", "normalize_name")
load(":defaults.bzl", "NO_DEFAULTS", "crate_index_error")

visibility(["//python/...", "//tests/starlark/..."])

def _unique(texts):
    return {text: None for text in texts}.keys()

def _names(names):
    """Normalizes names. `:all:` stays, `:none:` is dropped."""
    return _unique([name if name == ":all:" else normalize_name(name) for name in names if name != ":none:"])

def _index_overrides(tag):
    found = dict(tag.experimental_index_url_overrides)
    found.update(tag.index_url_overrides)
    return {normalize_name(name): url for name, url in found.items()}

def _contradiction(from_source, no_binary, only_binary):
    if from_source and only_binary:
        return "from_source = True, and only_binary has '{}'; expected one of them.".format(only_binary[0])
    for name in no_binary:
        if name in only_binary:
            return "no_binary and only_binary both have '{}'; expected it in one of them.".format(name)
    return ""

def _addresses_error(tag, args, defaults):
    """Checks every address that a tag gives. Those of the environment and of pip are checked when something is fetched."""
    named = [(name, getattr(tag, name)) for name in ["index_url", "experimental_index_url"]]
    for name in ["extra_index_urls", "experimental_extra_index_urls"]:
        named += [(name, address or " ") for address in getattr(tag, name)]
    for name in ["index_url_overrides", "experimental_index_url_overrides"]:
        named += [("{}: {}".format(name, package), address or " ") for package, address in getattr(tag, name).items()]
    named += [("extra_pip_args: --index-url", args.index_url)] + [("extra_pip_args: --extra-index-url", address) for address in args.extra_index_urls]
    for name, address in named + [("index_url of pip.default", defaults.index_url)]:
        error = address_error(address, tag.envsubst) if address else ""
        if error:
            return "{}: '{}' {}".format(name, shown_address(address), error)
    return crate_index_error("crate_index", tag.crate_index)

def tag_options(tag, defaults = NO_DEFAULTS):
    """Gives the options that a tag sets for all of its distributions.

    Args:
      tag: (struct) with the attributes of `pip.parse`.
      defaults: (struct) from `collect_defaults`.

    Returns:
      (struct) `auth_patterns`, `build_phase`, `crate_index`, `cycles` (dict to lists of normalized names), `envsubst`,
      `extra_index_urls`, `from_source`, `hub_settings` (dict: `hub_build_env`, `hub_data_exclude_glob`,
      `hub_implicit_namespaces`, empty ones left out),
      `index_overrides` (dict from normalized name), `index_url`, `netrc`, `no_binary`, `only_binary` (normalized names),
      `error`: message or empty.
    """
    args = parse_pip_args(tag.extra_pip_args)
    no_binary = _names(tag.no_binary + args.no_binary + ([":all:"] if tag.from_source else []))
    only_binary = _names(tag.only_binary + args.only_binary + ([":all:"] if tag.download_only else []))
    hub_settings = {
        "hub_build_env": tag.environment,
        "hub_data_exclude_glob": tag.pip_data_exclude,
        "hub_implicit_namespaces": tag.enable_implicit_namespace_pkgs,
    }
    return struct(
        auth_patterns = defaults.auth_patterns or tag.auth_patterns,
        build_phase = tag.build_phase,
        crate_index = tag.crate_index or defaults.crate_index,
        cycles = {
            group: [normalize_name(name) for name in names]
            for group, names in tag.experimental_requirement_cycles.items()
        },
        envsubst = tag.envsubst,
        error = args.error or _contradiction(tag.from_source, no_binary, only_binary) or _addresses_error(tag, args, defaults),
        extra_index_urls = _unique(tag.extra_index_urls + tag.experimental_extra_index_urls + args.extra_index_urls),
        from_source = tag.from_source,
        hub_settings = {key: value for key, value in hub_settings.items() if value},
        index_overrides = _index_overrides(tag),
        index_url = tag.index_url or tag.experimental_index_url or args.index_url or defaults.index_url,
        netrc = defaults.netrc or tag.netrc,
        no_binary = no_binary,
        only_binary = only_binary,
    )
