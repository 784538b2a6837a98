"""What the tests of the build stage share: tiny sdists, builds under named conditions, a moved interpreter."""

from __future__ import annotations

import atexit
import base64
import compileall
import functools
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import build as front_end

from support.warm_helper import can_be_forked, run_forked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.environment.create import BuildEnvironment

ROOT = Path(__file__).resolve().parents[2]
BYTECODE_VARIABLE = "REPROWHEEL_TEST_BYTECODE"
"""Names the folder that keeps bytecode of build requirements for all builds of a run of the tests."""

EPOCH = 1_600_000_000
"""Time of the members of a `make_sdist` archive, 2020-09-13 12:26:40 UTC."""

NEUTRAL_EPOCH = 1_500_000_000
"""Epoch of the environments that the tests share, 2017-07-14 02:40:00 UTC."""

SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What a build must not depend on. `env` is the whole environment of the process that starts the build."""

    cwd: Path
    work_root: Path | None = None
    umask: int = 0o022
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """The outputs of one build by the command line."""

    wheel: Path
    debug: Path
    report: dict[str, Any]
    report_bytes: bytes

    def members(self) -> dict[str, bytes]:
        """Return the wheel's members."""
        return members(self.wheel)

    def debug_files(self) -> dict[str, bytes]:
        """Return the split debug files by relative path."""
        files = sorted(path for path in self.debug.rglob("*") if path.is_file())
        return {path.relative_to(self.debug).as_posix(): path.read_bytes() for path in files}


def make_sdist(
    directory: Path,
    files: Mapping[str, str | bytes],
    *,
    name: str = "tiny",
    version: str = "1.0",
    mtime: int = EPOCH,
) -> Path:
    """Write `{name}-{version}.tar.gz` with `files` in the order given; equal arguments give equal bytes.

    PKG-INFO is added, and a pyproject.toml that names setuptools unless `files` brings one. A file whose text starts
    with `#!` is executable.
    """
    top = f"{name}-{version}"
    content: dict[str, str | bytes] = {"PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    content |= {"pyproject.toml": SETUPTOOLS} | dict(files)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, data in content.items():
            raw = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(f"{top}/{member}")
            info.size, info.mtime, info.mode = len(raw), mtime, 0o755 if raw.startswith(b"#!") else 0o644
            archive.addfile(info, io.BytesIO(raw))
    path = directory / f"{top}.tar.gz"
    directory.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))
    return path


def make_wheel(
    directory: Path,
    name: str,
    version: str,
    files: Mapping[str, str],
    *,
    tag: str = "py3-none-any",
    metadata: str = "",
) -> Path:
    """Write a small wheel with a right RECORD; `metadata` is more lines of its METADATA. Equal arguments give equal bytes."""
    info = f"{name}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},{_record_hash(text)},{len(text.encode())}\n" for path, text in content.items())
    record += f"{info}/RECORD,,\n"
    path = directory / f"{name}-{version}-{tag}.whl"
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in (*content.items(), (f"{info}/RECORD", record)):
            archive.writestr(zipfile.ZipInfo(member), text)
    return path


def _record_hash(text: str) -> str:
    """Return a digest as RECORD has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    return f"sha256={digest.decode()}"


SETUP = """\
from setuptools import Extension, setup
setup(name="tiny", version="1.0", py_modules=[], ext_modules=[Extension("tiny", ["tiny.c"])])
"""


def extension_sdist(directory: Path, source: str, *, setup: str = SETUP) -> Path:
    """Return an sdist with the single C extension module `tiny`."""
    return make_sdist(directory, {"setup.py": setup, "tiny.c": source})


def c_module(body: str = "return PyLong_FromLong(42);", *, head: str = "") -> str:
    """Return the C source of a module `tiny` with one function, `answer()`."""
    return f"""\
#include <Python.h>
{head}
static PyObject *answer(PyObject *self, PyObject *args) {{ {body} }}
static PyMethodDef methods[] = {{{{"answer", answer, METH_NOARGS, NULL}}, {{NULL, NULL, 0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "tiny", NULL, -1, methods, NULL, NULL, NULL, NULL}};
PyMODINIT_FUNC PyInit_tiny(void) {{ return PyModule_Create(&module); }}
"""


def helper(
    arguments: Sequence[object], conditions: Conditions | None = None, *, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run `python -m reprowheel ARGUMENTS` and return what it did; builds find bytecode that earlier ones left, and are quiet."""
    env = dict(conditions.env) if conditions else {}
    builds = "build" in arguments[:1]
    kept = bytecode_cache() if builds and "--bytecode-cache" not in arguments else None
    words = [*map(str, arguments), *([f"--bytecode-cache={kept}"] if kept else []), *(["--quiet"] if builds else [])]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": os.fspath(compiled_helper())} | env
    directory, umask = (conditions.cwd, conditions.umask) if conditions else (None, None)
    if python == sys.executable and can_be_forked(variables, compiled_helper()):
        return run_forked(words, variables, directory, umask, compiled_helper())
    return subprocess.run(
        [python, "-B", "-m", "reprowheel", *words],
        cwd=directory,
        umask=-1 if umask is None else umask,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def bytecode_cache() -> Path | None:
    """Return the folder of this run that keeps bytecode of build requirements, if there is one."""
    folder = os.environ.get(BYTECODE_VARIABLE)
    return Path(folder) if folder else None


@functools.cache
def compiled_helper() -> Path:
    """Return a copy of the helper with bytecode: to compile it anew is a third of a short run."""
    folder = Path(tempfile.mkdtemp(prefix="reprowheel-helper-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT / "python" / "reprowheel", folder / "reprowheel", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder, quiet=1)
    return folder


def build(
    sdist: Path, wheels: Sequence[Path], out: Path, conditions: Conditions, *more: str, python: str = ""
) -> Built:
    """Build with the command line; raise with what it printed if it fails."""
    report, debug = out.with_name(out.name + ".json"), out.with_name(out.name + ".debug")
    arguments: list[str | Path] = ["build", sdist, "--out", out, "--report", report, "--debug-dir", debug, *more]
    for wheel in wheels:
        arguments += ["--build-wheel", wheel]
    if conditions.work_root:
        arguments += ["--work-root", conditions.work_root]
    if python:
        arguments += ["--python", python]
    run = helper(arguments, conditions)
    if run.returncode:
        msg = f"exit code {run.returncode}\n{run.stderr}"
        raise AssertionError(msg)
    (wheel,) = out.iterdir()
    data = report.read_bytes()
    return Built(wheel=wheel, debug=debug, report=json.loads(data), report_bytes=data)


def plain_build(
    sdist: Path,
    requirements: Path,
    directory: Path,
    conditions: Conditions,
    *,
    python: str = sys.executable,
    check: bool = False,
) -> Path:
    """Unpack the sdist in `directory` and build it by PyPA's front end, whose library runs here: the control for everything here.

    :param requirements: folder in which the build requirements are unpacked (`unpack_requirements`).
    :param check: with its check of dependencies, which runs a hook in a process of its own. `requirements` has them all.
    """
    directory.mkdir(parents=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(directory, filter="data")
    (tree,) = directory.iterdir()
    out = directory.with_name(directory.name + ".out")
    build_itself = os.path.dirname(os.path.dirname(front_end.__file__))
    path = os.pathsep.join([os.fspath(requirements), build_itself])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path} | dict(conditions.env)

    def run_hook(command: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        run = subprocess.run(
            command,
            cwd=cwd,
            umask=conditions.umask,
            env=environment | dict(extra_environ or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            msg = f"exit code {run.returncode}\n{run.stdout}{run.stderr}"
            raise AssertionError(msg)

    builder = front_end.ProjectBuilder(tree, python, run_hook)
    if check:
        builder.get_requires_for_build("wheel")
    out.mkdir()
    builder.build("wheel", out)
    (wheel,) = out.iterdir()
    return wheel


def run_python(environment: BuildEnvironment, code: str, *arguments: str, options: Sequence[str] = ()) -> Any:
    """Run Python code that prints JSON in a build environment; return what it printed."""
    command: list[str | Path] = [environment.python, "-W", "error", *options, "-c", code, *arguments]
    done = subprocess.run(command, env=dict(environment.variables), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def plain_python(code: str, *arguments: str) -> Any:
    """Run the same in the tests' own interpreter."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def unpack_requirements(wheels: Sequence[Path], directory: Path) -> Path:
    """Unpack pure wheels into a folder for `PYTHONPATH`."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory)
    return directory


def members(wheel: Path) -> dict[str, bytes]:
    """Return a wheel's members by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def differing(left: Mapping[str, bytes], right: Mapping[str, bytes]) -> list[str]:
    """Return the names of members that the two do not have in common, byte for byte."""
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def copy_interpreter(destination: Path, *, configured: bool) -> str:
    """Copy the running interpreter: executable, standard library, headers. Returns the executable.

    :param configured: whether its build-time data say so, too, as if configured with `--prefix=destination`.
    """
    query = (
        "import json, os, sys, sysconfig; print(json.dumps([os.path.realpath(sys._base_executable), sys.base_prefix,"
        " os.path.dirname(os.__file__), sysconfig.get_path('include'), sysconfig.get_config_var('INCLUDEPY')]))"
    )
    answer = subprocess.run([sys.executable, "-I", "-c", query], check=True, capture_output=True, text=True).stdout
    executable, prefix, stdlib, *includes = json.loads(answer)
    target = destination / "bin" / os.path.basename(executable)
    target.parent.mkdir(parents=True)
    shutil.copy(executable, target)
    ignored = shutil.ignore_patterns(
        "__pycache__", "test", "site-packages", "dist-packages", "idlelib", "*.a", "*.so.*"
    )
    copy = destination / os.path.relpath(stdlib, prefix)
    shutil.copytree(stdlib, copy, ignore=ignored)
    for include in dict.fromkeys(includes):
        shutil.copytree(include, destination / "include" / os.path.basename(include), dirs_exist_ok=True)
    _copy_multiarch_header(includes[0], prefix, destination)
    for library in Path(prefix, "lib").glob("libpython*.so*"):
        shutil.copy(library, destination / "lib" / library.name)
    if configured:
        pattern = re.compile(
            rf"(?<![\w/-])(?<![\w.]\.){re.escape(prefix)}(?=/|['\" ])|(?<=-[LI]){re.escape(prefix)}(?=/)"
        )
        for data in copy.glob("_sysconfigdata*.py"):
            data.write_text(pattern.sub(os.fspath(destination), data.read_text(encoding="utf-8")), encoding="utf-8")
    return str(target)


def _copy_multiarch_header(include: str, prefix: str, destination: Path) -> None:
    """Copy Debian's per-machine pyconfig.h, which the common one includes by `<triplet/pythonX.Y/pyconfig.h>`."""
    for header in Path(prefix, "include").glob(f"*/{os.path.basename(include)}/pyconfig.h"):
        target = destination / header.relative_to(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(header, target)
