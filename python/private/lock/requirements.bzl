"""Reads the requirements lock: requirements.txt files in pip's syntax, with a pinned version and hashes in every line.

Phase: module extension (pure functions; other files are read through a callback).
In: the file's text. Out: one entry for each locked distribution, or an error with file and line.
"""

load("//python/private/spec:addresses.bzl", "plain_address_error", "shown_address", "variables")
load("//python/private/spec:markers.bzl", "marker_error")
load("//python/private/spec:names.bzl", "normalize_name")
load(":locked.bzl", "locked_distribution", "parsed_lock")
load(":requirements_constraints.bzl", "constraint_error", "parse_constraint", "unpinned_hint")
load(":requirements_merge.bzl", "add_entry", "duplicate_error")
load(":requirements_options.bzl", "apply_format_option", "parse_file_options", "parse_requirement_options", "split_requirement")
load(":requirements_source.bzl", "name_and_extras", "parse_source")
load(":requirements_text.bzl", "expand_variables", "join_path", "logical_lines", "via_names")

visibility(["//python/...", "//tests/starlark/..."])

_MAX_LINES = 10000000
_HASH_HINT = "To fix: lock it with hashes, 'pip-compile --generate-hashes' or 'uv pip compile --generate-hashes'."

def _lines(text, where, constraints, chain, getenv):
    """Gives the lines of one file as a stack: the last line comes first. Comments belong to the line before them."""
    items = []
    for line in logical_lines(text):
        if line.text:
            items.append(dict(
                chain = chain,
                comments = [line.comment],
                constraints = constraints,
                file = where,
                number = line.number,
                text = expand_variables(line.text, getenv),
            ))
        elif items:
            items[-1]["comments"].append(line.comment)
    return [struct(**item) for item in reversed(items)]

def _split_marker(text):
    """Separates the marker. After a URL its `;` needs white space in front, because a URL may contain a `;`."""
    mark = ";"
    if "://" in text or "@" in text:
        mark = "; " if "; " in text and not " ;" in text else " ;"
    body, found, marker = text.partition(mark)
    return (body.strip(), marker.strip()) if found else (text.strip(), "")

def _sha256s(fields, fragment, options):
    """Collects the sha256 of a requirement; returns (digests, error)."""
    hashes = dict(options.hashes)
    if "sha256" in fragment:
        checked = parse_requirement_options("--hash=sha256:" + fragment["sha256"])
        if checked.error:
            return [], checked.error
        hashes["sha256"] = hashes.get("sha256", []) + [d for d in checked.hashes["sha256"] if d not in hashes.get("sha256", [])]
    others = sorted([key for key in hashes if key != "sha256"] + [key for key in fragment if key in ["md5", "sha1", "sha384", "sha512"]])
    what = fields["name"] + ("==" + fields["version"] if fields["source"] == "index" else "")
    if hashes.get("sha256"):
        return hashes["sha256"], ""
    if others:
        return [], "{} has a hash of {} only; expected a sha256. To fix: add --hash=sha256:..., as 'pip hash' prints it.".format(
            what,
            ", ".join(others),
        )
    if fields["source"] == "index":
        return [], "{} has no hash; expected --hash=sha256:.... {}".format(what, _HASH_HINT)
    if fields["source"] == "url":
        return [], "{} has no hash; expected #sha256=... at the end of its address, or --hash=sha256:....".format(what)
    return [], ""

def _requirement(item, place, state, read):
    """Parses one requirement line; returns an error or empty."""
    text, options_text = split_requirement(item.text)
    body, marker = _split_marker(text)
    options = parse_requirement_options(options_text)
    error = options.error or (marker_error(marker) if marker else "")
    if error:
        return error
    if item.constraints:
        constraint, error = parse_constraint(body, marker, options.hashes, place)
        state.constraints.append(constraint)
        return error
    source = parse_source(body, item.file, read)
    if " is not pinned; " in source.error:
        name, _, wrong = name_and_extras(body)
        state.unpinned.append((place, "" if wrong else normalize_name(name), source.error))
        return ""
    hashes, error = ([], source.error) if source.error else _sha256s(source.fields, source.fragment, options)
    if error:
        return error
    return add_entry(state.entries, locked_distribution(**(source.fields | dict(
        build_options = options.build_options,
        config_settings = options.config_settings,
        global_options = options.global_options,
        hashes = hashes,
        marker = marker,
        name = normalize_name(source.fields["name"]),
        via = via_names(item.comments),
        where = place,
    ))))

def _include(item, option, value, read, getenv):
    """Opens a file that another one includes. Returns (its lines, error)."""
    if "://" in value:
        return [], "the file '{}' is on a network, where it can change. To fix: put it into the workspace.".format(value)
    path = None if value.startswith("/") else join_path(item.file, value)
    if path == None:
        return [], "the file '{}' is outside of the workspace. To fix: put it into the workspace.".format(value)
    if path in item.chain:
        return [], "the file '{}' includes itself. To fix: remove this line.".format(value)
    text = read(path)
    if text == None:
        return [], "the file '{}' does not exist; expected {}.".format(value, path)
    return _lines(text, path, option == "--constraint", item.chain + [path], getenv), ""

def _options(item, state, pending, read, getenv):
    """Handles a line with options for the whole file. Returns an error or empty."""
    options, error = parse_file_options(item.text)
    for option, value in options:
        if error:
            return error
        if option in ["--requirement", "--constraint"]:
            lines, error = _include(item, option, value, read, getenv)
            pending.extend(lines)
        elif option == "--no-binary":
            apply_format_option(value, state.no_binary, state.only_binary)
        elif option == "--only-binary":
            apply_format_option(value, state.only_binary, state.no_binary)
        elif option in ["--index-url", "--extra-index-url"] and not variables(value) and plain_address_error(value):
            error = "{} '{}' {}".format(option, shown_address(value), plain_address_error(value))
        elif option == "--index-url":
            state.index_url.clear()
            state.index_url.append(value)
        elif option == "--extra-index-url" and value not in state.extra_index_urls:
            state.extra_index_urls.append(value)
    return error

def _final_error(state):
    for place, name, error in state.unpinned:
        return "{}: {}{}".format(place, error, unpinned_hint(state.constraints, name))
    for constraint in state.constraints:
        for entry in state.entries.get(constraint.name, []):
            error = constraint_error(constraint, entry)
            if error:
                return error
    return duplicate_error(state.entries)

def parse_requirements(text, where, read = lambda path: None, getenv = lambda name: None):
    """Parses a requirements lock.

    Args:
      text: (str) the file's content.
      where: (str) the file's path in its repository, for messages and for what it names relative to itself.
      read: (callable) path in the repository to text, or None if there is no such file.
      getenv: (callable) name of an environment variable to its value or None.

    Returns:
      (struct) from `parsed_lock`; `error` is the first error as `file:line: message`.
    """
    state = struct(
        constraints = [],
        entries = {},
        extra_index_urls = [],
        index_url = [],
        no_binary = {},
        only_binary = {},
        unpinned = [],
    )
    if "\000" in text:
        return parsed_lock(error = ("{}: has NUL characters, as UTF-16 has them; expected UTF-8. To fix: write the lock with its tool's " +
                                    "--output-file, since '>' of PowerShell writes UTF-16.").format(where))
    pending = _lines(text, where, False, [where], getenv)
    for _ in range(_MAX_LINES):
        if not pending:
            break
        item = pending.pop()
        place = "{}:{}".format(item.file, item.number)
        if item.text.startswith("-"):
            error = _options(item, state, pending, read, getenv)
        else:
            error = _requirement(item, place, state, read)
        if error:
            return parsed_lock(error = "{}: {}".format(place, error))
    error = _final_error(state)
    return parsed_lock(
        entries = [] if error else [entry for entries in state.entries.values() for entry in entries],
        error = error,
        extra_index_urls = state.extra_index_urls,
        index_url = (state.index_url + [""])[0],
        no_binary = sorted(state.no_binary),
        only_binary = sorted(state.only_binary),
    )
