"""Makes the *view*: the interpreter of a build at a path inside the workspace.

An interpreter's own prefix gets into the files that it builds: as header paths, through `sysconfig`, and through the `-rpath`
in LDSHARED (which becomes DT_RUNPATH, an allocated section). So a build does not see the real prefix. The view is a small tree
of links with a copy of the executable. In it, `sys.base_prefix` is the folder `python/` of the workspace, and the `sysconfig`
data and `sitecustomize` are our own. If the real interpreter moves, nothing changes. `python -I` and `python -S` see the same
view. See docs/decisions.md, "Interpreter seen through links".
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprowheel.environment.entering import program
from reprowheel.errors import BuildError, UsageError
from reprowheel.programs import bare_environment, run_program

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Interpreter", "make_view", "probe"]

_ASKED = bare_environment({"REPROWHEEL_SEED": ""})
"""Variables of `describe`. A view need not start a second time for it, to have a fixed hash seed (`neutral/isolated.py`)."""

_LONGEST = 300
_TIP = "Name a CPython 3.9 or newer, with its headers: --python EXE."

_FIND_THE_OTHERS = """\
__path__.append(__path__[0] + ".others")
"""
"""The folder has a name that no module can have: it is no package of its own."""

_LOAD_WITHOUT_SITE = """\
if sys.flags.no_site:
    import sitecustomize
"""

_DROPPED_FLAGS = re.compile(
    r"""(?x)
    -Wl,(?:-rpath|--rpath|-R)(?:=|,)[^\s'"]+            # becomes DT_RUNPATH
    | -f(?:file|debug|macro|profile)-prefix-map=[^\s'"]+   # of the interpreter's own build
    | -m(?:arch|tune|cpu)=[^\s'"]+                       # of the machine it was built on
    | -specs=[^\s'"]+
    """
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """The result of `probe`; paths are the real ones on this host.

    :param executable: path of the base interpreter with links resolved, never that of a virtual environment.
    :param name: file name in `bin/`, such as `python3.14`.
    :param platform: `sysconfig.get_platform()`, such as `linux-x86_64`.
    :param libc: `glibc VERSION`; empty for another C library.
    :param macos: version of macOS; empty elsewhere.
    :param markers: its environment of PEP 508.
    """

    executable: str
    prefix: str
    exec_prefix: str
    stdlib: str
    platstdlib: str
    include: str
    platinclude: str
    libdir: str
    ldlibrary: str
    instsoname: str
    platlibdir: str
    name: str
    version: str
    implementation: str
    cache_tag: str
    soabi: str
    platform: str
    data_name: str
    built_prefix: str
    free_threaded: bool
    debug: bool
    bits: int
    libc: str
    macos: str
    markers: Mapping[str, str]

    @property
    def paths(self) -> list[str]:
        """Where its files are on this host; a prefix that is everything, or the user's home, is not shown."""
        paths = [self.executable, self.stdlib, self.platstdlib, self.include, self.platinclude]
        paths += [os.path.join(self.libdir, name) for name in (self.ldlibrary, self.instsoname) if self.libdir and name]
        whole = {self.prefix, self.exec_prefix} - {"/", os.path.expanduser("~")}
        return [path for path in (*sorted(whole), *paths) if path]

    @property
    def identity(self) -> dict[str, str]:
        """The part for the report: it is the same on every host with this interpreter."""
        return {
            "implementation": self.implementation,
            "version": self.version,
            "soabi": self.soabi,
            "platform": self.platform,
        }


def probe(executable: str, *, bytecode: bool = False) -> Interpreter:
    """Run an interpreter and ask it for its version and paths.

    :param bytecode: let the interpreter write bytecode of the modules that it loads.
    :raises UsageError: it does not start, its answer cannot be read, it is too old, or no CPython.
    """
    command = [executable, "-I", "-X", "utf8", *([] if bytecode else ["-B"]), "-c", program("describe")]
    try:
        run = run_program(command, _ASKED)
        run.check_returncode()
        answer = json.loads(run.stdout)
        if "unsupported" not in answer:
            return Interpreter(**answer)
    except (OSError, subprocess.CalledProcessError, ValueError, TypeError) as e:
        msg = f"interpreter {executable} cannot be used: {_why_not(executable, e)}"
        raise UsageError(msg, tip=_TIP) from e
    msg = f"interpreter {executable} is {answer['unsupported']}; expected CPython 3.9 or newer"
    raise UsageError(msg, tip=_TIP)


def _why_not(executable: str, error: Exception) -> str:
    """Return in one line why a program did not say what Python it is."""
    if isinstance(error, OSError):
        if os.path.isdir(executable):
            return "it is a folder; name the program in it, such as bin/python3"
        if re.fullmatch(r"3(\.\d+)?", executable):
            return f"there is no such program; did you mean python{executable}?"
        return error.strerror or str(error)
    if isinstance(error, subprocess.CalledProcessError):
        said = [line for line in (error.stderr or "").splitlines() if line.strip()]
        last = said[-1].strip() if said else ""
        return last if last and len(last) <= _LONGEST else f"it is no Python, or it fails: it ends with code {error.returncode}"
    if isinstance(error, ValueError):
        return "it is no Python: it does not answer as one"
    return " ".join(str(error).split()) or type(error).__name__


def make_view(interpreter: Interpreter, view: Path, *, neutral: str) -> Path:
    """Make the tree of links in `view` and return its executable.

    :param neutral: source of the `sitecustomize` module that every Python process of the build loads.
    :raises BuildError: the interpreter has no headers or cannot run from a tree of links.
    """
    executable = view / "bin" / interpreter.name
    executable.parent.mkdir(parents=True)
    shutil.copyfile(interpreter.executable, executable)
    executable.chmod(0o755)
    for alias in ("python3", "python"):
        (view / "bin" / alias).symlink_to(interpreter.name)
    _link_stdlib(interpreter, view, neutral)
    _link_libraries(interpreter, view)
    _link_headers(interpreter, view)
    # With bytecode: each process of the build loads our own modules.
    found = probe(os.fspath(executable), bytecode=True).prefix
    if found != os.fspath(view):
        msg = f"interpreter {interpreter.executable} does not run from a tree of links: its prefix stays {found}"
        raise BuildError(msg, tip="Name another CPython with --python EXE.")
    return executable


def _link_stdlib(interpreter: Interpreter, view: Path, neutral: str) -> None:
    """Link the standard library entry by entry; sysconfig data and sitecustomize are replaced by our own."""
    real = Path(interpreter.stdlib)
    stdlib = view / "lib" / real.name
    stdlib.mkdir(parents=True)
    config = f"config-{real.name.removeprefix('python')}"
    replaced = {f"{interpreter.data_name}.py", "sitecustomize.py", "site-packages", "dist-packages", "__pycache__", "encodings"}
    for entry in sorted(os.listdir(real)):
        if entry not in replaced and not entry.startswith((config, "_sysconfig_vars")):
            os.symlink(f"{real}/{entry}", f"{stdlib}/{entry}")
    _link_bytecode(real / "__pycache__", stdlib / "__pycache__", replaced=("sitecustomize.", interpreter.data_name))
    (stdlib / "sitecustomize.py").write_text(neutral, encoding="utf-8")
    (stdlib / "site-packages").mkdir()
    _hook_encodings(real / "encodings", stdlib / "encodings")
    _write_config_data(interpreter, real, stdlib, view)
    if interpreter.platlibdir != "lib":
        lib = view / interpreter.platlibdir
        lib.mkdir()
        (lib / real.name).symlink_to(stdlib)
        dynload = Path(interpreter.prefix) / interpreter.platlibdir / real.name / "lib-dynload"
        if dynload.is_dir() and not (stdlib / "lib-dynload").exists():
            (stdlib / "lib-dynload").symlink_to(dynload)


def _hook_encodings(real: Path, encodings: Path) -> None:
    """Make a package `encodings` that loads the start-up module where `site`, which does it otherwise, is left out: `python -S`.

    Python imports this package at every start, whatever its options are. Its other modules are found through one link.
    """
    encodings.mkdir()
    encodings.with_name(f"{encodings.name}.others").symlink_to(real)
    text = (real / "__init__.py").read_text(encoding="utf-8")
    (encodings / "__init__.py").write_text(f"{_FIND_THE_OTHERS}{text}\n{_LOAD_WITHOUT_SITE}", encoding="utf-8")


def _link_bytecode(real: Path, target: Path, *, replaced: tuple[str, ...]) -> None:
    """Link existing bytecode, so that not every process of the build compiles the standard library's modules again.

    Bytecode of replaced modules is left out: if it is unchecked (PEP 552), Python would load it in place of our module.
    """
    target.mkdir()
    for entry in sorted(os.listdir(real)) if real.is_dir() else ():
        if not entry.startswith(replaced):
            os.symlink(f"{real}/{entry}", f"{target}/{entry}")


def _link_libraries(interpreter: Interpreter, view: Path) -> None:
    """Link libpython, for interpreters and extensions that need it when they run or are linked."""
    lib = view / "lib"
    for directory in dict.fromkeys((f"{interpreter.prefix}/lib", interpreter.libdir)):
        if not directory or not os.path.isdir(directory):
            continue
        for entry in sorted(os.listdir(directory)):
            if entry.startswith("libpython") and not (lib / entry).exists():
                (lib / entry).symlink_to(os.path.join(directory, entry))


def _link_headers(interpreter: Interpreter, view: Path) -> None:
    """Link the header directories."""
    (view / "include").mkdir()
    for directory in dict.fromkeys((interpreter.include, interpreter.platinclude)):
        if not os.path.isfile(os.path.join(directory, "Python.h")):
            msg = f"interpreter {interpreter.executable} has no C headers in {directory}"
            raise BuildError(msg, tip="Install its development package.")
        target = view / "include" / os.path.basename(directory)
        if not target.exists():
            target.symlink_to(directory)


def _write_config_data(interpreter: Interpreter, real: Path, stdlib: Path, view: Path) -> None:
    """Write the `sysconfig` data without the interpreter's own prefix, CPU and search paths."""
    source = real / f"{interpreter.data_name}.py"
    if not source.is_file():
        source = Path(interpreter.platstdlib) / f"{interpreter.data_name}.py"
    variables = _read_config_data(source)
    own = {str(variables.get(name, "")) for name in ("prefix", "abs_builddir", "abs_srcdir")}
    prefixes = sorted({interpreter.prefix, interpreter.exec_prefix, *own} - {""}, key=len)
    neutral = {name: _neutral_value(name, value, prefixes, view) for name, value in variables.items()}
    lines = [f"    {name!r}: {value!r},\n" for name, value in sorted(neutral.items())]
    text = f"build_time_vars = {{\n{''.join(lines)}}}\n"
    (stdlib / f"{interpreter.data_name}.py").write_text(text, encoding="utf-8")
    config = Path(str(variables.get("LIBPL", "")))
    if config.name.startswith("config-"):
        target = stdlib / config.name
        target.mkdir(exist_ok=True)
        for name in ("Makefile", "Setup", "Setup.local", "config.c"):
            (target / name).write_text("# Not needed to build extensions.\n", encoding="utf-8")


def _read_config_data(source: Path) -> dict[str, object]:
    """Return the dict literal in a `_sysconfigdata` module, without running it; raise BuildError if it is no literal."""
    try:
        tree = ast.parse(source.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "build_time_vars":
                value = ast.literal_eval(node.value)
                if isinstance(value, dict):
                    return value
    except (OSError, SyntaxError, ValueError):
        pass
    msg = f"interpreter's {source.name} cannot be read in {source.parent}"
    raise BuildError(msg, tip="Use a CPython with its standard library unpacked.")


def _neutral_value(name: str, value: object, prefixes: list[str], view: Path) -> object:
    """Return one variable without host paths and flags; numbers are returned unchanged."""
    if not isinstance(value, str):
        return value
    text = _DROPPED_FLAGS.sub("", value)
    for prefix in prefixes:
        text = re.sub(rf"(?<![\w/-])(?<![\w.]\.){re.escape(prefix)}(?=$|[/\s'\":,])", os.fspath(view), text)
        text = re.sub(rf"(?<=-[LI]){re.escape(prefix)}(?=$|[/\s'\":,])", os.fspath(view), text)
    if name in _COMPILER_VARIABLES:
        text = re.sub(r"^\s*\S+", _COMPILER_VARIABLES[name], text)
    return text if text == value else re.sub(r"  +", " ", text).strip()


_COMPILER_VARIABLES = {
    "AR": "ar",
    "BLDSHARED": "cc",
    "CC": "cc",
    "CPP": "cc",
    "CXX": "c++",
    "LDCXXSHARED": "c++",
    "LDSHARED": "cc",
    "LINKCC": "cc",
    "MAINCC": "cc",
    "NM": "nm",
    "RANLIB": "ranlib",
    "READELF": "readelf",
}
