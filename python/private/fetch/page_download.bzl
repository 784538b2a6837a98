"""Downloads a project page, which has no hash.

Phase: repository.
In: a page's address. Out: the files that it offers.
"""

load(":index_page.bzl", "ACCEPT", "MAX_PAGE", "parse_project_page")

visibility(["//python/...", "//tests/starlark/..."])

_OUTPUT = "_index/page"

# Bazel's downloader refuses plain http without a hash. A page may come that way: the files that it names are checked by a hash
# of the lock. User name and password are passed in the environment, where other users of the machine do not see them.
_PLAIN_HTTP = """\
import base64, os, sys, urllib.error, urllib.request
url, accept, output, limit = sys.argv[1:]
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
        content = page.read(int(limit) + 1)
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.reason}" if error.code in (401, 403, 407) else 1)
if len(content) > int(limit):
    sys.exit(1)
with open(output, "wb") as file:
    file.write(content)
"""

def _download_plain(rctx, page, auth):
    """Downloads over plain http. Returns (success, the server's answer if it refused user name or password)."""
    python = rctx.which("python3") or rctx.which("python")
    if not python:
        return False, ""
    known = auth.get(page, {})
    rctx.file(_OUTPUT, "", executable = False)
    result = rctx.execute(
        [python, "-I", "-c", _PLAIN_HTTP, page, ACCEPT, rctx.path(_OUTPUT), str(MAX_PAGE)],
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
      (struct) `files`: list as of `parse_project_page`, None if the index does not have the page or does not answer;
      `refused`: the server's answer if it refused user name or password; empty otherwise.
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
