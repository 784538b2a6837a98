"""A registry of crates on the loopback, by cargo's sparse protocol, and tiny crates for it."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import tarfile
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Registry", "make_crate", "registry"]


def make_crate(
    folder: Path,
    name: str,
    version: str,
    *,
    dependencies: str = "",
    rust_version: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a crate as registries serve it; its library is empty unless `files` has another.

    :param dependencies: lines of the table of its manifest.
    """
    manifest = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2018"\n'
    manifest += f'rust-version = "{rust_version}"\n' if rust_version else ""
    members = {"Cargo.toml": f"{manifest}[dependencies]\n{dependencies}", "src/lib.rs": "", **(files or {})}
    path = folder / f"{name}-{version}.crate"
    with tarfile.open(path, "w:gz") as archive:
        for member, text in members.items():
            info = tarfile.TarInfo(f"{name}-{version}/{member}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


class Registry:
    """A registry that serves the crates of a folder, as they are there at each request.

    :param url: its index, as cargo's `index` and the option `--crate-index` have it.
    :param requests: the paths that were asked for.
    :param yanked: `NAME VERSION` of crates that their authors withdrew.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, ""
        self.requests: list[str] = []
        self.yanked: set[str] = set()

    def answer(self, path: str) -> bytes | None:
        """Return what is at a path; `None`: nothing."""
        self.requests.append(path)
        parts = path.strip("/").split("/")
        if parts == ["index", "config.json"]:
            return json.dumps(
                {"dl": self.url.removeprefix("sparse+").replace("/index/", "/files/{crate}-{version}.crate")}
            ).encode()
        if parts[0] == "files":
            file = self.folder / parts[-1]
            return file.read_bytes() if file.is_file() else None
        entries = [self._entry(file) for file in sorted(self.folder.glob("*.crate"))]
        lines = [json.dumps(entry) for entry in entries if entry["name"].lower() == parts[-1]]
        return "".join(f"{line}\n" for line in lines).encode() or None

    def _entry(self, file: Path) -> dict[str, Any]:
        """Return a crate's line of the index."""
        with tarfile.open(file) as archive:
            manifest = next(
                member for member in archive.getmembers() if member.name.count("/") == 1 and "Cargo.toml" in member.name
            )
            data = tomllib.loads(archive.extractfile(manifest).read().decode())  # type: ignore[union-attr]
        package = data["package"]
        return {
            "name": package["name"],
            "vers": package["version"],
            "deps": [_dependency(name, said) for name, said in data.get("dependencies", {}).items()],
            "cksum": hashlib.sha256(file.read_bytes()).hexdigest(),
            "features": data.get("features", {}),
            "yanked": f"{package['name']} {package['version']}" in self.yanked,
            **({"rust_version": package["rust-version"]} if "rust-version" in package else {}),
        }


def _dependency(name: str, said: str) -> dict[str, Any]:
    return {
        "name": name,
        "req": said,
        "features": [],
        "optional": False,
        "default_features": True,
        "target": None,
        "kind": "normal",
    }


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """Serve the crates of a folder on a free port."""
    found = Registry(folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = found.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with serving(Handler) as address:
        found.url = f"sparse+{address}/index/"
        yield found
