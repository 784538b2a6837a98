"""Finds a locked file on an index by its hash, and downloads it through Bazel's downloader.

Phase: repository.
In: hashes from a lock. Out: the archive in the repository. If no index answers, Bazel's repository cache may still have it.
"""

load("//python/private/spec:addresses.bzl", "shown_address")
load("//python/private/spec:archive_names.bzl", "archive_identity")
load("//python/private/spec:filenames.bzl", "is_wheel_name", "parse_wheel_name", "sdist_suffix")
load("//python/private/spec:versions.bzl", "compare_versions")
load(":index_page.bzl", "leads_elsewhere", "parse_project_page", "project_page")
load(":page_download.bzl", "read_page", "why_not")

visibility(["//python/...", "//tests/starlark/..."])

# Bazel wants an address even if only the repository cache is to be asked. Nothing can be downloaded from this one. Bazel prints it in a
# warning, so it says what has happened.
_CACHE_ONLY = "file:///not-in-the-repository-cache/{}"

# Answers of servers: user name or password is refused; there is nothing at that address.
_REFUSED = ["401", "403", "407"]
_MISSING = ["404", "410"]

_LOGIN_HINT = "To fix: check user name and password: netrc, the index's address, or Bazel's credential helper."

_NO_LOGIN_HINT = "To fix: 'machine {host} login NAME password SECRET' in the netrc file, or https://$NAME:$SECRET@{host}/... as the index's " + \
                 "address and envsubst = [\"NAME\", \"SECRET\"]."

_INDEX_HINT = "To fix: set PIP_INDEX_URL, pip.parse(index_url = ...) or pip's own configuration to an index that can be " + \
              "reached; without network, run once with the same --repository_cache while there is one."

_PROJECT_HINT = "To fix: check the name in the lock and the index's address, or name the index that has it: " + \
                "pip.parse(index_url_overrides = {{\"{name}\": ...}}) or extra_index_urls."

# So many of a package's hashes a message shows.
_HASHES = 2

def describe(wanted):
    """Names a wanted distribution for messages.

    Args:
      wanted: (struct) with `name`, `version`, `where`.

    Returns:
      (str) for example `requirements.txt:3: foo==1.0`.
    """
    return "{}: {}{}".format(wanted.where, wanted.name, "==" + wanted.version if wanted.version else "")

def elsewhere_error(wanted, page, url):
    """Says that a page of a server names a file of this machine.

    Args:
      wanted: (struct) with `name`, `version`, `where`.
      page: (str) the page's address.
      url: (str) what it names.

    Returns:
      (str) the message.
    """
    return "{}: {} says that its file is at {}; expected http or https. To fix: use another index.".format(describe(wanted), page, url)

def _same_version(filename, wanted):
    name, version = archive_identity(filename)
    return name == wanted.name and bool(version) and compare_versions(version, "==", wanted.version)

def find_on_indexes(rctx, indexes, wanted):
    """Looks the wanted hashes up on the project pages of all indexes.

    Args:
      rctx: the repository context.
      indexes: (struct) from `index_settings`.
      wanted: (struct) with `name`, `version` and `hashes`.

    Returns:
      (struct) `files`: dict from hash to struct(filename, url, auth); `answered`: addresses of the pages that were read;
      `others`: if there are none, names of the files of that version, to their hash; `said`: dict from the address of each
      page that could not be read to the reason, empty if it is not known yet.
    """
    files, others, said = {}, {}, {}
    answered = {}
    for address in indexes.addresses:
        page = project_page(address, wanted.name)
        offered = read_page(rctx, page, indexes.auth(page), wanted.hashes)
        if offered.files == None:
            said[page] = offered.said
            continue
        answered[page] = offered.text
        for file in offered.files:
            if file.sha256 not in files:
                if leads_elsewhere(file.url, page):
                    fail(elsewhere_error(wanted, page, file.url))
                files[file.sha256] = struct(
                    auth = indexes.auth(file.url),
                    filename = file.filename.split("/")[-1],
                    url = file.url,
                )
    for page, text in answered.items() if not files else []:
        for file in parse_project_page(text, page):
            if _same_version(file.filename, wanted):
                others.setdefault(file.filename, file.sha256)
    return struct(answered = answered.keys(), files = files, others = others, said = said)

def choose_file(files, ranking, no_binary):
    """Chooses one of the locked files of a distribution: the best wheel, else the sdist.

    Args:
      files: (dict[str, str]) hash to file name.
      ranking: function without arguments that returns a function from a wheel's name (`parse_wheel_name`) to its rank, smaller
        is better, None if it does not fit; called only if there are wheels.
      no_binary: (bool) whether wheels must not be taken.

    Returns:
      (str) a hash, or None if nothing fits.
    """
    best = None
    best_rank = None
    rank_of = None
    for digest, filename in sorted(files.items()):
        wheel = parse_wheel_name(filename) if is_wheel_name(filename) and not no_binary else None
        rank_of = rank_of or (ranking() if wheel else None)
        rank = rank_of(wheel) if wheel else None
        if rank != None and (best_rank == None or (rank, filename) < best_rank):
            best, best_rank = digest, (rank, filename)
    if best:
        return best
    for suffix in [".tar.gz", ""]:
        for digest, filename in sorted(files.items()):
            if sdist_suffix(filename) and filename.endswith(suffix):
                return digest
    return None

def other_bytes_error(wanted, url, digest, found):
    """Says that an address does not serve the file that was locked.

    Args:
      wanted: (struct) with `name`, `version`, `where`.
      url: (str) the address.
      digest: (str) sha256 that the file must have.
      found: (str) sha256 that it has.

    Returns:
      (str) the message.
    """
    return ("{}: {} has sha256 {}; expected {}. To fix: find out who serves other bytes under that name, an index or " +
            "a proxy, before anything is locked again.").format(describe(wanted), url, found, digest)

def no_file_error(wanted, url, digest, said):
    """Says that a file cannot be downloaded.

    Args:
      wanted: (struct) with `name`, `version`, `where`.
      url: (str) the address.
      digest: (str) sha256 that the file must have.
      said: (str) why, from `why_not`; empty if it is not known.

    Returns:
      (str) the message.
    """
    hint = _LOGIN_HINT if said[:3] in _REFUSED else _INDEX_HINT
    if said[:3] in _MISSING:
        hint = "To fix: use an index whose page names files that are there, or lock another version."
    return "{}: {} could not be downloaded with sha256 {}; {}. {}".format(
        describe(wanted),
        shown_address(url),
        digest,
        "it says " + said if said[:3].isdigit() else said or "Bazel's warning above says why",
        hint,
    )

def download_by_hash(rctx, wanted, digest, url, output, auth = {}):
    """Downloads one file and checks its hash. Fails with a message that names the place in the lock.

    Args:
      rctx: the repository context.
      wanted: (struct) with `name`, `version`, `where`.
      digest: (str) sha256 that the file must have.
      url: (str) where it is.
      output: (str) file name in the repository.
      auth: (dict) as Bazel's `download` takes it.
    """
    if rctx.download(url, output, allow_fail = True, auth = auth, sha256 = digest).success:
        return

    # Bazel says why in a warning only. Wrong bytes need another advice than no answer, so ask once more, without the hash.
    again = rctx.download(url, output, allow_fail = True, auth = auth)
    rctx.delete(output)
    if not again.success:
        fail(no_file_error(wanted, url, digest, why_not(rctx, url, auth)))
    if again.sha256 != digest:
        fail(other_bytes_error(wanted, url, digest, again.sha256))
    rctx.download(url, output, auth = auth, sha256 = digest)

def download_from_cache(rctx, digest, output):
    """Takes a file out of Bazel's repository cache.

    Args:
      rctx: the repository context.
      digest: (str) sha256 of the file.
      output: (str) file name in the repository.

    Returns:
      (bool) whether the cache has it.
    """
    return rctx.download(_CACHE_ONLY.format(digest), output, allow_fail = True, sha256 = digest).success

def explained(rctx, found, indexes):
    """Asks once more why pages could not be read, where that is not known.

    Args:
      rctx: the repository context.
      found: (struct) from `find_on_indexes`.
      indexes: (struct) from `index_settings`.

    Returns:
      (struct) the same, with all reasons, and `logins`: dict from the address of each page to who names its password.
    """
    return struct(
        answered = found.answered,
        files = found.files,
        logins = {page: indexes.login(page) for page in found.said},
        others = found.others,
        said = {page: said or why_not(rctx, page, indexes.auth(page)) for page, said in found.said.items()},
    )

def _hashes(hashes):
    more = len(hashes) - _HASHES
    return ", ".join(["sha256:" + digest for digest in hashes[:_HASHES]]) + (" and {} more".format(more) if more > 0 else "")

def _answer(page, said):
    return "{} says {}".format(page, said) if said[:3].isdigit() else "{}: {}".format(page, said or "Bazel's warning above says why")

def _not_offered_error(wanted, found):
    pages = ", ".join(found.answered)
    if not found.others:
        return "{}: {} has no file of that version with a sha256; expected one that is locked ({}). To fix: lock a version that the index has.".format(
            describe(wanted),
            pages,
            _hashes(wanted.hashes),
        )
    shown = ["{} with sha256:{}".format(filename, digest) for filename, digest in sorted(found.others.items())[:_HASHES]]
    return ("{}: none of its locked hashes ({}) is offered by {}, which has {}; expected one of them. To fix: find out why the files are " +
            "others, then lock it again.").format(describe(wanted), _hashes(wanted.hashes), pages, " and ".join(shown))

def not_found_error(wanted, found, indexes):
    """Says that no index and no cache has a locked file.

    Args:
      wanted: (struct) with `name`, `version`, `where`, `hashes`.
      found: (struct) from `explained`.
      indexes: (list[str]) the addresses that were asked.

    Returns:
      (str) the message.
    """
    if found.answered:
        return _not_offered_error(wanted, found)
    answers = [_answer(page, said) for page, said in found.said.items()]
    for page, said in found.said.items():
        if said[:3] in _REFUSED:
            source = found.logins[page]
            hint = "To fix: correct user name and password in {}.".format(source) if source else _NO_LOGIN_HINT.format(host = page.split("/")[2])
            return "{}: {}{}; expected the index's page. {}".format(describe(wanted), ", ".join(answers), "" if source else ", and was sent no password", hint)
    if answers and not [said for said in found.said.values() if said[:3] not in _MISSING and said != "there is no such file"]:
        return "{}: no index has '{}' ({}). {}".format(describe(wanted), wanted.name, ", ".join(answers), _PROJECT_HINT.format(name = wanted.name))
    return "{}: no index answers ({}), and the repository cache has none of its locked files ({}). {}".format(
        describe(wanted),
        ", ".join(answers) or ", ".join(indexes) or "no index is configured",
        _hashes(wanted.hashes),
        _INDEX_HINT,
    )
