"""Wheels by hand, right and wrong, and one package as a wheel and as an sdist of the same files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import stat
import tarfile
import warnings
import zipfile
from pathlib import Path

__all__ = ["Tree", "index_of", "sdist_of", "wheel_of"]

Tree = dict[str, tuple[int, bytes]]
"""Name in the wheel → mode, content."""

_BACK_END = Path(__file__).parent / "unpacked/backend.py"


def metadata(name: str, *, more: str = "") -> Tree:
    """Return METADATA and WHEEL of version 1.0."""
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    return {
        f"{info}/METADATA": (0o644, f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}".encode()),
        f"{info}/WHEEL": (0o644, b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    }


def record_of(tree: Tree, algorithms: dict[str, str] | None = None) -> tuple[str, bytes]:
    """Return name and content of RECORD; signatures are not in it.

    :param algorithms: name of a file → algorithm of its digest.
    """
    record = next(name for name in tree if name.endswith(".dist-info/METADATA")).replace("METADATA", "RECORD")
    rows = []
    for name, (_, data) in tree.items():
        if name.endswith((".jws", ".p7s")):
            continue
        algorithm = (algorithms or {}).get(name, "sha256")
        digest = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode()
        cell = '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
        rows.append(f"{cell},{algorithm}={digest},{len(data)}\n")
    return record, "".join([*rows, f"{record},,\n"]).encode()


def archive_of(members: list[tuple[str, int, bytes]]) -> bytes:
    """Return a zip archive with these members, whatever they are: name, mode with kind, content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some names are there twice, which is a defect
        for name, mode, data in members:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def wheel_of(tree: Tree, algorithms: dict[str, str] | None = None) -> bytes:
    """Return a wheel with a RECORD."""
    record, rows = record_of(tree, algorithms)
    members = [(name, (stat.S_IFREG | mode) if mode else 0, data) for name, (mode, data) in tree.items()]
    return archive_of([*members, (record, stat.S_IFREG | 0o644, rows)])


def sdist_of(name: str, tree: Tree) -> bytes:
    """Return an sdist whose back end makes the same wheel."""
    record, rows = record_of(tree)
    files = {path: (mode, base64.b64encode(data).decode()) for path, (mode, data) in (tree | {record: (0o644, rows)}).items()}
    module = name.replace("-", "_")
    sources = {
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n".encode(),
        "backend.py": _BACK_END.read_bytes(),
        "pyproject.toml": b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "tree.json": json.dumps([f"{module}-1.0-py3-none-any.whl", files]).encode(),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, data in sources.items():
            member = tarfile.TarInfo(f"{module}-1.0/{path}")
            member.size, member.mtime = len(data), 1_600_000_000
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def index_of(folder: Path, archives: dict[str, bytes]) -> tuple[str, dict[str, list[str]]]:
    """Write a simple index; return its address, and for each project the digests of its files."""
    digests: dict[str, list[str]] = {}
    links: dict[str, str] = {}
    for filename, data in archives.items():
        project = filename.partition("-")[0].replace("_", "-")
        digest = hashlib.sha256(data).hexdigest()
        page = folder / project
        page.mkdir(parents=True, exist_ok=True)
        (page / filename).write_bytes(data)
        digests.setdefault(project, []).append(digest)
        links[project] = links.get(project, "") + f'<a href="{filename}#sha256={digest}">{filename}</a>\n'
        (page / "index.html").write_text(links[project], encoding="utf-8")
    return folder.as_uri(), digests
