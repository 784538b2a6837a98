"""A headless Chromium for tests of pages: Debian's, unpacked into the cache folder with the libraries and the font that it needs.

`REPROWHEEL_TEST_CHROMIUM` names another program.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from support.debian_packages import NoPackagesError, libraries, unpacked

__all__ = ["VARIABLE", "Chromium", "NoBrowserError", "chromium"]

VARIABLE = "REPROWHEEL_TEST_CHROMIUM"
_PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core")
_PROGRAM = "usr/lib/chromium/chromium-headless-shell"
# Packages that it depends on and does without: they draw by a graphics card, and open pages in the browser of a desktop.
_UNUSED = r"(?:libllvm|libz3-|mesa-|libgl1|libglx|libglvnd|x11-|xdg-|xkb-)"
_ON_PATH = ("chromium-headless-shell", "chromium", "google-chrome")
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{root}/usr/share/fonts</dir>
  <cachedir>{root}/fonts</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""


class NoBrowserError(Exception):
    """A browser cannot be had here."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program, and the variables that it has to be started with."""

    program: Path
    variables: dict[str, str] = field(default_factory=dict)


@functools.cache
def chromium() -> Chromium:
    """Return a Chromium.

    :raises NoBrowserError: this machine is not the Debian root, and neither has one nor an apt that offers one.
    :raises RuntimeError: apt fails, or what it brought does not fit together; in the Debian root, whatever the reason.
    """
    named = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, _ON_PATH)), "")
    if named:
        return Chromium(Path(named))
    try:
        return _unpacked(unpacked("chromium", _PACKAGES, Path(__file__), _finish, _UNUSED))
    except NoPackagesError as e:
        msg = f"no Chromium: {e}; name one in {VARIABLE}"
        raise NoBrowserError(msg) from e


def _unpacked(root: Path) -> Chromium:
    """Return the program of a folder; its libraries are those of the folder, then those of this machine."""
    return Chromium(root / _PROGRAM, {"LD_LIBRARY_PATH": libraries(root), "FONTCONFIG_FILE": os.fspath(root / "fonts.conf")})


def _finish(root: Path, final: Path) -> None:
    """Check that the program has all libraries, and tell it where its fonts are."""
    found = _unpacked(root)
    needs = subprocess.run(["ldd", found.program], env=os.environ | found.variables, check=True, capture_output=True, text=True)
    if missing := [line.split()[0] for line in needs.stdout.splitlines() if line.endswith("not found")]:
        msg = f"no Chromium: of the unpacked packages none has {', '.join(missing)}"
        raise RuntimeError(msg)
    (root / "fonts.conf").write_text(_FONTS.format(root=final), encoding="utf-8")
