"""Pages of a simple index: PEP 691 JSON and PEP 503 HTML.

Phase: repository (pure functions).
In: a project page's text and its address. Out: the files it offers.
"""

visibility(["//python/...", "//tests/starlark/..."])

# The forms of a project page that are asked for (header Accept). Both are understood.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

# The longest page that is read, in characters, as in python/reprowheel/limits.py.
MAX_PAGE = 64 * 1024 * 1024

_REMOTE = ["http", "https"]

_SHA256 = "sha256="

_ENTITIES = {"&#38;": "&", "&#39;": "'", "&amp;": "&", "&gt;": ">", "&lt;": "<", "&quot;": "\""}

def _unescape(text):
    for entity, char in _ENTITIES.items():
        text = text.replace(entity, char)
    return text

def project_page(index, name):
    """Gives the address of a project's page.

    Args:
      index: (str) address of a simple index, with any scheme that Bazel downloads from.
      name: (str) normalized name.

    Returns:
      (str) the page; for a folder (`file:`) the file that a web server would send.
    """
    page = "{}/{}/".format(index.rstrip("/"), name)
    return page + "index.html" if index.startswith("file:") else page

def join_url(base, reference):
    """Resolves a reference against the page it stands on (RFC 3986, section 5, without queries).

    Args:
      base: (str) the page's absolute address.
      reference: (str) what the page says: absolute, from the root, or relative with `..`.

    Returns:
      (str) the absolute address.
    """
    if "://" in reference.split("?")[0].split("#")[0]:
        return reference
    scheme, _, rest = base.partition("://")
    host, _, path = rest.partition("/")
    if reference.startswith("//"):
        return "{}:{}".format(scheme, reference)
    if reference.startswith("/"):
        return "{}://{}{}".format(scheme, host, reference)
    segments = path.split("/")[:-1]
    for part in reference.split("/"):
        if part == "..":
            if segments:
                segments.pop()
        elif part != ".":
            segments.append(part)
    return "{}://{}/{}".format(scheme, host, "/".join(segments))

def _is_file(item):
    """Says whether an entry of a page is a file with a sha256, in the types of PEP 691."""
    if type(item) != "dict" or type(item.get("hashes")) != "dict":
        return False
    return "string" == type(item.get("filename")) and "string" == type(item.get("url")) and "string" == type(item["hashes"].get("sha256"))

def leads_elsewhere(address, page):
    """Says whether a page of a server names something that is on no server: it may not name files of this machine.

    Args:
      address: (str) what the page names, absolute.
      page: (str) the page's address.

    Returns:
      (bool) whether the file must not be fetched.
    """
    return page.split(":")[0].lower() in _REMOTE and address.split(":")[0].lower() not in _REMOTE

def _is_wanted(digest, hashes):
    return hashes == None or digest.lower() in hashes

def _parse_json(text, page, hashes):
    content = json.decode(text, None)
    if type(content) != "dict" or type(content.get("files")) != "list":
        return None
    return [
        struct(
            filename = item["filename"],
            sha256 = item["hashes"]["sha256"].lower(),
            url = join_url(page, item["url"]),
        )
        for item in content["files"]
        if _is_file(item) and _is_wanted(item["hashes"]["sha256"], hashes)
    ]

def _attribute(tag, name):
    """Takes one attribute's value out of a tag's text."""
    for quote in ["\"", "'"]:
        _, found, rest = tag.partition("{}={}".format(name, quote))
        if found:
            return _unescape(rest.split(quote)[0])
    return ""

def _may_be_wanted(link, hashes):
    """Says whether a link may have one of the hashes: pages have thousands of links, and to read one takes long."""
    if hashes == None:
        return True
    for rest in link.split(_SHA256)[1:]:
        if rest[:64].lower() in hashes:
            return True
    return False

def _parse_html(text, page, hashes):
    files = []
    _, has_base, rest = text.replace("<BASE ", "<base ").partition("<base ")
    base = join_url(page, _attribute(rest.partition(">")[0], "href")) if has_base else page
    for link in text.replace("<A ", "<a ").split("<a ")[1:]:
        if not _may_be_wanted(link, hashes):
            continue
        tag, _, rest = link.partition(">")
        content = rest.partition("<")[0]
        address, _, fragment = _attribute(tag, "href").partition("#")
        digest = fragment.removeprefix(_SHA256).split("&")[0]
        if not fragment.startswith(_SHA256) or not _is_wanted(digest, hashes):
            continue
        filename = _unescape(content.strip()) or address.split("?")[0].split("/")[-1]
        files.append(struct(
            filename = filename,
            sha256 = digest.lower(),
            url = join_url(base, address),
        ))
    return files

def parse_project_page(text, page, hashes = None):
    """Reads the files that a project page offers with a sha256.

    Args:
      text: (str) the page, JSON (PEP 691) or HTML (PEP 503).
      page: (str) its address.
      hashes: (list[str]) sha256 of the files that are wanted; None for all.

    Returns:
      (list[struct]) each with `filename`, `url`, `sha256`; None if the text is neither form, or longer than `MAX_PAGE`.
    """
    if len(text) > MAX_PAGE:
        return None
    if hashes != None:
        hashes = {digest: True for digest in hashes}
    if text.lstrip().startswith("{"):
        return _parse_json(text, page, hashes)
    return _parse_html(text, page, hashes) if "<" in text else None
