"""Tiny archives and indexes made of them, for the tests of lock and fetch; nothing here comes from the network."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import json
import os
import tarfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pytest

BACK_END = '''\
"""A PEP 517 back end; the table tool.toy of pyproject.toml says what it answers."""
import base64, hashlib, os, pathlib, shutil, sys, tomllib, zipfile

def _config():
    data = tomllib.loads(pathlib.Path("pyproject.toml").read_text())
    return data.get("tool", {}).get("toy", {})

def _metadata():
    c = _config()
    lines = ["Metadata-Version: 2.1", f"Name: {c['name']}", f"Version: {c['version']}"]
    lines += [f"Requires-Dist: {r}" for r in c.get("requires_dist", [])]
    lines += [f"Provides-Extra: {e}" for e in c.get("provides_extra", [])]
    if "requires_python" in c:
        lines.append(f"Requires-Python: {c['requires_python']}")
    return "\\n".join(lines) + "\\n"

def _stem():
    c = _config()
    return f"{c['name'].replace('-', '_')}-{c['version']}"

def get_requires_for_build_wheel(config_settings=None):
    c = _config()
    for check in c.get("checks", []):
        exec(check, {"os": os, "shutil": shutil, "sys": sys})
    # like real ones: asks for a tool only where it does not find it
    return [a for a in c.get("asks", []) if shutil.which(c.get("unless", "no-such-program")) is None]

def _files():
    c = _config()
    files = {f"{_stem()}.dist-info/METADATA": _metadata(), f"{_stem()}.dist-info/WHEEL":
             "Wheel-Version: 1.0\\nGenerator: toy\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    if "scripts" in c:
        files[f"{_stem()}.dist-info/entry_points.txt"] = "[console_scripts]\\n" + "".join(
            f"{k} = {v}\\n" for k, v in c["scripts"].items())
    if "top_level" in c:
        files[f"{_stem()}.dist-info/top_level.txt"] = "".join(f"{name}\\n" for name in c["top_level"])
    files[f"{c['name'].replace('-', '_')}.py"] = c.get("module", "")
    return files

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = f"{_stem()}-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        for path, text in _files().items():
            archive.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text.encode())}\\n"
        archive.writestr(f"{_stem()}.dist-info/RECORD", record + f"{_stem()}.dist-info/RECORD,,\\n")
    return name
'''

METADATA_HOOK = """
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    if _config().get("no_compiler"):
        sys.exit("no compiler here")
    for path, text in _files().items():
        target = pathlib.Path(metadata_directory, path)
        if ".dist-info/" in path:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)
    return f"{_stem()}.dist-info"
"""


def clear_pip_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this machine's pip configuration reach a test."""
    for name in [n for n in os.environ if n.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def sha256(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    files: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    scripts: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel and return its path."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {r}\n" for r in requires)
    members = dict(files or {})
    members[f"{stem}.dist-info/METADATA"] = metadata
    members[f"{stem}.dist-info/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: {tag}\n"
    if scripts:
        text = "".join(f"{key} = {value}\n" for key, value in scripts.items())
        members[f"{stem}.dist-info/entry_points.txt"] = f"[console_scripts]\n{text}"
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in members.items())
    members[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    path = directory / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(zipfile.ZipInfo(member), text)
    return path


def make_sdist(directory: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """Write an sdist with a PKG-INFO unless `files` has one; return its path."""
    stem = f"{name.replace('-', '_')}-{version}"
    members = {"PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", **files}
    path = directory / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in members.items():
            info = tarfile.TarInfo(f"{stem}/{member}")
            info.size, info.mtime = len(text.encode()), 1_600_000_000
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def toy_back_end(directory: Path, version: str = "1.0", *, metadata_hook: bool = True) -> Path:
    """Write the wheel of the back end `toy`, or of `toybare`, which has no metadata hook."""
    name = "toy" if metadata_hook else "toybare"
    text = BACK_END + (METADATA_HOOK if metadata_hook else "")
    return make_wheel(directory, name, version, files={f"{name}.py": text})


def toy_sdist(
    directory: Path,
    name: str,
    version: str = "1.0",
    *,
    requires: Sequence[str] = ("toy",),
    backend: str = "toy",
    more: str = "",
    files: Mapping[str, str] | None = None,
    **answers: object,
) -> Path:
    """Write an sdist that the back end `toy` builds; `answers` go into its table tool.toy."""
    table = {"name": name, "version": version, **answers}
    text = f"[build-system]\nrequires = {json.dumps(list(requires))}\nbuild-backend = {json.dumps(backend)}\n{more}\n"
    text += "[tool.toy]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
    return make_sdist(directory, name, version, {"pyproject.toml": text, **(files or {})})


def write_simple(root: Path, archives: Sequence[Path], *, hashes: bool = True) -> str:
    """Write a PEP 503 index of pages in folders and return its file: URL."""
    projects: dict[str, list[Path]] = {}
    for archive in archives:
        projects.setdefault(archive.name.split("-")[0].replace("_", "-").lower(), []).append(archive)
    for project, files in projects.items():
        page = root / project / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        links = "".join(
            f'<a href="{file.resolve().as_uri()}{f"#sha256={sha256(file)}" if hashes else ""}">{file.name}</a>\n'
            for file in files
        )
        page.write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n", encoding="utf-8")
    root.mkdir(parents=True, exist_ok=True)
    return root.resolve().as_uri()


@contextmanager
def serve(
    archives: Sequence[Path],
    *,
    kind: str,
    requests: list[str] | None = None,
    uploads: Mapping[str, str] | None = None,
    metadata: bool = False,
) -> Iterator[str]:
    """Serve archives on a loopback port and yield the index address.

    :param kind: `json` (PEP 691), `html` (PEP 503), `base` (HTML with a base element) or `plain` (HTML, no hashes).
    :param requests: collects `PATH ACCEPT` of each request.
    :param uploads: file name → upload time (PEP 700, JSON only); others have none.
    :param metadata: METADATA of wheels is served by itself, too (PEP 658, JSON only).
    """
    files = {archive.name: archive for archive in archives}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if requests is not None:
                requests.append(f"{self.path} {self.headers.get('Accept', '')}")
            parts = self.path.strip("/").split("/")
            if parts[0] == "files" and parts[-1] in files:
                self._send("application/octet-stream", files[parts[-1]].read_bytes())
            elif parts[0] == "files" and metadata and parts[-1].removesuffix(".metadata") in files:
                self._send("application/octet-stream", _metadata(files[parts[-1].removesuffix(".metadata")]))
            elif parts[0] == "simple" and (page := _page(files, parts[-1], kind, uploads or {}, metadata=metadata)):
                self._send(
                    "application/vnd.pypi.simple.v1+json" if kind == "json" else "text/html; charset=utf-8", page
                )
            else:
                self.send_error(404)

        def _send(self, content_type: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with serving(Handler) as address:
        yield f"{address}/simple/"


def _metadata(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))


def _listed(file: Path, upload: str | None, *, metadata: bool) -> dict[str, object]:
    entry: dict[str, object] = {"filename": file.name, "url": f"../../files/{file.name}", "hashes": {"sha256": sha256(file)}}
    if upload is not None:
        entry["upload-time"] = upload
    if metadata and file.suffix == ".whl":
        entry["core-metadata"] = {"sha256": hashlib.sha256(_metadata(file)).hexdigest()}
    return entry


def _page(files: Mapping[str, Path], project: str, kind: str, uploads: Mapping[str, str], *, metadata: bool) -> bytes:
    chosen = [f for f in files.values() if f.name.split("-")[0].replace("_", "-").lower() == project]
    if not chosen:
        return b""
    if kind == "json":
        listed = [_listed(f, uploads.get(f.name), metadata=metadata) for f in chosen]
        return json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": listed}).encode()
    base = '<base href="/files/">' if kind == "base" else ""
    prefix = "" if kind == "base" else "../../files/"
    links = [
        f'<a href="{prefix}{f.name}{"" if kind == "plain" else f"#sha256={sha256(f)}"}">{f.name}</a>' for f in chosen
    ]
    return f"<html><head>{base}</head><body>{''.join(links)}</body></html>".encode()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)
