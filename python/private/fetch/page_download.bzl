"""Downloading a project page, which has no hash.

Phase: repository.
In: a page's address. Out: the files that it offers.
"""

load(":index_page.bzl", "ACCEPT", "parse_project_page")

visibility(["//python/...", "//tests/starlark/..."])

_OUTPUT = "_index/page"

# Bazel's downloader does not follow plain http without a hash. A page may come that way, as what it leads to is checked by
# a hash from the lock. Name and password go through the environment, where other users do not see them.
_PLAIN_HTTP = """\
import base64, os, sys, urllib.error, urllib.request
url, accept, output = sys.argv[1:]
headers = {"Accept": accept}
header = os.environ.pop("REPROWHEEL_AUTHORIZATION", "")
login = os.environ.pop("REPROWHEEL_LOGIN", "")
password = os.environ.pop("REPROWHEEL_PASSWORD", "")
if login:
    header = "Basic " + base64.b64encode((login + ":" + password).encode()).decode()
if header:
    headers["Authorization"] = header
try:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as page:
        content = page.read()
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.reason}" if error.code in (401, 403, 407) else 1)
with open(output, "wb") as file:
    file.write(content)
"""

def _download_plain(rctx, page, auth):
    """Downloads over plain http; returns (success, what the server said where it wants another password)."""
    python = rctx.which("python3") or rctx.which("python")
    if not python:
        return False, ""
    known = auth.get(page, {})
    rctx.file(_OUTPUT, "", executable = False)
    result = rctx.execute(
        [python, "-I", "-c", _PLAIN_HTTP, page, ACCEPT, rctx.path(_OUTPUT)],
        environment = {
            "REPROWHEEL_AUTHORIZATION": known.get("pattern", "").replace("<login>", known.get("login", "")).replace("<password>", known.get("password", "")),
            "REPROWHEEL_LOGIN": "" if known.get("pattern") else known.get("login", ""),
            "REPROWHEEL_PASSWORD": known.get("password", ""),
        },
        quiet = True,
        timeout = 120,
    )
    said = result.stderr.strip()
    return result.return_code == 0, (said if said[:3] in ["401", "403", "407"] else "")

def read_page(rctx, page, auth):
    """Downloads one project page.

    Args:
      rctx: the repository context.
      page: (str) its address.
      auth: (dict) as Bazel's `download` takes it.

    Returns:
      (struct) `files`: list as of `parse_project_page`, None where the index does not have the page or does not answer;
      `refused`: what the server said where it wants another user name or password, else empty.
    """
    if page.startswith("file://") and not rctx.path(page[len("file://"):]).exists:
        return struct(files = None, refused = "")
    refused = ""
    if page.startswith("http://"):
        success, refused = _download_plain(rctx, page, auth)
    else:
        success = rctx.download(page, _OUTPUT, allow_fail = True, auth = auth, headers = {"Accept": ACCEPT}).success
    files = parse_project_page(rctx.read(_OUTPUT, watch = "no"), page) if success else None
    rctx.delete("_index")
    return struct(files = files, refused = refused)
