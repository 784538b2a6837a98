"""`tools/bazelw/shell python3 tools/release OUT` makes a release; `--set-version` prepares one: see cli.py."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from release.cli import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
