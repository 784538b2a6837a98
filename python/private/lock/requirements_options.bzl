"""Options in requirements files: for the whole file, and after one requirement.

Phase: any (pure functions).
In: the words of an option line. Out: the options that have an effect, or why one is refused.
"""

load("//python/private/spec:names.bzl", "normalize_name")
load(":requirements_text.bzl", "shell_words")

visibility(["//python/...", "//tests/starlark/..."])

# Options of a whole file that change nothing here, and why. True: the option has a value.
_IGNORED = {
    "--all-releases": (True, "every version is pinned"),
    "--find-links": (True, "files are chosen by their hash, and found on the configured indexes"),
    "--no-index": (False, "files are chosen by their hash, and found on the configured indexes"),
    "--only-final": (True, "every version is pinned"),
    "--pre": (False, "every version is pinned"),
    "--prefer-binary": (False, "every version is pinned"),
    "--require-hashes": (False, "hashes are always required"),
    "--trusted-host": (True, "every file is checked by its hash"),
    "--use-feature": (True, "it is about pip's own resolver"),
}

# Options that have an effect here. All of them have a value.
_USED = ["--constraint", "--extra-index-url", "--index-url", "--no-binary", "--only-binary", "--requirement"]

_REFUSED = {
    "--editable": "an editable install points into a source tree, which has no fixed content. To fix: depend on the " +
                  "sources as a Bazel target, or write the path without -e to build it ('uv export' leaves it out with " +
                  "--no-emit-project, --no-emit-workspace or --no-editable)",
}

_SHORT = {
    "-C": "--config-settings",
    "-c": "--constraint",
    "-e": "--editable",
    "-f": "--find-links",
    "-i": "--index-url",
    "-r": "--requirement",
}

_BEHIND = {
    "--install-option": "it is no option of PEP 517. To fix: use --config-settings, or pip.override(config_settings = ...)",
}

def _split(word):
    """Splits an option from the value in the same word. Returns (long name, value or None)."""
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return {"--pypi-url": "--index-url"}.get(option, option), (value if equals else None)
    option = _SHORT.get(word[:2], word)
    return option, ((word[2:] or None) if option != word else None)

def parse_file_options(text):
    """Parses a line of options of the whole file.

    Args:
      text: (str) the line, which begins with `-`.

    Returns:
      (tuple) list of (long name, value) of the options that have an effect; error text or empty.
    """
    words = shell_words(text)
    if words == None:
        return [], "'{}' has a quote that does not end.".format(text)
    found = []
    waiting = None
    for word in words:
        if waiting:
            found.append((waiting, word))
            waiting = None
            continue
        option, value = _split(word)
        if option in _REFUSED:
            return [], "the option '{}' is refused: {}.".format(word[:2] if word[1] != "-" else option, _REFUSED[option])
        if option not in _USED and option not in _IGNORED:
            return [], "unknown option '{}'; expected a pinned requirement. To fix: remove it.".format(option)
        takes_value = option in _USED or _IGNORED[option][0]
        if takes_value and value == None:
            waiting = option
        else:
            found.append((option, value or ""))
    if waiting:
        return [], "the option '{}' has no value.".format(waiting)
    return [(option, value) for option, value in found if option in _USED], ""

def apply_format_option(value, target, other):
    """Applies one `--no-binary` or `--only-binary` as pip does. The later option wins; `:none:` empties the list.

    Args:
      value: (str) names with commas, `:all:` or `:none:`.
      target: (dict) names of this option, changed in place.
      other: (dict) names of the other option, changed in place.
    """
    names = [name.strip() for name in value.split(",") if name.strip()]
    if ":all:" in names:
        last = max([index for index, name in enumerate(names) if name == ":all:"])
        for table in [target, other]:
            table.clear()
        target[":all:"] = None
        names = names[last + 1:]
        if ":none:" not in names:
            return
    for name in names:
        if name == ":none:":
            target.clear()
            continue
        other.pop(normalize_name(name), None)
        target[normalize_name(name)] = None

def split_requirement(text):
    """Separates a requirement from its options, as pip does: at the first word that begins with `-`.

    Args:
      text: (str) a logical line.

    Returns:
      (tuple) the requirement, the options (both str).
    """
    at = 0
    for word in text.replace("\t", " ").split(" "):
        if word.startswith("-"):
            return text[:at].strip(), text[at:].strip()
        at += len(word) + 1
    return text.strip(), ""

def _add_hash(hashes, value):
    algorithm, colon, digest = value.partition(":")
    digest = digest.lower()
    if not colon or not digest:
        return "'{}' is not a hash; expected sha256:<64 hexadecimal digits>.".format(value)
    if algorithm == "sha256" and (len(digest) != 64 or digest.strip("0123456789abcdef")):
        return "'{}' is not a sha256 digest; expected 64 hexadecimal digits.".format(value)
    digests = hashes.setdefault(algorithm, [])
    if digest not in digests:
        digests.append(digest)
    return ""

def _options(hashes, settings, options, error):
    return struct(
        build_options = options["--build-option"],
        config_settings = settings,
        error = error,
        global_options = options["--global-option"],
        hashes = hashes,
    )

def parse_requirement_options(text):
    """Parses the options after a requirement.

    Args:
      text: (str) the options.

    Returns:
      (struct) `hashes`: dict from algorithm to list of digests; `config_settings`: dict from key to list of values;
      `global_options`, `build_options`: lists of options; `error`: text or empty.
    """
    hashes = {}
    settings = {}
    options = {"--build-option": [], "--global-option": []}
    words = shell_words(text)
    if words == None:
        return _options(hashes, settings, options, "'{}' has a quote that does not end.".format(text))
    error = ""
    waiting = None
    for word in words:
        option, value = (waiting, word) if waiting else _split(word)
        waiting = None
        if option in _BEHIND:
            error = error or "the option '{}' is refused: {}.".format(option, _BEHIND[option])
        elif option not in options and option not in ["--hash", "--config-settings", "--config-setting"]:
            error = error or ("the option '{}' is not supported after a requirement; expected --hash=sha256:... or " +
                              "--config-settings, --global-option, --build-option.").format(option)
        elif value == None:
            waiting = option
        elif option == "--hash":
            error = error or _add_hash(hashes, value)
        elif option in options:
            options[option].append(value)
        else:
            key, equals, setting = value.partition("=")
            error = error or ("" if equals and key else "'{}' is not a config setting; expected KEY=VALUE.".format(value))
            settings.setdefault(key, []).append(setting)
    if waiting:
        error = error or "the option '{}' has no value.".format(waiting)
    return _options(hashes, settings, options, error)
