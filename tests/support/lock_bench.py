"""A place to run the verb `lock`: a folder of archives, an index made of it, a file to write."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from reprowheel.cli import lock
from support.local_index import sha256, toy_back_end, write_simple


class Bench:
    """A folder of archives, an index of them, and a way to run the verb."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = root / "files"
        self.files.mkdir()
        self.out = root / "build-lock.json"
        self.hashes = True
        toy_back_end(self.files)

    def write(self, *archives: Path, name: str = "requirements.txt") -> Path:
        """Write a requirements file with the hashes of archives; several of one version make one line."""
        lines: dict[str, list[str]] = {}
        for archive in archives:
            stem = archive.name.removesuffix(".tar.gz")
            project, version = stem.split("-")[:2]
            lines.setdefault(f"{project}=={version}", []).append(f"--hash=sha256:{sha256(archive)}")
        path = self.root / name
        path.write_text("".join(f"{k} {' '.join(v)}\n" for k, v in lines.items()), encoding="utf-8")
        return path

    def run(self, requirements: Path, *options: str) -> int:
        """Run the verb with an index of all the archives there are now."""
        index = self.root / "index"
        url = write_simple(index, sorted(self.files.iterdir()), hashes=self.hashes)
        parser = argparse.ArgumentParser()
        lock.add_arguments(parser)
        arguments = [str(requirements), "--out", str(self.out), "--index-url", url, *options]
        return lock.run(parser.parse_args(arguments))

    def lock(self, requirements: Path, *options: str) -> dict[str, Any]:
        """Run the verb and return what it wrote."""
        assert self.run(requirements, *options) == 0
        content: dict[str, Any] = json.loads(self.out.read_text(encoding="utf-8"))
        return content
