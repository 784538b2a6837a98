"""What an index is asked and what is read from its answer; where the index is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pip._internal.models.index import PyPI
from support.local_index import clear_pip_configuration, make_sdist, make_wheel, serve, sha256, write_simple

from reprowheel.errors import FetchError
from reprowheel.fetch.index import Index
from reprowheel.fetch.page import parse_page


@pytest.fixture(autouse=True)
def _no_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test."""
    clear_pip_configuration(monkeypatch)


@pytest.fixture
def archives(tmp_path: Path) -> list[Path]:
    """A project with an sdist and a wheel, and another whose name begins alike."""
    folder = tmp_path / "archives"
    folder.mkdir()
    return [
        make_sdist(folder, "foo", "1.0", {}),
        make_wheel(folder, "foo", "1.0"),
        make_wheel(folder, "foo-bar", "2.0"),
    ]


def test_address_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Argument, PIP_INDEX_URL, UV_DEFAULT_INDEX, configuration file, pip's default: the first that is set wins."""
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://file.example.org/simple\n", encoding="utf-8")

    def address(argument: str = "") -> str:
        with Index(argument) as index:
            return index.index_urls[0]

    assert address() == PyPI.simple_url
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    assert address() == "https://file.example.org/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example.org/simple")
    assert address() == "https://uv.example.org/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "mine=https://named.example.org/simple?a=b")
    assert address() == "https://named.example.org/simple?a=b"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example.org/simple?a=b")
    assert address() == "https://uv.example.org/simple?a=b"
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example.org/simple")
    assert address() == "https://pip.example.org/simple"
    assert address("https://argument.example.org/simple") == "https://argument.example.org/simple"


def test_pip_environment_says_all_that_pip_was_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another pip, given only these variables, reports the same configuration; and none of the file's other options."""
    config = tmp_path / "pip.conf"
    links = tmp_path / "with space"
    links.mkdir()
    text = "[global]\nindex-url = https://u:p@main.example.org/simple\nextra-index-url = https://a.example.org/simple\n"
    text += f"    https://b.example.org/simple\nfind-links = {links.as_uri()}\ntrusted-host = a.example.org\n"
    text += "proxy = http://proxy.example.org:1\nno-binary = :all:\nuser = true\n"
    config.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    with Index() as index:
        variables = index.pip_environment()
        assert index.find_links == (links.as_uri(),)
        assert index.index_urls[1:] == ("https://a.example.org/simple", "https://b.example.org/simple")
    run = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env={"PATH": os.environ["PATH"], **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    said = dict(line.split("=", 1) for line in run.stdout.splitlines())
    assert said[":env:.index-url"] == "'https://u:p@main.example.org/simple'"
    assert said[":env:.extra-index-url"] == "'https://a.example.org/simple https://b.example.org/simple'"
    assert said[":env:.find-links"] == f"'{links.as_uri()}'"
    assert said[":env:.trusted-host"] == "'a.example.org'"
    assert said[":env:.proxy"] == "'http://proxy.example.org:1'"
    assert not {key for key in said if "no-binary" in key or "user" in key or key.startswith("global")}


def test_bad_configuration_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A configuration file that pip cannot read ends in our error, not in an exit from inside pip."""
    config = tmp_path / "pip.conf"
    config.write_text("index-url without a section\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    with pytest.raises(FetchError, match="configuration cannot be read"):
        Index()


@pytest.mark.parametrize("kind", ["json", "html", "base"])
def test_pages_over_http(archives: list[Path], kind: str) -> None:
    """JSON and HTML pages list the same files with the same hashes; other projects' files are left out."""
    requests: list[str] = []
    with serve(archives, kind=kind, requests=requests) as url, Index(url) as index:
        files = index.files("Foo")
        assert [(f.filename, f.sha256) for f in files] == [(a.name, sha256(a)) for a in archives[:2]]
        with (archives[0].parent / "copy").open("wb") as out:
            assert index.download(files[0].url, out) == sha256(archives[0])
        assert (archives[0].parent / "copy").read_bytes() == archives[0].read_bytes()
        assert index.files("unknown-project") == ()
        assert index.failures("unknown-project") == ()
    assert requests[0].startswith("/simple/foo/ application/vnd.pypi.simple.v1+json")


def test_pages_from_files(archives: list[Path], tmp_path: Path) -> None:
    """A PEP 503 tree behind a file: URL is read without a server."""
    with Index(write_simple(tmp_path / "index", archives)) as index:
        assert [(f.filename, f.sha256) for f in index.files("foo")] == [(a.name, sha256(a)) for a in archives[:2]]
        assert index.files("unknown-project") == ()


def test_find_links_folder(archives: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder of archives lists them without hashes."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(archives[0].parent))
    with Index(write_simple(tmp_path / "empty", [])) as index:
        found = {f.filename: f for f in index.files("foo-bar")}
        assert list(found) == [archives[2].name]
        assert found[archives[2].name].sha256 == ""
        assert found[archives[2].name].url == archives[2].resolve().as_uri()


def test_an_index_that_fails_is_remembered(archives: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A second index that cannot be reached does not hide what the first has, nor is it forgotten."""
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    with Index(write_simple(tmp_path / "index", archives)) as index:
        assert len(index.files("foo")) == 2
        (failure,) = index.failures("foo")
    assert "127.0.0.1:9" in failure.message
    assert "secret" not in failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize("key", ["core-metadata", "dist-info-metadata"])
@pytest.mark.parametrize("kind", ["json", "html"])
@pytest.mark.parametrize(("said", "expected"), [("A" * 64, "a" * 64), (None, ""), ("", "")], ids=["hash", "no-hash", "none"])
def test_metadata_beside_a_wheel(kind: str, key: str, said: str | None, expected: str) -> None:
    """Pages say its hash (PEP 658, PEP 714), only that it is there, or nothing."""
    name = "foo-1.0-py3-none-any.whl"
    in_json = {"filename": name, "url": name} | ({key: {"sha256": said}} if said else {} if said == "" else {key: True})
    in_html = f' data-{key}="sha256={said}"' if said else "" if said == "" else f' data-{key}="true"'
    page = json.dumps({"files": [in_json]}) if kind == "json" else f'<a href="{name}"{in_html}>{name}</a>'
    (file,) = parse_page(page.encode(), "https://example.org/simple/foo/", f"text/{kind}", "foo")
    assert file.metadata_sha256 == expected


BAD_PAGES = {
    "nested JSON": (b'{"files": ' + b"[" * 200_000, "json", "not a PEP 691 page (it is nested too deeply)"),
    "base": (b'<base href="http://[x/"><a href="foo-1.tar.gz">x</a>', "html", "its base element has no address that can be used"),
}


@pytest.mark.parametrize("case", BAD_PAGES)
def test_bad_pages(case: str) -> None:
    """A page that breaks a parser is told as that, with its address."""
    content, kind, expected = BAD_PAGES[case]
    with pytest.raises(FetchError, match="^" + re.escape(f"https://example.org/simple/foo/: {expected}")):
        parse_page(content, "https://example.org/simple/foo/", f"application/{kind}", "foo")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"files": [{"filename": "foo-1.tar.gz", "url": "http://[x"}]}', "json"),
        (b'<a href="http://[x/foo-1.tar.gz">x</a>', "html"),
    ],
    ids=["JSON", "HTML"],
)
def test_links_that_lead_nowhere(content: bytes, kind: str) -> None:
    """An address that is none is no file; others of the page count."""
    assert parse_page(content, "https://example.org/simple/foo/", f"application/{kind}", "foo") == ()


@pytest.mark.parametrize("name", ["foo-/../../x-1.tar.gz", "foo-1\u001b.tar.gz", "foo-1\ud800.tar.gz"])
def test_file_names_that_are_none(name: str) -> None:
    """What would be written elsewhere, or controls a terminal, is no file of the project; one beside it is."""
    files = [{"filename": text, "url": "x"} for text in (name, "foo-1.tar.gz")]
    found = parse_page(json.dumps({"files": files}).encode(), "https://example.org/simple/foo/", "application/json", "foo")
    assert [file.filename for file in found] == ["foo-1.tar.gz"]
