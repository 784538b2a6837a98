"""A compiler cache, ccache or sccache, behind the compilers that a build sees (docs/compiler-cache.md).

A result must be found again from another workspace, and must be the one that the compiler would have made. So the cache sees
a command without the workspace's path: files in the workspace are named from `/proc/self/cwd`, and what maps paths is added
behind the cache, by a script that stands for the compiler. The script's text is the compiler's identity. The preprocessor
always runs, so that headers count by what they say; its output keeps line numbers, which debug information has. Nothing
of this is in the wheel: its bytes are those of a build without a cache.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprowheel.compilers.template import fill_in
from reprowheel.errors import UsageError
from reprowheel.files import file_sha256
from reprowheel.programs import bare_environment, first_line, run_program
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.compilers.toolchain import CcToolchain

__all__ = ["CacheUse", "CompilerCache", "cached_call", "find_compiler_cache"]

SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp")
"""Sources whose compilation is cached."""

UNCACHED = tuple(
    "- -- -x* -specs* -wrapper -save-temps* --save-temps* -gsplit-dwarf -dump* -fdump* -fopt-info* -fstack-usage"
    " -fcallgraph-info* -fprofile* -fauto-profile* -fplugin* -fmodule* -frandomize-layout* -fsanitize-* -ftime-trace*"
    " -Xclang -MG -MJ* -MMD -Wa,-a* -Wa,-I* -Wa,-M*".split()
)
"""Arguments of calls that are not cached: they read or write files that a cache does not know of, or say what language it is."""

_OLDEST = {"ccache": (4, 4), "sccache": (0, 9)}
"""Versions from which there are ccache's log of statistics, and sccache's server behind a socket."""

_SOCKET = "sccache.sock"
_STATISTICS = "compiler-cache.log"
_HITS = ("direct_cache_hit", "preprocessed_cache_hit")
_MISS = "cache_miss"


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheUse:
    """What a build had of the cache, by the cache's own statistics: compilations found in it, and made."""

    hits: int
    misses: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CompilerCache:
    """A cache.

    :param kind: `ccache` or `sccache`.
    :param program: absolute path.
    :param variables: say where it keeps results, and how many.
    """

    kind: str
    program: str
    variables: Mapping[str, str]

    def prepare(self, toolchain: CcToolchain, directory: Path, config: Mapping[str, Any]) -> dict[str, Any]:
        """Write the scripts that stand for the compilers; return what `cached_call` takes.

        :param directory: of the wrappers.
        :param config: as `compilers.wrapper.main` takes it.
        """
        inner = directory / ".cached"
        inner.mkdir()
        scripts = {}
        names = {"cc": "clang", "c++": "clang++"} if toolchain.compiler == "clang" else {"cc": "gcc", "c++": "g++"}
        for mode, name in names.items():
            path = inner / name
            identity = _identity(toolchain, config["driver"][mode], config["maps"])
            path.write_text(f'#!/bin/sh\n# {identity}\n. "$0.place"\n', encoding="utf-8")
            path.chmod(0o755)
            words = {"driver": shlex.join(config["driver"][mode]), "maps": _maps(config)}
            Path(f"{path}.place").write_text(fill_in("cached_compiler.sh", words, [self.kind]), encoding="utf-8")
            scripts[mode] = os.fspath(path)
        return {"kind": self.kind, "program": self.program, "variables": self._variables(config["root"]), "scripts": scripts}

    def _variables(self, root: str) -> dict[str, str]:
        """Return all the variables of the cache in a workspace."""
        if self.kind == "ccache":
            fixed = {
                "CCACHE_COMPILERCHECK": "content",
                "CCACHE_CONFIGPATH": os.devnull,
                "CCACHE_NODIRECT": "1",
                "CCACHE_STATSLOG": f"{root}/{_STATISTICS}",
            }
        else:
            fixed = {
                "SCCACHE_CONF": f"{root}/none",
                "SCCACHE_DIRECT": "false",
                "SCCACHE_IDLE_TIMEOUT": "0",
                "SCCACHE_SERVER_UDS": f"{root}/{_SOCKET}",
            }
        return dict(self.variables) | fixed

    def around(self, command: Sequence[str], root: Path) -> list[str]:
        """Return a command of the build, behind which the cache's server, if it has one, is asked for its figures and ends.

        It writes results after it has answered, and is killed with the build's other processes.
        """
        if self.kind == "ccache":
            return list(command)
        places = (str(root / _SOCKET), str(root / _STATISTICS))
        return ["/bin/sh", "-c", fill_in("cache_server.sh", {}), "sh", self.program, *places, *command]

    def use(self, root: Path) -> CacheUse:
        """Return what the build in a workspace had of it."""
        path = root / _STATISTICS
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if self.kind == "ccache":
            return CacheUse(hits=sum(map(lines.count, _HITS)), misses=lines.count(_MISS))
        servers = [json.loads(line)["stats"] for line in lines]
        hits, misses = (sum(_total(server[name]) for server in servers) for name in ("cache_hits", "cache_misses"))
        return CacheUse(hits=hits, misses=misses)


def _total(counts: Mapping[str, Mapping[str, int]]) -> int:
    """Return the sum over languages."""
    return sum(counts["counts"].values())


def find_compiler_cache(program: str, directory: Path | None = None) -> CompilerCache:
    """Return the cache of that path or name.

    :param directory: where it keeps results; default: where it does for the caller.
    :raises UsageError: there is no such program, or it is another one, or too old.
    """
    found = shutil.which(program)
    if not found:
        msg = f"compiler cache {program!r}: no such program; expected ccache or sccache, by its path or its name on PATH"
        raise UsageError(msg, tip="Install one, or build without --compiler-cache.")
    found = os.path.abspath(found)
    said = _output([found, "--version"])
    kind, _, version = said.replace(" version ", " ").partition(" ")
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if kind not in _OLDEST or not numbers:
        msg = f"compiler cache {found}: answers --version with {said!r}; expected ccache or sccache"
        raise UsageError(msg, tip="Name the cache itself, not a script or a link that stands for a compiler.")
    if numbers < _OLDEST[kind]:
        oldest = ".".join(map(str, _OLDEST[kind]))
        msg = f"compiler cache {found}: is {kind} {version}; expected {oldest} or newer"
        raise UsageError(msg, tip="Install a newer one, or build without --compiler-cache.")
    return CompilerCache(kind=kind, program=found, variables=_caller_variables(kind, found, directory))


def _caller_variables(kind: str, found: str, directory: Path | None) -> dict[str, str]:
    """Return where the caller has the cache, and how large it may be."""
    if kind == "ccache":
        settings = {"CCACHE_DIR": "cache_dir", "CCACHE_MAXSIZE": "max_size"}
        variables = {name: _output([found, "--get-config", key]) for name, key in settings.items()}
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        variables = {"SCCACHE_DIR": os.environ.get("SCCACHE_DIR") or f"{home}/sccache"}
        variables |= {name: os.environ[name] for name in ("SCCACHE_CACHE_SIZE",) if name in os.environ}
    name = f"{kind.upper()}_DIR"
    return variables | {name: os.path.abspath(directory or variables[name])}


def _output(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Return the first line that a program prints, in the caller's environment or another; nothing if it cannot be run."""
    try:
        return first_line(run_program(command, os.environ if environment is None else environment).stdout)
    except OSError:
        return ""


def _identity(toolchain: CcToolchain, driver: Sequence[str], maps: Sequence[Sequence[str]]) -> str:
    """Return a digest of a compiler: its programs, its variables, and the names it writes instead of paths."""
    environment = bare_environment(toolchain.env)
    digest = hashlib.sha256(repr((toolchain.compiler, driver[1:], sorted(toolchain.env.items()), [m[1] for m in maps])).encode())
    digest.update(_output([*driver, "--version"], environment).encode())
    for name in ("", "cc1", "cc1plus", "as"):
        path = _output([*driver, f"-print-prog-name={name}"], environment) if name else driver[0]
        if os.path.isfile(path):
            digest.update(_program_digest(path).encode())
    return digest.hexdigest()


@functools.cache
def _program_digest(path: str) -> str:
    """Return a program's digest: once in a process, since compilers are large."""
    return file_sha256(Path(path))


def _maps(config: Mapping[str, Any]) -> str:
    """Return the flags that map paths, as shell words."""
    return shlex.join(f"-ffile-prefix-map={old}={new}" for old, new in config["maps"])


def cached_call(mode: str, config: Mapping[str, Any]) -> str:
    """Return what a compiler script does for a call that is cached, as shell text; nothing without a cache.

    It finds its arguments in `$@`, and `root`, `headers`, `list` and `rules` as the script has set them.
    """
    cache = config["cache"]
    if not cache:
        return ""
    words = {
        "variables": " ".join(f"{name}={shlex.quote(value)}" for name, value in cache["variables"].items()),
        "program": shlex.quote(cache["program"]),
        "compiler": shlex.quote(cache["scripts"][mode]),
        "mapped": MAPPED_ROOT,
        "maps": _maps(config),
    }
    return fill_in("cached_call.sh", words, [cache["kind"]])
