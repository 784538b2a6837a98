"""A PEP 517 back end that makes a wheel of the files in `tree.json`."""

from __future__ import annotations

import base64
import json
import os
import stat
import zipfile


def get_requires_for_build_wheel(_settings: object = None) -> list[str]:
    """Nothing."""
    return []


def build_wheel(wheel_directory: str, _settings: object = None, _metadata_directory: object = None) -> str:
    """Write the files with their modes."""
    with open("tree.json", encoding="utf-8") as file:
        wheel, files = json.load(file)
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w") as archive:
        for name, (mode, data) in files.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(info, base64.b64decode(data))
    return wheel
