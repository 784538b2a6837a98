"""Compiles the modules of a wheel, and writes their bytecode; runs nothing of the wheel.

argv: the wheel, its sha256, the path that stands for the workspace's, the folder that the wheel is installed in, OUT.

A module that warns is left out: who compiles it is told. One that cannot be compiled is left out, too, and one that has the path
of the place in it. An extension module of the same name comes first on import, so nobody compiles the source beside it.
"""

# mypy: ignore-errors

import sys

sys.path[:] = [path for path in sys.path if path]
import hashlib  # noqa: E402
import io  # noqa: E402
import marshal  # noqa: E402
import warnings  # noqa: E402
import zipfile  # noqa: E402

wheel, sha256, place, site, out = sys.argv[1:]
with open(wheel, "rb") as file:
    data = file.read()
if hashlib.sha256(data).hexdigest() != sha256:
    raise SystemExit(1)
warnings.simplefilter("error")
found = {}
with zipfile.ZipFile(io.BytesIO(data)) as archive:
    names = archive.namelist()
    native = {name.partition(".")[0] for name in names if name.endswith(".so")}
    for name in names:
        if not name.endswith(".py") or name[:-3] in native or ".data/" in name:
            continue
        source = archive.read(name)
        if place.encode() in source:
            continue
        try:
            code = compile(source, f"{place}{site}/{name}", "exec", dont_inherit=True, optimize=0)
            found[name] = len(source), marshal.dumps(code)
        except Exception:  # noqa: BLE001, S112 - whatever it is, the module is compiled when it is imported
            continue
data = marshal.dumps(found, 2)
with open(out, "wb") as file:
    file.write(hashlib.sha256(data).digest() + data)
