"""Builds the site of the repository's pages.

argv: OUT, the folder of the site; what was in it goes. env: XDG_CACHE_HOME, pip's configuration.
Reads: the pages, tools/site. Writes: OUT, and once mkdocs into the user's cache folder (locked in requirements.txt).
Exit codes: 0 built, 1 a link leads nowhere or mkdocs has another warning.
The site needs no network: it loads nothing from elsewhere.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from dev.environments import virtual_environment  # noqa: E402 - needs the path


def main(argv: list[str] | None = None) -> int:
    """Run mkdocs."""
    parser = argparse.ArgumentParser(description="Build the site of the repository's pages.")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the site; what was in it goes")
    out = parser.parse_args(argv).out.resolve()
    python = virtual_environment(FOLDER / "requirements.txt")
    command = [
        str(python),
        "-B",
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--clean",
        "-f",
        str(FOLDER / "mkdocs.yml"),
        "-d",
        str(out),
    ]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}  # an advertisement
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    for line in run.stdout.splitlines():
        if not line.startswith("INFO"):
            print(line, file=sys.stderr)
    print(f"{out / 'index.html'}" if run.returncode == 0 else f"{out}: not built")
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
