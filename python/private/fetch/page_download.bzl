"""Downloading a project page, which has no hash.

Phase: repository.
In: a page's address. Out: the files that it offers.
"""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "read_user_netrc", "use_netrc")
load(":index_page.bzl", "ACCEPT", "parse_project_page")

visibility(["//python/...", "//tests/starlark/..."])

_OUTPUT = "_index/page"

# Bazel's downloader does not follow plain http without a hash. A page may come that way, as what it leads to is checked by
# a hash from the lock. Name and password go through the environment, where other users do not see them.
_PLAIN_HTTP = """\
import base64, os, sys, urllib.request
url, accept, output = sys.argv[1:]
headers = {"Accept": accept}
login = os.environ.pop("REPROWHEEL_LOGIN", "")
if login:
    text = login + ":" + os.environ.pop("REPROWHEEL_PASSWORD", "")
    headers["Authorization"] = "Basic " + base64.b64encode(text.encode()).decode()
with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as page:
    content = page.read()
with open(output, "wb") as file:
    file.write(content)
"""

def page_auth(rctx, url, login, password):
    """Gives the `auth` argument of Bazel's `download`: what the index's address says, else the user's netrc.

    Args:
      rctx: the repository context.
      url: (str) what is going to be downloaded.
      login: (str) user name from the index's address, or empty.
      password: (str) password from there.

    Returns:
      (dict) for `download`.
    """
    if login:
        return {url: {"login": login, "password": password, "type": "basic"}}
    return use_netrc(read_user_netrc(rctx), [url], {})

def _download_plain(rctx, page, auth):
    python = rctx.which("python3") or rctx.which("python")
    if not python:
        return False
    known = auth.get(page, {})
    rctx.file(_OUTPUT, "", executable = False)
    result = rctx.execute(
        [python, "-I", "-c", _PLAIN_HTTP, page, ACCEPT, rctx.path(_OUTPUT)],
        environment = {"REPROWHEEL_LOGIN": known.get("login", ""), "REPROWHEEL_PASSWORD": known.get("password", "")},
        timeout = 120,
    )
    return result.return_code == 0

def read_page(rctx, page, login, password):
    """Downloads one project page.

    Args:
      rctx: the repository context.
      page: (str) its address.
      login: (str) user name, or empty.
      password: (str) password, or empty.

    Returns:
      (list[struct]) as `parse_project_page`; None where the index does not have the page or does not answer.
    """
    if page.startswith("file://") and not rctx.path(page[len("file://"):]).exists:
        return None
    auth = page_auth(rctx, page, login, password)
    if page.startswith("http://"):
        success = _download_plain(rctx, page, auth)
    else:
        success = rctx.download(page, _OUTPUT, allow_fail = True, auth = auth, headers = {"Accept": ACCEPT}).success
    files = parse_project_page(rctx.read(_OUTPUT, watch = "no"), page) if success else None
    rctx.delete("_index")
    return files
