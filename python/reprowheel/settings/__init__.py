"""The settings of a build, once: the command line, the report, the pin key, SBOM and attestation are made from one table.

`BuildSettings` is the table, a field for each setting; `build_settings` gives what its fields say of themselves.
"""

from __future__ import annotations

from reprowheel.settings.forms import Setting
from reprowheel.settings.table import BuildSettings, build_settings

__all__ = ["BuildSettings", "Setting", "build_settings"]
