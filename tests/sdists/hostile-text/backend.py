"""A back end that prints what controls a terminal, and fails; or gives its wheel METADATA with the same."""

import os
import sys
import zipfile

CONTROLS = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b32m\u202egnp.exe\u2066\u200b\r\x08\x7fERROR forged"
WHEEL = "tiny-1.0-py3-none-any.whl"
INFO = "tiny-1.0.dist-info"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if not (config_settings or {}).get("build"):
        os.write(2, ("first line " + CONTROLS + "\nlast line " + CONTROLS + "\n").encode())
        sys.exit(1)
    with zipfile.ZipFile(os.path.join(wheel_directory, WHEEL), "w") as archive:
        archive.writestr("tiny.py", "")
        metadata = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nRequires-Dist: six" + CONTROLS.replace("\r", "") + "\n"
        archive.writestr(INFO + "/METADATA", metadata)
        archive.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(INFO + "/RECORD", "")
    return WHEEL
