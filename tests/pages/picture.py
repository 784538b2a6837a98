"""Writes docs/verify.webp: the page of an sdist that is not reproducible, as a browser shows it.

argv: nothing. env: XDG_CACHE_HOME. Writes: docs/verify.webp. Exit code: 0.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests"), str(ROOT / "tools")]

from dev.environments import test_python  # noqa: E402 - needs the path

WIDTH, HEIGHT = 960, 760
CODE = """\
import pathlib, subprocess
pathlib.Path("tiny/config.txt").write_bytes(b"jobs = " + subprocess.check_output(["nproc"]))
"""


def main() -> int:
    """Verify, and take the picture."""
    from support.browser import chromium
    from support.devtools import started
    from support.leaking import leaking_sdist, request_for

    from reprowheel.verify import VerifyOptions, verify_sdist
    from reprowheel.verify.page import verdict_page

    with tempfile.TemporaryDirectory() as scratch:
        page, profile = Path(scratch, "verdict.html"), Path(scratch, "profile")
        profile.mkdir()
        verdict = verify_sdist(request_for(leaking_sdist(Path(scratch), CODE)), VerifyOptions())
        page.write_text(verdict_page([verdict]), encoding="utf-8")
        with started(chromium(), profile) as browser:
            tab = browser.open(page, width=WIDTH, height=HEIGHT)
            (ROOT / "docs" / "verify.webp").write_bytes(tab.picture(form="webp", quality=80))
    return 0


if __name__ == "__main__":
    if sys.prefix == sys.base_prefix:  # start again in the environment of the tests
        raise SystemExit(subprocess.run([test_python(), "-B", __file__], check=False).returncode)
    raise SystemExit(main())
