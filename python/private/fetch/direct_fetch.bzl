"""Fetches from sources that are no index: a URL, a file or folder of the workspace, a commit of a git repository.

Phase: repository.
In: what the lock says. Out: an archive under its canonical name. Folders and commits are packed as canonical archives.
"""

load("//python/private/helper:run.bzl", "helper_facts", "run_helper_program")
load("//python/private/spec:core_metadata.bzl", "first")
load("//python/private/spec:filenames.bzl", "is_wheel_name", "sdist_suffix")
load("//python/private/spec:versions.bzl", "compare_versions")
load(":archive.bzl", "canonical_name", "checked_archive")
load(":download.bzl", "describe", "download_by_hash", "download_from_cache")
load(":index_url.bzl", "split_credentials")
load(":repository_build.bzl", "helper_message")

visibility(["//python/...", "//tests/starlark/..."])

_UNNAMED = "_source"

# Variables that git may need to reach a repository: the user's keys, proxies and certificates. None of them changes what a
# commit holds.
_GIT_VARIABLES = [
    "ALL_PROXY",
    "GIT_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PATH",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "USER",
    "XDG_CONFIG_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
]

_GIT_SECONDS = 3600

def _named(rctx, wanted, file):
    """Renames an archive to its canonical name. Returns struct(archive, digest, file); the digest is not filled in."""
    archive = checked_archive(rctx, wanted, file)
    return archive, canonical_name(archive, wanted)

def url_file_name(url):
    """Gives the file name that an address ends in.

    Args:
      url: (str) the address.

    Returns:
      (str) the name without query and fragment.
    """
    return url.partition("#")[0].partition("?")[0].rstrip("/").split("/")[-1].replace("%2B", "+").replace("%2b", "+")

def source_error(source, url, commit, hashes):
    """Checks what a lock says of a source that is no index. The lock stage has checked the same before: this is a second guard.

    Args:
      source: (str) `url`, `git` or `path`.
      url: (str) the address, without password.
      commit: (str) of a git repository.
      hashes: (list[str]) the locked ones.

    Returns:
      (str) what is wrong with it, or an empty string.
    """
    if source == "url" and not hashes:
        return "{} has no hash; expected --hash=sha256:..., because a URL may serve other bytes tomorrow.".format(url)
    if source == "git" and (len(commit) not in [40, 64] or commit.strip("0123456789abcdef")):
        return "'{}' is not a full commit; expected 40 or 64 hexadecimal digits, because a branch or a tag may move.".format(commit)
    return ""

def _check(wanted, error):
    if error:
        fail("{}: {}".format(describe(wanted), error))

def _download_any(rctx, wanted, url, auth):
    """Downloads an archive whose hash must be one of the locked ones; returns (file name, digest)."""
    file = url_file_name(url)
    if not is_wheel_name(file) and not sdist_suffix(file):
        file = _UNNAMED
    for digest in wanted.hashes[:-1]:
        if rctx.download(url, file, allow_fail = True, auth = auth, sha256 = digest).success:
            return file, digest
    download_by_hash(rctx, wanted, wanted.hashes[-1], url, file, auth)
    return file, wanted.hashes[-1]

def fetch_url(rctx, wanted, indexes):
    """Fetches an archive by its address and hash.

    Args:
      rctx: the repository context.
      wanted: (struct) `name`, `version`, `where`, `hashes`.
      indexes: (struct) from `index_settings`.

    Returns:
      (struct) `archive`, `digest`, `file`, `packed` (bool: the archive was made here, from a folder or a commit).
    """
    url, login, password = split_credentials(rctx.attr.url.partition("#")[0])
    _check(wanted, source_error("url", url, "", wanted.hashes))
    if "://" not in url:
        return fetch_local(rctx, wanted, url)
    auth = {url: {"login": login, "password": password, "type": "basic"}} if login else indexes.auth(url)
    file, digest = _download_any(rctx, wanted, url, auth)
    if rctx.attr.subdirectory:
        rctx.extract(file, output = "_unpacked")
        rctx.delete(file)
        return _archived(rctx, wanted, _only_folder(rctx.path("_unpacked")), [], digest)
    archive, name = _named(rctx, wanted, file)
    if name != file:
        rctx.delete(file)
        download_by_hash(rctx, wanted, digest, url, name, auth)
    return struct(archive = archive, digest = digest, file = name, packed = False)

def _only_folder(path):
    children = [child for child in path.readdir() if child.is_dir]
    return children[0] if len(children) == 1 else path

def _workspace_path(rctx, text):
    """Gives the absolute path of a path that the lock names."""
    if text.startswith("@"):
        repository, _, path = text.partition("//")
        return rctx.path(Label("@@{}//:MODULE.bazel".format(repository.lstrip("@")))).dirname.get_child(path)
    if text.startswith("/"):
        return rctx.path(text)
    root = rctx.path(rctx.attr.root).dirname if rctx.attr.root else rctx.workspace_root
    return root.get_child(*[part for part in text.split("/") if part not in ["", "."]])

def fetch_local(rctx, wanted, text):
    """Takes a file or folder of the workspace.

    Args:
      rctx: the repository context.
      wanted: (struct) `name`, `version`, `where`, `hashes`.
      text: (str) path, relative to the workspace.

    Returns:
      (struct) `archive`, `digest`, `file`, `packed`.
    """
    path = _workspace_path(rctx, text)
    if not path.exists:
        fail("{}: {} does not exist; expected an sdist, a wheel or a project's folder in the workspace.".format(describe(wanted), text))
    if path.is_dir:
        if hasattr(rctx, "watch_tree"):
            rctx.watch_tree(path)
        return _archived(rctx, wanted, path, wanted.hashes, "")
    if hasattr(rctx, "watch"):
        rctx.watch(path)
    file = path.basename if is_wheel_name(path.basename) else _UNNAMED
    digest = rctx.download("file://{}".format(path), file).sha256
    if wanted.hashes and digest not in wanted.hashes:
        fail("{}: {} has sha256 {}; expected {}. To fix: lock it again, if the change was meant.".format(
            describe(wanted),
            text,
            digest,
            " or ".join(wanted.hashes),
        ))
    archive, name = _named(rctx, wanted, file)
    if name != file:
        rctx.download("file://{}".format(path), name, sha256 = digest)
        rctx.delete(file)
    return struct(archive = archive, digest = digest, file = name, packed = False)

def fetch_path(rctx, wanted):
    """Takes a file or folder of the workspace. Bazel watches it, so a change fetches again.

    Args:
      rctx: the repository context.
      wanted: (struct) `name`, `version`, `where`, `hashes` (of the archive; for a folder, of the canonical archive that is made of it).

    Returns:
      (struct) `archive`, `digest`, `file`, `packed` (bool: the archive was made here, from a folder or a commit).
    """
    return fetch_local(rctx, wanted, rctx.attr.path)

def fetch_git(rctx, wanted):
    """Fetches a commit of a git repository as a canonical archive.

    Args:
      rctx: the repository context.
      wanted: (struct) `name`, `version`, `where`, `hashes` (of the canonical archive; may be empty).

    Returns:
      (struct) `archive`, `digest`, `file`, `packed` (bool: the archive was made here, from a folder or a commit).
    """
    commit = rctx.attr.commit
    _check(wanted, source_error("git", rctx.attr.url, commit, wanted.hashes))
    rctx.report_progress("fetching commit {} of {}".format(commit[:12], wanted.name))
    return _archived(rctx, wanted, "git+{}@{}".format(rctx.attr.url, commit), wanted.hashes, "")

def _run_archive(rctx, arguments):
    """Runs the verb `archive`."""
    variables = {name: rctx.os.environ[name] for name in _GIT_VARIABLES if name in rctx.os.environ}
    return run_helper_program(rctx, helper_facts(rctx), ["archive"] + arguments, _GIT_SECONDS, variables)

def _checked(wanted, run, hashes):
    """Checks the digest of what the verb made; returns what it says."""
    if run.return_code != 0:
        _check(wanted, helper_message(run.stderr))
    made = json.decode(run.stdout)
    if hashes and made["sha256"] not in hashes:
        fail("{}: the archive of {} has sha256 {}; expected {}. To fix: lock it again, if the change was meant.".format(
            describe(wanted),
            made["source"],
            made["sha256"],
            " or ".join(hashes),
        ))
    return made

def _archived(rctx, wanted, source, hashes, digest):
    """Makes a canonical archive with the helper. `digest`, if given, is the locked one, of another archive of the same source."""
    arguments = [source, "--json", "--name=" + wanted.name, "--out=_archive_out"]
    if wanted.version:
        arguments.append("--version=" + wanted.version)
    if rctx.attr.subdirectory:
        arguments.append("--subdirectory=" + rctx.attr.subdirectory)
    made = _checked(wanted, _run_archive(rctx, arguments), hashes)
    rctx.delete("_unpacked")
    file = "_archive_out/" + made["filename"]
    rctx.download("file://{}".format(rctx.path(file)), made["filename"], sha256 = made["sha256"])
    rctx.delete("_archive_out")
    archive = checked_archive(rctx, wanted, made["filename"])
    stated = first(archive.fields, "version")
    if stated and made["version"] and not compare_versions(stated, "==", made["version"]):
        fail("{}: PKG-INFO of {} says version {}; expected {}, as its pyproject.toml has it. To fix: remove PKG-INFO there.".format(
            describe(wanted),
            made["source"],
            stated,
            made["version"],
        ))
    return struct(archive = archive, digest = digest or made["sha256"], file = made["filename"], packed = True)

def pack_git(rctx, wanted, url, commit, file):
    """Packs a commit that has Rust crates, as `reprowheel fetch-crates` does.

    Args:
      rctx: the repository context.
      wanted: (struct) `name`, `version`, `where`, `hashes`.
      url: (str) the repository.
      commit: (str) full commit.
      file: (str) name of the archive.
    """
    rctx.report_progress("fetching commit {} of {}".format(commit[:12], wanted.name))
    run = _run_archive(rctx, ["git+{}@{}".format(url, commit), "--crates", "--json", "--name=" + wanted.name, "--out=_archive_out"])
    if run.return_code != 0 and download_from_cache(rctx, wanted.hashes[0], file):
        return
    made = _checked(wanted, run, wanted.hashes)
    rctx.download("file://{}".format(rctx.path("_archive_out/" + made["filename"])), file, sha256 = made["sha256"])
    rctx.delete("_archive_out")
