"""Sdists that leak on purpose, each in one way that the build stage cannot repair, built by a back end of their own.

The back end runs `leak.py` and packs `tiny/`, so a build takes about a second and needs no requirement.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reprowheel.compilers.describe import find_toolchain
from reprowheel.request import BuildRequest
from support.builds import c_module, make_sdist

__all__ = ["BACKEND", "LEAKS", "binary_sdist", "leaking_sdist", "library_sdist", "request_for"]

BACKEND = """\
import base64, hashlib, pathlib, runpy, zipfile

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    runpy.run_path("leak.py")
    top = "tiny-1.0.dist-info"
    content = {p.as_posix(): p.read_bytes() for p in sorted(pathlib.Path("tiny").iterdir())}
    content[top + "/METADATA"] = b"Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n"
    content[top + "/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    with zipfile.ZipFile(wheel_directory + "/tiny-1.0-py3-none-any.whl", "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
        archive.writestr(top + "/RECORD", "".join(name + ",,\\n" for name in [*content, top + "/RECORD"]))
    return "tiny-1.0-py3-none-any.whl"
"""

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

LEAKS = {
    "none": "",
    "compressed path": """\
import os, pathlib, zlib
packed = zlib.compress(b"x" * 50 + os.getcwd().encode() * 3)
pathlib.Path("tiny/data.bin").write_bytes(b"HEAD" * 9 + packed + b"TAIL")
""",
    "compressed digest of the path": """\
import hashlib, os, pathlib, zlib
packed = zlib.compress(b"x" * 50 + hashlib.sha256(os.getcwd().encode()).hexdigest().encode() * 3)
pathlib.Path("tiny/data.bin").write_bytes(b"HEAD" * 9 + packed + b"TAIL")
""",
    "time in a pickle": """\
import pathlib, pickle, subprocess
when = subprocess.check_output(["date", "+%Y-%m-%d"], text=True)
pathlib.Path("tiny/when.pkl").write_bytes(pickle.dumps({"built": when.strip()}))
""",
    "number of CPUs": """\
import pathlib, subprocess
pathlib.Path("tiny/cpus.txt").write_bytes(b"jobs = " + subprocess.check_output(["nproc"]))
""",
    "order of a directory": """\
import pathlib, subprocess
pathlib.Path("tiny/list.txt").write_bytes(subprocess.check_output(["find", "tiny", "-name", "m*.py"]))
""",
    "fails on one CPU": """\
import subprocess
if subprocess.check_output(["nproc"], text=True).strip() == "1":
    raise SystemExit("too few CPUs")
""",
}
"""Name → code that runs in the source tree, and puts what it found into `tiny/`."""

_BINARY = """\
import pathlib, subprocess
host = subprocess.check_output(["uname", "-n"], text=True).strip()
flags = ["-shared", "-fPIC", "-g"]
include = __import__("sysconfig").get_path("include")
subprocess.run(["cc", *flags, "-I" + include, f'-DHOST="{host}"', "tiny.c", "-o", "tiny/native.so"], check=True)
"""
_LIBRARY = """\
import subprocess
subprocess.run(["cc", "-shared", "-fPIC", "luck.c", "-o", "tiny/native.so", "-L.", "-llucky"], check=True)
"""


def leaking_sdist(directory: Path, code: str, **files: str | bytes) -> Path:
    """Return an sdist whose build runs `code` in the source tree; `files` are more of its files."""
    modules = {f"tiny/m{number}.py": "" for number in range(8)}
    content: dict[str, str | bytes] = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "leak.py": code}
    return make_sdist(directory, content | {"tiny/__init__.py": ""} | modules | files)


def binary_sdist(directory: Path) -> Path:
    """Return an sdist with the machine's name in the `.rodata` of an extension."""
    source = c_module("return PyUnicode_FromString(built_on);", head='const char built_on[] = "built on " HOST;')
    return leaking_sdist(directory, _BINARY, **{"tiny.c": source})


def library_sdist(directory: Path) -> Path:
    """Return an sdist whose extension needs a library that nobody declared."""
    directory.mkdir(parents=True, exist_ok=True)
    library = directory / "liblucky.so"
    command: list[str | Path] = ["gcc", "-shared", "-Wl,-soname,liblucky.so.1", "-x", "c", "-", "-o", library]
    subprocess.run(command, input=b"int luck(void) { return 7; }", check=True)
    files: dict[str, str | bytes] = {"liblucky.so": library.read_bytes()}
    files["luck.c"] = "int luck(void); int more(void) { return luck(); }\n"
    return leaking_sdist(directory, _LIBRARY, **files)


def request_for(sdist: Path) -> BuildRequest:
    """Return a request for such an sdist; `verify` decides about the outputs."""
    return BuildRequest(
        sdist=sdist,
        build_wheels=(),
        toolchain=find_toolchain(),
        python=sys.executable,
        out=Path("unused"),
    )
