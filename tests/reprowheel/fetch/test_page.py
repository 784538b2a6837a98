"""Pages of an index as hostile servers write them: links, bases, nesting, lengths, and the time that reading takes."""

from __future__ import annotations

import json
import time
from html.parser import HTMLParser

import pytest

from reprowheel import limits
from reprowheel.errors import FetchError
from reprowheel.fetch.anchors import find_anchors
from reprowheel.fetch.page import parse_page

URL = "https://example.org/simple/foo/"


def html(text: str, url: str = URL) -> list[str]:
    """Return the addresses on an HTML page."""
    return [file.url for file in parse_page(text.encode(), url, "text/html", "foo")]


def listing(*files: object) -> bytes:
    """Return a JSON page."""
    return json.dumps({"files": files}).encode()


@pytest.mark.parametrize("kind", ["json", "html"])
@pytest.mark.parametrize("address", ["file:///etc/foo-1.0.zip", "FILE:/foo-1.0.zip", "ftp://example.org/foo-1.0.zip"])
def test_page_of_a_server_that_names_a_file(kind: str, address: str) -> None:
    """A page of a server is refused if it leads elsewhere than to a server; a page on this machine may lead there."""
    page = listing({"filename": "foo-1.0.zip", "url": address}) if kind == "json" else f'<a href="{address}">x</a>'.encode()
    with pytest.raises(FetchError, match=r"^https://example.org/simple/foo/: says that foo-1.0.zip is at .*; expected http") as e:
        parse_page(page, URL, f"text/{kind}", "foo")
    assert "may not name files of this machine" in e.value.tip
    (file,) = parse_page(page, "file:///index/foo/index.html", f"text/{kind}", "foo")
    assert file.filename == "foo-1.0.zip"


def test_base_that_leads_to_this_machine() -> None:
    """With such a base, every relative address is one of a file."""
    with pytest.raises(FetchError, match="is at file:///etc/foo-1.0.zip"):
        html('<base href="file:///etc/"><a href="foo-1.0.zip">x</a>')


@pytest.mark.parametrize("base", ["http://[", "http://[::1", "x" * 5000])
def test_base_that_is_no_address(base: str) -> None:
    """The message names the page and the base."""
    with pytest.raises(FetchError, match=r"^https://example.org/simple/foo/: its base element has no address that can be used"):
        html(f'<base href="{base}"><a href="foo-1.0.zip">x</a>')


def test_first_base_counts() -> None:
    """As in browsers: later ones change nothing, however many there are."""
    assert html('<base href="/a/"><base href="b/"><a href=foo-1.0.zip>') == ["https://example.org/a/foo-1.0.zip"]


@pytest.mark.parametrize(
    "href", ["http://[/foo-1.0.zip", "x/" * 3000 + "foo-1.0.zip", "", "#x", "&#" + "9" * 5000 + ";/foo-1.0.zip"]
)
def test_links_that_are_no_address(href: str) -> None:
    """They are passed over; the others stay."""
    assert html(f'<a href="{href}">x</a><a href="foo-2.0.zip">y</a>') == [f"{URL}foo-2.0.zip"]


@pytest.mark.parametrize(
    "name", ["foo-1.0-1\0x-py3-none-any.whl", "foo-1.0-1\ud800-py3-none-any.whl", "foo-1/0.zip", f"foo-{'1' * 300}.zip"]
)
def test_names_that_no_file_can_have(name: str) -> None:
    """A name is used for a file on this machine: it must be able to be one."""
    assert parse_page(listing({"filename": name, "url": "x"}), URL, "application/json", "foo") == ()


@pytest.mark.parametrize("page", [b"[" * 100_000, b'{"files": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"files":' * 50_000])
def test_nested_json(page: bytes) -> None:
    """Nesting ends in one line, not in a RecursionError."""
    with pytest.raises(FetchError, match=r"^https://example.org/simple/foo/: not a PEP 691 page \("):
        parse_page(page, URL, "application/json", "foo")


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"files": [1]}',
        b'{"files": [{}]}',
        b'{"files": [{"filename": 1}]}',
        b"1" * 5000,
        b'{"files": 1}',
    ],
)
def test_json_of_other_forms(page: bytes) -> None:
    """What is no page of PEP 691 is refused in one line of a readable length."""
    with pytest.raises(FetchError, match=r"^https://example.org/simple/foo/: not a PEP 691 page") as caught:
        parse_page(page, URL, "application/json", "foo")
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 500


def test_hashes_that_are_none() -> None:
    """A hash that is none is not compared with anything: the file is downloaded and hashed."""
    page = listing({"filename": "foo-1.0.zip", "url": "x", "hashes": {"sha256": "../x"}, "core-metadata": {"sha256": "1"}})
    (file,) = parse_page(page, URL, "application/json", "foo")
    assert (file.sha256, file.metadata_sha256) == ("", "")


@pytest.mark.parametrize("kind", ["json", "html"])
def test_number_of_files(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """As many as the limit are listed; one more is refused."""
    monkeypatch.setattr(limits, "MAX_LISTED", 3)
    for count in (3, 4):
        files = [{"filename": f"foo-{number}.zip", "url": f"foo-{number}.zip"} for number in range(count)]
        text = "".join(f"<a href={file['url']}>x</a>" for file in files).encode()
        page = listing(*files) if kind == "json" else text
        if count == 3:
            assert len(parse_page(page, URL, f"text/{kind}", "foo")) == 3
        else:
            with pytest.raises(FetchError, match="lists more than 3 files, which is the limit"):
                parse_page(page, URL, f"text/{kind}", "foo")


@pytest.mark.parametrize(
    "unit", ["<", "<!--", "<a ", '<a href="', "</", "<!", "&", "<script>", '<a x="', "<a " + "=" * 9000 + ">", "<base href=x/>"]
)
def test_time_is_linear(unit: str) -> None:
    """Each of these takes the standard parser minutes or more; here a page of two megabytes takes a second."""
    page = (unit * (2_000_000 // len(unit))).encode()
    start = time.process_time()
    try:
        parse_page(page, URL, "text/html", "foo")
    except FetchError as e:
        assert "does not end within" in e.message
    assert time.process_time() - start < 20


def test_ampersands_in_addresses() -> None:
    """Only references with a semicolon, and numbers, stand for a character in an attribute."""
    (found,) = find_anchors('<a href="?a=1&amp;b=2&copy=3&#x26;&#38d&unknown;">')
    assert found == ("a", {"href": "?a=1&b=2&copy=3&&d&unknown;"})


class Standard(HTMLParser):
    """The standard library's idea of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take links and bases."""
        if tag in ("a", "base"):
            first: dict[str, str] = {}
            for name, value in attrs:
                first.setdefault(name, value or "")
            self.found.append((tag, first))


@pytest.mark.parametrize(
    "page",
    [
        "<a href=\"x\">y</a><A HREF='z' data-yanked>",
        "<a href=x>y</a><a\nhref = x\ty=z >",
        '<a href="a&amp;b&#x26;c">',
        '<!-- <a href="x"> --><a href="y"><!-- <base href="z">',
        '<script>"<a href=x>"</script><style><a href=y></style><a href=z><script><a href=never>',
        '<abbr href=x><a href=y><article href=z><a/><a href="q"/><base href=w>',
        "<a title=\"it's > it\" href=x><a title=it's href=y>",
        "<p>a < b</p><a href=x>1 < 2</a>",
        "<!DOCTYPE html><html><head><meta name=x content='<'></head><body><a href='x#sha256=y' data-requires-python='&gt;=3'>",
    ],
)
def test_links_are_those_of_the_standard_parser(page: str) -> None:
    """On pages that end what they begin, both find the same."""
    standard = Standard()
    standard.feed(page)
    standard.close()
    assert list(find_anchors(page)) == standard.found
