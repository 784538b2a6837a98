"""Packs the wheel in the order in which `ls` lists the files."""

import subprocess
import zipfile


def build_wheel(directory, settings=None, metadata=None):
    name = "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    listing = subprocess.run(["ls", "-U", "tiny"], check=True, capture_output=True, text=True).stdout.split()
    with zipfile.ZipFile(f"{directory}/{name}", "w") as archive:
        for file in listing:
            archive.writestr(zipfile.ZipInfo(f"tiny/{file}"), open(f"tiny/{file}", "rb").read())
        content = {
            "METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "".join(f"tiny/{file},,\n" for file in listing) + f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
        }
        for file, text in content.items():
            archive.writestr(zipfile.ZipInfo(f"{info}/{file}"), text)
    return name
