"""Writes which top-level names a wheel's modules have, and which distribution its file name says it is."""

import pathlib
import sys
import zipfile

wheel, out = map(pathlib.Path, sys.argv[1:])
assert wheel.suffix == ".whl", wheel
names = set()
for name in zipfile.ZipFile(wheel).namelist():
    top = name.split("/")[0]
    if pathlib.Path(name).suffix in (".py", ".so") and not top.endswith((".dist-info", ".data")):
        names.add(top.split(".")[0])
out.write_text(wheel.name.split("-")[0] + "=" + ",".join(sorted(names)))
