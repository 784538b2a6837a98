"""Connects a compiler cache, ccache or sccache, to the compiler wrappers of a build (docs/compiler-cache.md).

A later build has another workspace, but must find the same results. And a cached result must equal the compiler's own. So
the cache sees commands without the path of the workspace: files there are named by paths below `/proc/self/cwd`. The flags that
map paths are added behind the cache, by a script that the cache takes for the compiler. The text of this script is a digest of
the real compiler, so a new compiler gets new results. The preprocessor always runs, so headers count by their content, not by
name or time. Its output has line numbers, because debug information has them, too. A wheel has the same bytes as without a
cache. See docs/decisions.md, "Compiler cache".
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
from reprowheel.untrusted import UntrustedFileError, read_untrusted
from reprowheel.workspace import MAPPED_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprowheel.compilers.toolchain import CcToolchain

__all__ = ["CacheUse", "CompilerCache", "cached_call", "find_compiler_cache", "program_digest"]

SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp")
"""Suffixes of sources whose compilation is cached."""

UNCACHED = tuple(
    "- -- -x* -specs* -wrapper -save-temps* --save-temps* -gsplit-dwarf -dump* -fdump* -fopt-info* -fstack-usage"
    " -fcallgraph-info* -fprofile* -fauto-profile* -fplugin* -fmodule* -frandomize-layout* -fsanitize-* -ftime-trace*"
    " -Xclang -MG -MJ* -MMD -Wa,-a* -Wa,-I* -Wa,-M*".split()
)
"""Patterns of arguments that prevent caching: they read or write files that a cache does not know, or set the language."""

_OLDEST = {"ccache": (4, 4), "sccache": (0, 9)}
"""Oldest usable versions: the first ccache with a log of statistics, the first sccache with a server on a socket."""

_SOCKET = "sccache.sock"
_STATISTICS = "compiler-cache.log"
_HITS = ("direct_cache_hit", "preprocessed_cache_hit")
_MISS = "cache_miss"


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheUse:
    """Use of the cache by a build, from the cache's statistics: compilations that were found in it, and those that were not."""

    hits: int
    misses: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CompilerCache:
    """A compiler cache of the caller.

    :param kind: `ccache` or `sccache`.
    :param program: absolute path of the program.
    :param variables: environment variables for the folder of results and its size.
    """

    kind: str
    program: str
    variables: Mapping[str, str]

    def prepare(self, toolchain: CcToolchain, directory: Path, config: Mapping[str, Any]) -> dict[str, Any]:
        """Write the scripts that the cache calls as compilers; return the value of `cache` in the config of `cached_call`.

        :param directory: folder of the compiler wrappers.
        :param config: the config of `compilers.wrapper.main`.
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

    def for_rust(self, root: Path) -> dict[str, Any]:
        """Return the program and its variables for the wrapper of rustc in the workspace `root`."""
        return {"program": self.program, "variables": self._variables(os.fspath(root))}

    def _variables(self, root: str) -> dict[str, str]:
        """Return all environment variables for the cache; `root` is the workspace."""
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
        """Return a command that runs `command`, then asks the cache's server for statistics and stops it.

        ccache has no server, so its command is not changed. The server of sccache writes results after it has answered. It is
        stopped here so that it can finish: otherwise it would be killed with the other processes of the build.
        """
        if self.kind == "ccache":
            return list(command)
        places = (str(root / _SOCKET), str(root / _STATISTICS))
        return ["/bin/sh", "-c", fill_in("cache_server.sh", {}), "sh", self.program, *places, *command]

    def use(self, root: Path) -> CacheUse:
        """Return the use of the cache by the build in the workspace `root`; none if there are no statistics that can be read.

        The build could write to them, and no output depends on them.
        """
        try:
            lines = read_untrusted(root, _STATISTICS).decode().splitlines()
            if self.kind == "ccache":
                return CacheUse(hits=sum(map(lines.count, _HITS)), misses=lines.count(_MISS))
            servers = [json.loads(line)["stats"] for line in lines]
            hits, misses = (sum(_total(server[name]) for server in servers) for name in ("cache_hits", "cache_misses"))
            return CacheUse(hits=hits, misses=misses)
        except (UntrustedFileError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return CacheUse(hits=0, misses=0)


def _total(counts: Mapping[str, Mapping[str, int]]) -> int:
    """Return the sum of the counts for all languages."""
    return sum(counts["counts"].values())


def find_compiler_cache(program: str, directory: Path | None = None) -> CompilerCache:
    """Return the compiler cache with this path or name.

    :param directory: folder of results; default: the one that the caller has configured.
    :raises UsageError: there is no such program, or it is no compiler cache, or too old.
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
    """Return the variables for the folder of results and its size, as the caller has configured them."""
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
    """Return the first line that a program prints in an environment (default: the caller's); empty if it cannot be run."""
    try:
        return first_line(run_program(command, os.environ if environment is None else environment).stdout)
    except OSError:
        return ""


def _identity(toolchain: CcToolchain, driver: Sequence[str], maps: Sequence[Sequence[str]]) -> str:
    """Return a digest of a compiler: of its programs, its variables, and the names that it writes in place of paths."""
    environment = bare_environment(toolchain.env)
    digest = hashlib.sha256(repr((toolchain.compiler, driver[1:], sorted(toolchain.env.items()), [m[1] for m in maps])).encode())
    digest.update(_output([*driver, "--version"], environment).encode())
    for name in ("", "cc1", "cc1plus", "as"):
        path = _output([*driver, f"-print-prog-name={name}"], environment) if name else driver[0]
        if os.path.isfile(path):
            digest.update(program_digest(path).encode())
    return digest.hexdigest()


@functools.cache
def program_digest(path: str) -> str:
    """Return the digest of a program; it is computed once in a process, because compilers are large."""
    return file_sha256(Path(path))


def _maps(config: Mapping[str, Any]) -> str:
    """Return the flags that map paths, as shell words."""
    return shlex.join(f"-ffile-prefix-map={old}={new}" for old, new in config["maps"])


def cached_call(mode: str, config: Mapping[str, Any]) -> str:
    """Return the part of a compiler script that handles cached calls, as shell text; empty without a cache.

    It takes its arguments from `$@`, and uses the variables `root`, `headers`, `list` and `rules` of the script.
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
