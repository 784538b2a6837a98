"""Finds a locked file on an index by its hash, and downloads it through Bazel's downloader.

Phase: repository.
In: hashes from a lock. Out: the archive in the repository. If no index answers, Bazel's repository cache may still have it.
"""

load("//python/private/spec:filenames.bzl", "is_wheel_name", "parse_wheel_name", "sdist_suffix")
load(":index_page.bzl", "leads_elsewhere", "project_page")
load(":index_url.bzl", "split_credentials")
load(":page_download.bzl", "read_page")

visibility(["//python/...", "//tests/starlark/..."])

# Bazel wants an address even if only the repository cache is to be asked. Nothing can be downloaded from this one.
_CACHE_ONLY = "file:///nonexistent/reprowheel/{}"

_LOGIN_HINT = "To fix: check user name and password: netrc, the index's address, or Bazel's credential helper."

_INDEX_HINT = "To fix: set PIP_INDEX_URL, pip.parse(index_url = ...) or pip's own configuration to an index that can be " + \
              "reached; without network, run once with the same --repository_cache while there is one."

def describe(wanted):
    """Names a wanted distribution for messages.

    Args:
      wanted: (struct) with `name`, `version`, `where`.

    Returns:
      (str) for example `requirements.txt:3: foo==1.0`.
    """
    return "{}: {}=={}".format(wanted.where, wanted.name, wanted.version)

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

def find_on_indexes(rctx, indexes, wanted):
    """Looks the wanted hashes up on the project pages of all indexes.

    Args:
      rctx: the repository context.
      indexes: (struct) from `index_settings`.
      wanted: (struct) with `name` and `hashes`.

    Returns:
      (struct) `files`: dict from hash to struct(filename, url, auth); `answered`: addresses of the pages that were read;
      `refused`: dict from the address of a page that the server refused to its answer.
    """
    files = {}
    answered = []
    refused = {}
    for address in indexes.addresses:
        page = project_page(address, wanted.name)
        offered = read_page(rctx, page, indexes.auth(page))
        if offered.refused:
            refused[page] = offered.refused
        if offered.files == None:
            continue
        answered.append(page)
        for file in offered.files:
            if file.sha256 in wanted.hashes and file.sha256 not in files:
                if leads_elsewhere(file.url, page):
                    fail(elsewhere_error(wanted, page, file.url))
                files[file.sha256] = struct(
                    auth = indexes.auth(file.url),
                    filename = file.filename.split("/")[-1],
                    url = file.url,
                )
    return struct(answered = answered, files = files, refused = refused)

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
        fail("{}: {} could not be downloaded with sha256 {}; Bazel's warning above says why. {}".format(
            describe(wanted),
            url,
            digest,
            _INDEX_HINT,
        ))
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

def not_found_error(wanted, found, indexes):
    """Says that no index and no cache has a locked file.

    Args:
      wanted: (struct) with `name`, `version`, `where`, `hashes`.
      found: (struct) from `find_on_indexes`.
      indexes: (list[str]) the addresses that were asked.

    Returns:
      (str) the message.
    """
    hashes = ", ".join(["sha256:" + digest for digest in wanted.hashes])
    if found.answered:
        return "{}: none of its locked hashes ({}) is offered by {}; expected one of them. To fix: lock it again.".format(
            describe(wanted),
            hashes,
            ", ".join(found.answered),
        )
    if found.refused:
        said = ["{} says {}".format(page, answer) for page, answer in found.refused.items()]
        return "{}: {}; expected the index's page. {}".format(describe(wanted), ", ".join(said), _LOGIN_HINT)
    asked = ", ".join([split_credentials(index)[0] for index in indexes]) or "no index is configured"
    return "{}: no index answers ({}), and the repository cache has none of its locked files ({}). {}".format(
        describe(wanted),
        asked,
        hashes,
        _INDEX_HINT,
    )
