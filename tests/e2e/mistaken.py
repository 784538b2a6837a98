"""A workspace with one mistake at a time, and an index that answers as a test wants."""

from __future__ import annotations

import http.server
import re
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.fetching import requirements
from e2e.mistakes import LINE
from support.local_index import sha256

if TYPE_CHECKING:
    from e2e.fetching import Workspace
    from e2e.machines import Run
    from e2e.mistakes import Mistake


class Mistaken:
    """The workspace of another test, with one mistake at a time; `told` is what Bazel's errors say, one line each."""

    def __init__(self, space: Workspace, index: str, wheel: Path) -> None:
        self.space = space
        self.words = {"digest": sha256(wheel), "good": requirements([wheel]), "index": index}
        self.words["login"] = index.replace("://", "://me:secret@")

    def told(self, mistake: Mistake) -> list[str]:
        """Make the mistake; return what is told."""
        run = self.run(mistake)
        assert run.code != 0, run.output
        errors = "\n".join(line for line in run.output.splitlines() if not line.startswith("WARNING: Download from "))
        assert "java." not in errors, run.output
        assert "secret" not in run.output, run.output
        return [line.removeprefix("Error in fail: ") for line in run.output.splitlines()]

    def run(self, mistake: Mistake) -> Run:
        """Run Bazel with a mistake, and take it back."""
        folder = self.space.folder
        kept = {path: path.read_bytes() for path in folder.iterdir() if path.is_file() and not path.is_symlink()}
        module = 'use_repo(pip, "pypi")\n' if mistake.attributes == "-" else mistake.module()
        try:
            self.space.write(module.format(**self.words), {})
            for name, text in ({"requirements.txt": LINE} | dict(mistake.files)).items():
                self._place(folder / name, text)
            variables = [f"--repo_env={name}={value}" for name, value in mistake.variables.items()]
            verb, *arguments = mistake.command
            return self.space.machine.bazel(verb, *variables, *arguments, workspace=folder)
        finally:
            for path in [path for path in folder.iterdir() if not path.is_symlink() and path not in kept]:
                path.rmdir() if path.is_dir() and path.name == "requirements.txt" else path.is_file() and path.unlink()
            for path, content in kept.items():
                path.write_bytes(content)

    def _place(self, path: Path, text: str | None) -> None:
        if text == "/":
            path.mkdir()
        elif text is not None:
            path.write_text(text.format(**self.words), encoding="utf-8")


class IndexHandler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; `/401/…` and the like are answered so."""

    def do_GET(self) -> None:
        """Send a file, an error, or what is no page of an index."""
        first = self.path.split("/")[1]
        if first.isdigit():
            self.send_error(int(first))
        elif first == "text":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")
        elif not Path(self.translate_path(self.path)).exists():
            self.send_error(404)
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def begins(line: str, message: str) -> bool:
    """Say whether a line is the message, in which `…` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, message.split("…"))), line) is not None
