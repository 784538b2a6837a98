"""The one table of build settings; command line, report, pin key, SBOM and attestation are made from it.

`BuildSettings` has a field for each setting. `build_settings` returns the description of each field.
"""

from __future__ import annotations

from reprowheel.settings.forms import Setting
from reprowheel.settings.table import BuildSettings, build_settings

__all__ = ["BuildSettings", "Setting", "build_settings"]
