"""Lists the files of a project on a package index, and downloads them.

The address of the index is the first of these that is set: the argument, `PIP_INDEX_URL`, `UV_DEFAULT_INDEX`, pip's
configuration files, pip's built-in default. Extra indexes and find-links come from pip's configuration. Transport
(certificates, proxies, netrc, keyring, retries) is done by pip's own session. Formats: PEP 691 (JSON), PEP 503 (HTML), and
folders and pages for `--find-links`. With a date, files that were uploaded later are left out (upload time of PEP 700).
"""

from __future__ import annotations

import hashlib
import importlib
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import urljoin, urlsplit

from packaging.utils import canonicalize_name

from reprowheel import limits
from reprowheel.errors import FetchError
from reprowheel.fetch.page import local_page, local_path, open_regular, parse_page
from reprowheel.fetch.transfer import Transfer
from reprowheel.fetch.unreachable import check_address, refused, unreachable
from reprowheel.fetch.upload_time import shown_moment, was_uploaded_before
from reprowheel.files import chunks
from reprowheel.output.address import page_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from reprowheel.fetch.page import IndexFile

__all__ = ["Index"]

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
_NOT_FOUND, _FIRST_ERROR = 404, 400


class Index:
    """The configured indexes; a context manager, because pip's session has to be closed.

    :param index_url: address that overrides all configuration, or empty.
    :param extra_index_urls: further addresses; they override those of the configuration, if there are any.
    :param before: ignore files that were uploaded at this time or later.
    """

    def __init__(self, index_url: str = "", *, extra_index_urls: Sequence[str] = (), before: datetime | None = None) -> None:
        self._stack = ExitStack()
        self._before = before
        self._later: dict[str, int] = {}
        self._unknown: dict[str, list[str]] = {}
        self._pages: dict[str, tuple[IndexFile, ...]] = {}
        self._failures: dict[str, list[FetchError]] = {}
        try:
            commands: Any = importlib.import_module("pip._internal.commands")
            command = commands.create_command("download")
            self._stack.enter_context(command.main_context())
            arguments = ["--no-input", *(["--index-url", index_url] if index_url else [])]
            arguments += [f"--extra-index-url={url}" for url in extra_index_urls]
            self._options: Any = command.parse_args(arguments)[0]
            self._session: Any = command.get_default_session(self._options)
        except SystemExit as e:
            self._stack.close()
            msg = "pip's configuration cannot be read; pip's own message is above"
            raise FetchError(msg, tip="see what `pip config debug` says") from e
        except (ImportError, AttributeError, TypeError) as e:
            self._stack.close()
            msg = f"pip cannot be asked for its configuration ({type(e).__name__}: {e})"
            raise FetchError(msg, tip="install pip 22.3 or newer next to reprowheel") from e
        uv_index = os.environ.get("UV_DEFAULT_INDEX", "")
        if uv_index and not index_url and not os.environ.get("PIP_INDEX_URL"):
            self._options.index_url = uv_index.partition("=")[2] if _is_named(uv_index) else uv_index
        try:
            self._check_addresses(index_url, uv_index)
        except FetchError:
            self._stack.close()
            raise

    def _check_addresses(self, index_url: str, uv_index: str) -> None:
        """Raise FetchError for a configured index that has no address of one; the message says where it is configured."""
        variable = "PIP_INDEX_URL" if os.environ.get("PIP_INDEX_URL") else "UV_DEFAULT_INDEX" if uv_index else ""
        main = "--index-url" if index_url else variable or "index-url of pip's configuration"
        extra = "PIP_EXTRA_INDEX_URL" if os.environ.get("PIP_EXTRA_INDEX_URL") else "extra-index-url of pip's configuration"
        for number, url in enumerate(self.index_urls):
            check_address(url, extra if number else main)
        if not self.index_urls and not self.find_links:
            msg = "pip's configuration has no index (no-index), and no find-links either"
            raise FetchError(msg, tip="Unset PIP_NO_INDEX, or name a folder of archives: PIP_FIND_LINKS=DIR.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def before(self) -> datetime | None:
        """Return the time from which on files are ignored, or `None`."""
        return self._before

    @property
    def index_urls(self) -> tuple[str, ...]:
        """Return the main index and the extra ones; empty if `no-index` is configured."""
        if self._options.no_index:
            return ()
        return (self._options.index_url, *self._options.extra_index_urls)

    @property
    def find_links(self) -> tuple[str, ...]:
        """Return pip's find-links: folders, files and pages that list archives of any project."""
        return tuple(self._options.find_links)

    @property
    def is_local(self) -> bool:
        """Say whether some index or find-links place is on this machine, so that files may be, too."""
        return any(urlsplit(_as_url(place)).scheme == "file" for place in (*self.index_urls, *self.find_links))

    def pip_environment(self) -> dict[str, str]:
        """Return environment variables that make another pip process use this index and no other configuration.

        They are no arguments, because addresses may have credentials, and other users can read command lines.
        """
        options = self._options
        plain = {
            "PIP_CERT": options.cert,
            "PIP_CLIENT_CERT": options.client_cert,
            "PIP_CACHE_DIR": options.cache_dir or None,
            "PIP_EXTRA_INDEX_URL": " ".join(options.extra_index_urls),
            "PIP_FIND_LINKS": " ".join(_as_url(place) for place in options.find_links),
            "PIP_INDEX_URL": options.index_url,
            "PIP_KEYRING_PROVIDER": getattr(options, "keyring_provider", None),
            "PIP_NO_CACHE_DIR": None if options.cache_dir else "1",
            "PIP_NO_INDEX": "1" if options.no_index else None,
            "PIP_PROXY": options.proxy,
            "PIP_RETRIES": str(options.retries),
            "PIP_TIMEOUT": str(int(options.timeout)),
            "PIP_TRUSTED_HOST": " ".join(options.trusted_hosts),
        }
        return {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            **{name: value for name, value in sorted(plain.items()) if value},
        }

    def files(self, name: str) -> tuple[IndexFile, ...]:
        """Return every file that any index lists for project `name`, in the order of the indexes.

        An index that does not know the project adds nothing. An index that cannot be reached is reported by `failures`.

        :raises FetchError: with `before`, an index gives no upload time for a file.
        """
        project = canonicalize_name(name)
        if project not in self._pages:
            pages = [urljoin(base.rstrip("/") + "/", project + "/") for base in self.index_urls]
            pages += [_as_url(place) for place in self.find_links]
            failures = self._failures[project] = []
            listed: list[tuple[str, IndexFile]] = []
            for page in pages:
                try:
                    listed += [(page, file) for file in self._page(page, project)]
                except FetchError as e:
                    failures.append(e)
            found: dict[tuple[str, str], IndexFile] = {}
            for file in self._early(listed, project):
                found.setdefault((file.filename, file.sha256), file)
            self._pages[project] = tuple(found.values())
        return self._pages[project]

    def later(self, name: str) -> str:
        """Return a remark on the files of project `name` that `before` hides, or ""; call `files` first."""
        count = self._later.get(canonicalize_name(name), 0)
        if not count or self._before is None:
            return ""
        return f"{count} of its files came to the index on or after {shown_moment(self._before)} (--before)"

    def _early(self, listed: list[tuple[str, IndexFile]], project: str) -> list[IndexFile]:
        """Leave out files that `before` hides; if two indexes have the same file, the upload time of either is enough."""
        if self._before is None:
            return [file for _, file in listed]
        said = {file.sha256: file.upload_time for _, file in reversed(listed) if file.sha256 and file.upload_time}
        chosen = []
        for page, file in listed:
            early = was_uploaded_before(said.get(file.sha256, file.upload_time), self._before)
            if early is None:
                wanted = f"--before {shown_moment(self._before)} needs one"
                msg = f"{project}: {page_url(page)} gives no upload time for {file.filename}; {wanted}"
                tip = "name an index that gives upload times (PEP 700) with --index-url, or lock without --before"
                raise FetchError(msg, tip=tip)
            if early:
                chosen.append(file)
        self._later[project] = len(listed) - len(chosen)
        return chosen

    def failures(self, name: str) -> tuple[FetchError, ...]:
        """Return the errors of indexes that could not be read for project `name`; call `files` first."""
        return tuple(self._failures.get(canonicalize_name(name), ()))

    def unknown(self, name: str) -> tuple[str, ...]:
        """Return the pages of project `name` that indexes do not have (404); call `files` first."""
        return tuple(self._unknown.get(canonicalize_name(name), ()))

    def download(
        self, url: str, out: BinaryIO, *, most: int | None = None, headers: Mapping[str, str] | None = None
    ) -> str:
        """Write the content of `url` to `out` and return its sha256.

        :param most: bytes that are allowed; `None`: those that a file may have.
        :param headers: further headers of the request.
        :raises FetchError: it cannot be read, or is too large or too slow; `out` may then have a part of it.
        """
        digest = hashlib.sha256()
        for chunk in self._read(url, limits.MAX_DOWNLOAD if most is None else most, headers or {}):
            digest.update(chunk)
            out.write(chunk)
        return digest.hexdigest()

    def _read(self, url: str, most: int, headers: Mapping[str, str]) -> Iterator[bytes]:
        if urlsplit(url).scheme == "file":
            path = local_path(url)
            try:
                with open_regular(path) as source:
                    yield from chunks(source)
            except (OSError, ValueError) as e:
                raise _unreadable(path, e) from e
            return
        with self._transfer(url, {"Accept-Encoding": "identity", **headers}, most, limits.DOWNLOAD_SECONDS) as answer:
            self._check(url, answer)
            try:
                yield from answer.pieces()
            except Exception as e:
                raise unreachable(url, e) from e

    def _page(self, url: str, project: str) -> tuple[IndexFile, ...]:
        """Return the files of one page or folder."""
        if urlsplit(url).scheme == "file":
            try:
                return local_page(url, project)
            except (OSError, ValueError) as e:
                raise _unreadable(local_path(url), e) from e
        headers = {"Accept": _ACCEPT, "Accept-Encoding": "gzip", "Cache-Control": "max-age=0"}
        with self._transfer(url, headers, limits.MAX_PAGE, limits.PAGE_SECONDS) as answer:
            if answer.head.status == _NOT_FOUND:
                self._unknown.setdefault(project, []).append(page_url(url))
                return ()
            self._check(url, answer)
            try:
                content = answer.content()
            except Exception as e:
                raise unreachable(url, e) from e
            return parse_page(content, answer.head.url, answer.head.kind, project)

    def _transfer(self, url: str, headers: dict[str, str], most: int, seconds: float) -> Transfer:
        """Return the answer to a request; pip's own time-out is one for each attempt."""
        patience = limits.ANSWER_SECONDS + float(self._options.timeout) * (int(self._options.retries) + 1)
        try:
            return Transfer(self._session, url, headers, most=most, seconds=seconds + patience, patience=patience)
        except Exception as e:
            raise unreachable(url, e) from e

    def _check(self, url: str, answer: Transfer) -> None:
        if answer.head.status >= _FIRST_ERROR:
            raise refused(url, answer.head.status, answer.head.reason)


def _unreadable(path: Path, error: OSError | ValueError) -> FetchError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return FetchError(f"{path}: cannot be read ({reason})", tip="check the index address in pip's configuration")


def _is_named(text: str) -> bool:
    """Say whether `text` is uv's NAME=URL form."""
    name, equals, _ = text.partition("=")
    return bool(equals) and "/" not in name and ":" not in name


def _as_url(place: str) -> str:
    """Turn a find-links entry into a URL."""
    return place if urlsplit(place).scheme in ("http", "https", "file") else Path(place).resolve().as_uri()
