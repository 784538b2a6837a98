"""The report's digest of the helper itself."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from support.builds import ROOT

from reprowheel.report.write import helper_sha256

if TYPE_CHECKING:
    from pathlib import Path

ASK = "from reprowheel.report.write import helper_sha256; print(helper_sha256())"


def answer(folder: Path) -> str:
    """Return the digest that a helper in another folder has."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.fspath(folder)}
    run = subprocess.run([sys.executable, "-B", "-c", ASK], env=environment, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def test_digest_of_the_helper(tmp_path: Path) -> None:
    """The same for a copy and for links, as an action's sandbox has them; another for a changed source."""
    expected = hashlib.sha256()
    package = ROOT / "python" / "reprowheel"
    for name in sorted(p.relative_to(package).as_posix() for p in package.rglob("*") if p.suffix in (".c", ".h", ".py", ".sh")):
        expected.update(f"{hashlib.sha256((package / name).read_bytes()).hexdigest()}  {name}\n".encode())
        link = tmp_path / "links" / "reprowheel" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(package / name)
    assert helper_sha256() == expected.hexdigest() == answer(tmp_path / "links")
    copy = shutil.copytree(package, tmp_path / "copy" / "reprowheel", ignore=shutil.ignore_patterns("__pycache__"))
    assert answer(tmp_path / "copy") == expected.hexdigest()
    (copy / "deep" / "shim.c").write_text("int changed;\n", encoding="utf-8")
    assert answer(tmp_path / "copy") != expected.hexdigest()
