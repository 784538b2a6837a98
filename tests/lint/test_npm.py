"""What comes from npm is what the repository locks, or the test that needs it fails with one line."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from lint import npm
from lint.linters import HERE, LINTERS
from lint.npm import NpmError, npm_program

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"#!/bin/sh\necho 1\n"


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A locked package that is there, and a cache without it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("package/bin/tool")
        member.size = len(TEXT)
        tar.addfile(member, io.BytesIO(TEXT))

    def fetch(package: str, scratch: Path) -> Path:
        assert package == "@house/tool@1.0.0"
        (scratch / "tool.tgz").write_bytes(buffer.getvalue())
        return scratch / "tool.tgz"

    monkeypatch.setattr(npm, "_fetch", fetch)
    monkeypatch.setattr(npm, "cache", lambda: tmp_path)
    digest = base64.b64encode(hashlib.sha512(buffer.getvalue()).digest()).decode()
    (tmp_path / "tool.txt").write_text(f"# tool\n@house/tool@1.0.0 sha512-{digest}\n", encoding="utf-8")
    return tmp_path / "tool.txt"


def test_program_is_kept(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be run, and is fetched once."""
    program = npm_program(lock, "bin/tool")
    assert program.read_bytes() == TEXT
    assert os.access(program, os.X_OK)
    monkeypatch.setattr(npm, "_fetch", lambda *_: pytest.fail("fetched again"))
    assert npm_program(lock, "bin/tool") == program


def test_other_archive_is_refused(lock: Path) -> None:
    """The digest counts, not the name and the version; and what is refused is not kept."""
    right = lock.read_text(encoding="utf-8")
    package, integrity = right.splitlines()[1].split()
    wrong = "sha512-" + base64.b64encode(bytes(64)).decode()
    lock.write_text(f"{package} {wrong}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(NpmError) as e:
            npm_program(lock, "bin/tool")
        assert str(e.value) == f"{package}: its archive has {integrity}; expected {wrong}"


def test_package_without_the_program(lock: Path) -> None:
    """Is named with what it lacks."""
    with pytest.raises(NpmError, match="^@house/tool@1.0.0: has no bin/other$"):
        npm_program(lock, "bin/other")


def test_no_network_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real npm, where nothing answers: its words, the package, and no program."""
    monkeypatch.setattr(npm, "cache", lambda: tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(NpmError, match=r"^@bazel/buildifier@[0-9.]+: npm cannot fetch it: .*ECONNREFUSED") as e:
        npm_program(HERE / "buildifier.txt", "buildifier-linux_amd64")
    assert "\n" not in str(e.value)


def test_unknown_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package has programs of some machines only."""
    monkeypatch.setattr("platform.machine", lambda: "m68k")
    with pytest.raises(NpmError, match="^buildifier: has no program for Linux on m68k$"):
        LINTERS["buildifier"].program()
