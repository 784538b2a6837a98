"""What pip is shown of an index, and that nobody else is."""

from __future__ import annotations

import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.local_index import clear_pip_configuration, make_wheel, serve, sha256, write_simple

from reprowheel.errors import FetchError
from reprowheel.fetch.index import Index
from reprowheel.fetch.view import IndexView
from reprowheel.lock.resolve import Pins, Resolver, target_python


@pytest.fixture(autouse=True)
def _no_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's pip configuration reaches a test."""
    clear_pip_configuration(monkeypatch)


@pytest.mark.parametrize("kind", ["json", "html", "plain", "file"])
def test_pip_sees_what_is_selected(tmp_path: Path, kind: str) -> None:
    """Of two versions pip is shown one: that is resolved, with its hash, whatever the index behind is like."""
    wheels = [make_wheel(tmp_path, "a", version, requires=["b"]) for version in ("1.0", "2.0")]
    wheels.append(make_wheel(tmp_path, "b", "1.0"))
    requests: list[str] = []
    with serve(wheels, kind="json" if kind == "file" else kind, requests=requests) as served:
        url = write_simple(tmp_path / "index", wheels) if kind == "file" else served
        with Index(url) as index:
            view = IndexView(index, lambda name: [f for f in index.files(name) if "-2.0-" not in f.filename])
            answer = Resolver(target_python(sys.executable), index, print, view).resolve(
                ["a"], Pins(), place="p", provide=lambda *_: None
            )
            whole = Resolver(target_python(sys.executable), index, print).resolve(
                ["a"], Pins(), place="p", provide=lambda *_: None
            )
    assert [(item.key, item.sha256) for item in answer] == [("a==1.0", sha256(wheels[0])), ("b==1.0", sha256(wheels[2]))]
    assert whole[0].key == "a==2.0"


def test_metadata_is_passed_on(tmp_path: Path) -> None:
    """Where the index serves METADATA by itself, pip gets it through the view."""
    wheels = [make_wheel(tmp_path, "a", "1.0", requires=["b"]), make_wheel(tmp_path, "b", "1.0")]
    requests: list[str] = []
    with serve(wheels, kind="json", requests=requests, metadata=True) as url, Index(url) as index:
        view = IndexView(index, index.files)
        answer = Resolver(target_python(sys.executable), index, print, view).resolve(
            ["a"], Pins(), place="p", provide=lambda *_: None
        )
    assert [item.key for item in answer] == ["a==1.0", "b==1.0"]
    assert any(".whl.metadata " in line for line in requests)


def test_proxies_of_the_user_are_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configured proxy is for the index; the loopback port is reached without it."""
    wheel = make_wheel(tmp_path, "a", "1.0")
    url = write_simple(tmp_path / "index", [wheel])
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "PIP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Index(url) as index:
        view = IndexView(index, index.files)
        answer = Resolver(target_python(sys.executable), index, print, view).resolve(
            ["a"], Pins(), place="p", provide=lambda *_: None
        )
    assert [item.key for item in answer] == ["a==1.0"]


def test_only_who_knows_the_address_is_served(tmp_path: Path) -> None:
    """Another path, of an index or of a file, is not found; the right one is (control); afterwards nobody answers."""
    url = write_simple(tmp_path / "index", [make_wheel(tmp_path, "a", "1.0")])
    with Index(url) as index, IndexView(index, index.files).serve() as variables:
        address = variables["PIP_INDEX_URL"]
        status, page = ask(f"{address}a/")
        assert (status, b"a-1.0-py3-none-any.whl" in page) == (200, True)
        base = address.removesuffix("/").rpartition("/")[0]
        for wrong in ("x/simple/a/", "simple/a/", ""):
            assert ask(f"{base.rpartition('/')[0]}/{wrong}")[0] == 404
        for wrong in ("files/9/a-1.0-py3-none-any.whl", "files/0/b.whl", "other", ""):
            assert ask(f"{base}/{wrong}")[0] == 404
        assert ask(f"{base}/files/0/a-1.0-py3-none-any.whl")[0] == 200
    with pytest.raises(urllib.error.URLError, match="refused"):
        ask(f"{address}a/")


def ask(url: str) -> tuple[int, bytes]:
    """Return status and content of an answer, whatever proxies this machine has."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as e:
        e.close()
        return e.code, b""


def test_an_index_that_fails_on_the_way_says_why(tmp_path: Path) -> None:
    """A file that is listed and cannot be read is the index's own message, not pip's."""
    wheel = make_wheel(tmp_path, "a", "1.0")
    url = write_simple(tmp_path / "index", [wheel])
    wheel.unlink()
    with Index(url) as index, pytest.raises(FetchError, match="a-1.0-py3-none-any.whl: cannot be read"):
        Resolver(target_python(sys.executable), index, print, IndexView(index, index.files)).resolve(
            ["a"], Pins(), place="p", provide=lambda *_: None
        )


def test_no_thread_is_left(tmp_path: Path) -> None:
    """When pip has ended, this process has one thread again: it forks to run back ends."""
    url = write_simple(tmp_path / "index", [make_wheel(tmp_path, "a", "1.0")])
    before = threading.active_count()
    with Index(url) as index:
        with IndexView(index, index.files).serve() as variables:
            assert ask(f"{variables['PIP_INDEX_URL']}a/")[0] == 200
            assert threading.active_count() > before
        assert threading.active_count() == before
