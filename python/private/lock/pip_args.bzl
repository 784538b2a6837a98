"""`extra_pip_args`: translates pip's options into settings, since pip is not run.

Phase: module extension (pure functions).
In: a list of pip's options. Out: settings, or the first option that cannot have its effect.
"""

visibility(["//python/...", "//tests/starlark/..."])

# Option → its long name. These have their effect.
_HONOURED = {
    "--extra-index-url": "--extra-index-url",
    "--index-url": "--index-url",
    "--no-binary": "--no-binary",
    "--only-binary": "--only-binary",
    "--pypi-url": "--index-url",
    "-i": "--index-url",
}

# Options without effect → whether they take a value. docs/migrating.md says why they have none.
_WITHOUT_EFFECT = {
    "--cache-dir": True,
    "--disable-pip-version-check": False,
    "--exists-action": True,
    "--isolated": False,
    "--log": True,
    "--no-cache-dir": False,
    "--no-color": False,
    "--no-deps": False,
    "--no-input": False,
    "--no-python-version-warning": False,
    "--no-verify": False,
    "--no-warn-script-location": False,
    "--pre": False,
    "--prefer-binary": False,
    "--progress-bar": True,
    "--quiet": False,
    "--require-hashes": False,
    "--resume-retries": True,
    "--retries": True,
    "--root-user-action": True,
    "--timeout": True,
    "--trusted-host": True,
    "--use-pep517": False,
    "--verbose": False,
    "-q": False,
    "-qq": False,
    "-v": False,
    "-vv": False,
    "-vvv": False,
}

# Options that are refused → what to write instead.
_REFUSED = {
    "--abi": "name the platform in target_platforms",
    "--build-constraint": "lock what sdists are built with: build_requirements_lock",
    "--build-option": "pip.override(build_options = ...)",
    "--cert": "Bazel downloads; give the certificate to it: --host_jvm_args=-Djavax.net.ssl.trustStore=...",
    "--client-cert": "Bazel downloads; use a credential helper",
    "--config-settings": "pip.override(config_settings = ...)",
    "--constraint": "put the constraints into the command that writes the lock",
    "--find-links": "name an index with the same files: index_url or extra_index_urls, which may be file: addresses",
    "--global-option": "pip.override(global_options = ...)",
    "--implementation": "name the platform in target_platforms",
    "--keyring-provider": "Bazel downloads; use netrc, auth_patterns or a credential helper",
    "--no-build-isolation": "lock what sdists are built with: build_requirements_lock",
    "--no-index": "name the index to use: index_url, which may be a file: address",
    "--platform": "name the platform in target_platforms",
    "--proxy": "Bazel downloads; set HTTPS_PROXY where it runs",
    "--python-version": "name the version in python_version",
    "-C": "pip.override(config_settings = ...)",
    "-c": "put the constraints into the command that writes the lock",
    "-f": "name an index with the same files: index_url or extra_index_urls, which may be file: addresses",
}

def _words(args):
    """Splits `--option=value` and `--option value` in one text."""
    words = []
    for arg in args:
        for part in arg.split(" ") if arg.startswith("-") else [arg]:
            option, found, value = part.partition("=")
            words.extend([option, value] if found and part.startswith("--") else ([part] if part else []))
    return words

def parse_pip_args(args):
    """Reads options of pip.

    Args:
      args: (list[str]) as `extra_pip_args` has them.

    Returns:
      (struct) `index_url`, `extra_index_urls`, `no_binary`, `only_binary`, `error`: what cannot be honoured, or empty.
    """
    values = {"--extra-index-url": [], "--index-url": [], "--no-binary": [], "--only-binary": []}
    waiting = None
    for word in _words(args):
        if waiting != None:
            values.setdefault(waiting, []).append(word)
            waiting = None
        elif word in _HONOURED:
            waiting = _HONOURED[word]
        elif word in _WITHOUT_EFFECT:
            waiting = word if _WITHOUT_EFFECT[word] else None
        elif word in _REFUSED:
            return _refused("'{}' cannot be honoured, as pip is not run. To fix: {}.".format(word, _REFUSED[word]))
        else:
            return _refused("'{}' is not known here, and pip is not run. To fix: remove it.".format(word))
    if waiting:
        return _refused("'{}' has no value; expected one after it.".format(waiting))
    return struct(
        error = "",
        extra_index_urls = values["--extra-index-url"],
        index_url = values["--index-url"][-1] if values["--index-url"] else "",
        no_binary = _names(values["--no-binary"]),
        only_binary = _names(values["--only-binary"]),
    )

def _names(values):
    return [name.strip() for value in values for name in value.split(",") if name.strip() not in ["", ":none:"]]

def _refused(message):
    return struct(error = "extra_pip_args: " + message, extra_index_urls = [], index_url = "", no_binary = [], only_binary = [])
