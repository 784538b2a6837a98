"""Downloads a project page, which has no hash.

Phase: repository.
In: a page's address. Out: the files that it offers.
"""

load("//python/private/host:probe.bzl", "UTF8_MODE")
load(":index_page.bzl", "ACCEPT", "MAX_PAGE", "parse_project_page")

visibility(["//python/...", "//tests/starlark/..."])

_OUTPUT = "_index/page"

_MAX_ARCHIVE = 1 << 30

# Bazel's downloader refuses plain http without a hash. A page may come that way: the files that it names are checked by a hash
# of the lock. User name and password are passed in the environment, where other users of the machine do not see them.
_PLAIN_HTTP = """\
import base64, http.client, os, sys, urllib.error, urllib.request
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
    sys.exit(f"{error.code} {error.reason}")
except (http.client.HTTPException, OSError, ValueError) as error:
    sys.exit(" ".join(str(getattr(error, "reason", error)).split()))
if len(content) > int(limit):
    sys.exit("its answer is too long")
with open(output, "wb") as file:
    file.write(content)
"""

def _ask(rctx, page, auth, output, limit):
    """Asks with Python. Returns what went wrong: the server's answer, or why there is none; empty if nothing did."""
    python = rctx.which("python3") or rctx.which("python")
    if not python:
        return "there is no python3 on PATH to ask it with"
    known = auth.get(page, {})
    result = rctx.execute(
        [python, "-I"] + UTF8_MODE + ["-c", _PLAIN_HTTP, page, ACCEPT, output, str(limit)],
        environment = {
            "REPROWHEEL_AUTHORIZATION": known.get("pattern", "").replace("<login>", known.get("login", "")).replace("<password>", known.get("password", "")),
            "REPROWHEEL_LOGIN": "" if known.get("pattern") else known.get("login", ""),
            "REPROWHEEL_PASSWORD": known.get("password", ""),
        },
        quiet = True,
        timeout = 120,
    )
    lines = result.stderr.strip().split("\n")
    return "" if result.return_code == 0 else lines[-1] or "no answer in time"

def why_not(rctx, address, auth):
    """Says why an address cannot be downloaded. Bazel tells it in a warning only, and only people read that.

    Args:
      rctx: the repository context.
      address: (str) what could not be downloaded.
      auth: (dict) as Bazel's `download` takes it.

    Returns:
      (str) such as `404 Not Found`, or why there is no answer; empty if it is not known.
    """
    if address.startswith("file://"):
        return "" if rctx.path(address[len("file://"):]).exists else "there is no such file"
    said = _ask(rctx, address, auth, "/dev/null", MAX_PAGE)
    return "" if said == "its answer is too long" else said

def served_digest(rctx, url, auth):
    """Gives the digest of what an address serves, to say that it is another file than the wanted one.

    Args:
      rctx: the repository context.
      url: (str) its address.
      auth: (dict) as Bazel's `download` takes it.

    Returns:
      (str) sha256; empty if it serves nothing.
    """
    if url.startswith("http://"):
        rctx.file(_OUTPUT, "", executable = False)
        found = not _ask(rctx, url, auth, rctx.path(_OUTPUT), _MAX_ARCHIVE)
        digest = rctx.download("file://{}".format(rctx.path(_OUTPUT)), _OUTPUT + ".copy").sha256 if found else ""
    else:
        answer = rctx.download(url, _OUTPUT, allow_fail = True, auth = auth)
        digest = answer.sha256 if answer.success else ""
    rctx.delete("_index")
    return digest

def _get(rctx, url, auth, accept):
    """Downloads a text that has no hash. Returns (text, or None; why there is none, if that is known without asking again)."""
    if url.startswith("file://") and not rctx.path(url[len("file://"):]).exists:
        return None, "there is no such file"
    said = ""
    if url.startswith("http://"):
        rctx.file(_OUTPUT, "", executable = False)
        said = _ask(rctx, url, auth, rctx.path(_OUTPUT), MAX_PAGE)
        success = not said
    else:
        success = rctx.download(url, _OUTPUT, allow_fail = True, auth = auth, headers = {"Accept": accept}).success
    text = rctx.read(_OUTPUT, watch = "no") if success else None
    rctx.delete("_index")
    return text, said

def read_json(rctx, url, auth):
    """Downloads a JSON object that has no hash.

    Args:
      rctx: the repository context.
      url: (str) its address.
      auth: (dict) as Bazel's `download` takes it.

    Returns:
      (struct) `content`: dict, None if there is none; `said`: why, if that is known without asking again; empty otherwise.
    """
    text, said = _get(rctx, url, auth, "application/json")
    content = json.decode(text, None) if text else None
    if text and type(content) != "dict":
        return struct(content = None, said = "its answer is no JSON object")
    return struct(content = content, said = said)

def read_page(rctx, page, auth, hashes):
    """Downloads one project page.

    Args:
      rctx: the repository context.
      page: (str) its address.
      auth: (dict) as Bazel's `download` takes it.
      hashes: (list[str]) sha256 of the files that are wanted.

    Returns:
      (struct) `files`: those that are wanted, as of `parse_project_page`; None if the index does not have the page or does not
      answer; `text`: the page, for its other files; `said`: why, if that is known without asking again; empty otherwise.
    """
    text, said = _get(rctx, page, auth, ACCEPT)
    files = parse_project_page(text, page, hashes) if text != None else None
    return struct(files = files, text = text, said = "its answer is no page of an index" if text != None and files == None else said)
