"""Serves pip a filtered view of a package index on a loopback port, while pip runs.

A resolution may have to leave files out: those after a date, or versions without an sdist. Not every version of pip has
options for that. So pip gets the address of this server and no other, and the server lists the allowed files only. The index
may need the user's password, so the server answers only clients that know a random path.
"""

from __future__ import annotations

import http.server
import json
import os
import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from reprowheel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reprowheel.fetch.index import Index
    from reprowheel.fetch.page import IndexFile

__all__ = ["IndexView"]

_PAGE_TYPE = "application/vnd.pypi.simple.v1+json"


class IndexView:
    """A filtered view of an index.

    :param index: the index that downloads the files.
    :param select: takes the normalized name of a project, returns the files to show.
    """

    def __init__(self, index: Index, select: Callable[[str], Iterable[IndexFile]]) -> None:
        self._index = index
        self._select = select
        self._files: dict[str, IndexFile] = {}
        self._errors: list[FetchError] = []

    @contextmanager
    def serve(self) -> Iterator[dict[str, str]]:
        """Serve the view, and yield the environment variables that make pip use it and nothing else.

        :raises FetchError: at the end of the block, if the index failed; pip itself only reports that a file is missing.
        """
        token = secrets.token_urlsafe(16)
        self._errors.clear()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler(token))
        server.daemon_threads = False  # server_close waits for answers that are still being sent
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield {
                "NO_PROXY": "127.0.0.1",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/{token}/simple/",
                "PIP_NO_CACHE_DIR": "1",  # the address changes each time; the index has a cache of its own
                "PIP_NO_INPUT": "1",
                "PIP_RETRIES": "0",
                "no_proxy": "127.0.0.1",
            }
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
        if self._errors:
            raise self._errors[0]

    def origin(self, url: str) -> IndexFile | None:
        """Return the file that the view shows under `url`, or `None`."""
        parts = url.partition("#")[0].split("/")
        return self._files.get("/".join(parts[-2:]))

    def page(self, project: str) -> bytes:
        """Return a project's page (PEP 691)."""
        listed = []
        for file in self._select(project):
            path = f"{len(self._files)}/{quote(file.filename)}"
            self._files[path] = file
            listed.append(
                {
                    "filename": file.filename,
                    "url": f"../../files/{path}",
                    "hashes": {"sha256": file.sha256} if file.sha256 else {},
                    "requires-python": file.requires_python or None,
                    "yanked": file.yanked,
                    "core-metadata": {"sha256": file.metadata_sha256} if file.metadata_sha256 else False,
                },
            )
        return json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": listed}).encode()

    def _handler(self, token: str) -> type[http.server.BaseHTTPRequestHandler]:
        view = self
        lock = threading.Lock()  # the index's session is for one thread at a time

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = [unquote(part) for part in self.path.strip("/").split("/")]
                if not secrets.compare_digest(parts[0].encode(), token.encode()):
                    self.send_error(404)
                    return
                with lock:
                    try:
                        self._answer(parts[1:])
                    except ConnectionError:
                        return  # pip has read enough and closed the connection
                    except FetchError as e:
                        view._errors.append(e)
                        self.close_connection = True

            def _answer(self, parts: list[str]) -> None:
                if parts[:1] == ["simple"] and len(parts) == 2:
                    page = view.page(canonicalize_name(parts[1]))
                    self._start(_PAGE_TYPE)
                    self.wfile.write(page)
                    return
                filename = parts[-1].removesuffix(".metadata") if parts else ""
                file = view.origin("/".join([*parts[:-1], quote(filename)]))
                if file is None:
                    self.send_error(404)
                    return
                self._start("application/octet-stream")
                url = file.url + parts[-1].removeprefix(filename)
                view._index.download(url, cast("BinaryIO", self.wfile))

            def _start(self, content_type: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Log nothing, because standard error is for messages to the user."""

        return Handler
