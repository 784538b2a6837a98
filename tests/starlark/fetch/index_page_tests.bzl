"""Tests of //python/private/fetch:index_page.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:download.bzl", "elsewhere_error")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:index_page.bzl", "MAX_PAGE", "join_url", "leads_elsewhere", "parse_project_page", "project_page")

_A = "a" * 64
_B = "b" * 64
_PAGE = "https://example.org/simple/foo/"

def _html_test_impl(ctx):
    """PEP 503: links with a sha256 fragment, relative and absolute, with entities, other tags ignored."""
    env = unittest.begin(ctx)
    text = """<!DOCTYPE html><html><head><title>x</title><meta name="pypi:repository-version" content="1.0"></head><body>
<h1>Links</h1><abbr>no link</abbr>
<a href="../../files/foo-1.0.tar.gz#sha256={a}" data-requires-python="&gt;=3.8">foo-1.0.tar.gz</a><br/>
<A href='https://files.example.org/x/foo-1.0-py3-none-any.whl?a=1&amp;b=2#sha256={b}'>
  foo-1.0-py3-none-any.whl </a>
<a href="foo-0.9.tar.gz#md5=00">foo-0.9.tar.gz</a><a href="foo-0.8.tar.gz">foo-0.8.tar.gz</a>
</body></html>""".format(a = _A, b = _B.upper())
    asserts.equals(env, [
        struct(filename = "foo-1.0.tar.gz", sha256 = _A, url = "https://example.org/files/foo-1.0.tar.gz"),
        struct(
            filename = "foo-1.0-py3-none-any.whl",
            sha256 = _B,
            url = "https://files.example.org/x/foo-1.0-py3-none-any.whl?a=1&b=2",
        ),
    ], parse_project_page(text, _PAGE))
    return unittest.end(env)

html_test = unittest.make(_html_test_impl)

def _json_test_impl(ctx):
    """PEP 691: files with a sha256; a file without one is no candidate."""
    env = unittest.begin(ctx)
    text = json.encode({"files": [
        {"filename": "foo-1.0.tar.gz", "hashes": {"sha256": _A}, "url": "/files/foo-1.0.tar.gz"},
        {"filename": "foo-2.0.tar.gz", "hashes": {"md5": "0"}, "url": "https://example.org/foo-2.0.tar.gz"},
        {"filename": "foo-3.0.tar.gz", "hashes": {}, "url": "https://example.org/foo-3.0.tar.gz"},
    ], "meta": {"api-version": "1.1"}})
    asserts.equals(env, [
        struct(filename = "foo-1.0.tar.gz", sha256 = _A, url = "https://example.org/files/foo-1.0.tar.gz"),
    ], parse_project_page(text, _PAGE))
    for bad in ["{}", "{\"files\": 1}", "{broken", "", "plain text"]:
        asserts.equals(env, None, parse_project_page(bad, _PAGE), bad)
    return unittest.end(env)

json_test = unittest.make(_json_test_impl)

def _wanted_test_impl(ctx):
    """With hashes, only the files that have one of them are read; a hash of other metadata of a link is none of the file."""
    env = unittest.begin(ctx)
    html = """<BASE href="https://files.example.org/"><A data-dist-info-metadata="sha256={b}" href="a.whl#sha256={a}">a.whl</A>
<a href="b.whl#sha256={upper}" data-core-metadata="sha256={a}">b.whl</a><a href="c.whl#sha256={c}">c.whl</a>""".format(
        a = _A,
        b = _B,
        c = "c" * 64,
        upper = _B.upper(),
    )
    files = {name: struct(filename = name + ".whl", sha256 = name * 64, url = "https://files.example.org/{}.whl".format(name)) for name in ["a", "b", "c"]}
    pages = [
        (html, _PAGE),
        (json.encode({"files": [{"filename": f.filename, "hashes": {"sha256": f.sha256}, "url": f.url} for f in files.values()]}), _PAGE),
    ]
    for text, page in pages:
        asserts.equals(env, files.values(), parse_project_page(text, page))
        asserts.equals(env, [files["a"]], parse_project_page(text, page, [_A]))
        asserts.equals(env, [files["b"]], parse_project_page(text, page, [_B]))
        asserts.equals(env, [], parse_project_page(text, page, ["d" * 64]))
        asserts.equals(env, [], parse_project_page(text, page, []))
    return unittest.end(env)

wanted_test = unittest.make(_wanted_test_impl)

def _odd_json_test_impl(ctx):
    """Entries of other types are no candidates; a page that is too long is none."""
    env = unittest.begin(ctx)
    good = {"filename": "foo-1.0.tar.gz", "hashes": {"sha256": _A}, "url": "/foo-1.0.tar.gz"}
    odd = [1, None, [], {}, good | {"hashes": []}, good | {"hashes": {"sha256": 1}}, good | {"url": {}}, good | {"filename": None}]
    asserts.equals(env, 1, len(parse_project_page(json.encode({"files": odd + [good]}), _PAGE)))
    asserts.equals(env, None, parse_project_page("<" * (MAX_PAGE + 1), _PAGE))
    return unittest.end(env)

odd_json_test = unittest.make(_odd_json_test_impl)

def _elsewhere_test_impl(ctx):
    """A page of a server names files of servers; a page on this machine may name any."""
    env = unittest.begin(ctx)
    local = "file:///index/foo/index.html"
    for page, address, expected in [
        (_PAGE, "https://example.org/a.whl", False),
        (_PAGE, "HTTP://example.org/a.whl", False),
        (_PAGE, "file:///etc/a.whl", True),
        (_PAGE, "FILE:///etc/a.whl", True),
        ("http://example.org/", "jar:file:///a!/b", True),
        (local, "file:///etc/a.whl", False),
        (local, "https://example.org/a.whl", False),
    ]:
        asserts.equals(env, expected, leads_elsewhere(address, page), address)
    wanted = struct(name = "foo", version = "1.0", where = "requirements.txt:3")
    asserts.equals(
        env,
        "requirements.txt:3: foo==1.0: https://example.org/simple/foo/ says that its file is at file:///etc/a.whl; expected http or " +
        "https. To fix: use another index.",
        elsewhere_error(wanted, _PAGE, "file:///etc/a.whl"),
    )
    return unittest.end(env)

elsewhere_test = unittest.make(_elsewhere_test_impl)

def _url_test_impl(ctx):
    """RFC 3986, section 5.2, for what index pages contain."""
    env = unittest.begin(ctx)
    for base, reference, expected in [
        (_PAGE, "a.whl", "https://example.org/simple/foo/a.whl"),
        (_PAGE, "./a.whl", "https://example.org/simple/foo/a.whl"),
        (_PAGE, "../../../../a.whl", "https://example.org/a.whl"),
        (_PAGE, "/x/a.whl", "https://example.org/x/a.whl"),
        (_PAGE, "//cdn.example.org/a.whl", "https://cdn.example.org/a.whl"),
        (_PAGE, "http://[::1]:80/a.whl", "http://[::1]:80/a.whl"),
        ("file:///srv/simple/foo/index.html", "../../files/a.whl", "file:///srv/files/a.whl"),
        ("http://127.0.0.1:8080/simple/foo/", "../a.whl", "http://127.0.0.1:8080/simple/a.whl"),
    ]:
        asserts.equals(env, expected, join_url(base, reference))
    asserts.equals(env, "https://example.org/simple/foo/", project_page("https://example.org/simple/", "foo"))
    asserts.equals(env, "file:///srv/simple/foo/index.html", project_page("file:///srv/simple", "foo"))
    return unittest.end(env)

url_test = unittest.make(_url_test_impl)

def index_page_test_suite(name):
    unittest.suite(
        name,
        html_test,
        json_test,
        odd_json_test,
        wanted_test,
        elsewhere_test,
        url_test,
    )
