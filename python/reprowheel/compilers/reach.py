"""Says which files of the host toolchains, host tools and compiler caches need, so that a contained build sees them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprowheel.compilers.cache import CompilerCache
    from reprowheel.compilers.toolchain import CcToolchain
    from reprowheel.environment.host_tools import HostTool

__all__ = ["cache_folders", "header_folders", "paths_in", "program_paths", "tool_paths", "toolchain_paths"]

_PATH = re.compile(r"(?:^|[=:,]|(?<=-[BIL])|(?<=-isystem)|(?<=-iquote))(/[^:,=]+)")
_BESIDE = ("lib", "lib64", "libexec")


def toolchain_paths(toolchain: CcToolchain) -> list[str]:
    """Return the programs of a toolchain with what is installed beside them, and the paths in its flags.

    In a Bazel action, programs of a toolchain may be scripts that call others, which are inputs, too. So all inputs from other
    repositories are shown if the toolchain is one of them.
    """
    paths = [path for tool in toolchain.tools.values() for path in program_paths(tool)]
    flags = (*toolchain.c_flags, *toolchain.cxx_flags, *toolchain.link_shared_flags, *toolchain.link_executable_flags)
    paths += paths_in((*flags, *toolchain.env.values()))
    here = os.getcwd()
    if "/execroot/" in f"{here}/" and any(tool.startswith(f"{here}/") for tool in (*toolchain.tools.values(), *paths)):
        external = os.path.join(here, "external")
        paths += sorted(entry.path for entry in os.scandir(external)) if os.path.isdir(external) else []
    return paths


def program_paths(program: str) -> list[str]:
    """Return the path of a program, and the folder that it is installed in with its libraries; never a home folder."""
    paths = [program]
    for path in dict.fromkeys((os.path.abspath(program), os.path.realpath(program))):
        folder = os.path.dirname(path)
        prefixes = (folder, os.path.dirname(folder)) if os.path.basename(folder) == "bin" else (folder,)
        known = (prefix for prefix in prefixes if prefix not in ("/", os.path.expanduser("~")))
        paths += [prefix for prefix in known if any(os.path.isdir(f"{prefix}/{name}") for name in _BESIDE)]
    return paths


def paths_in(texts: Iterable[str]) -> list[str]:
    """Return the absolute paths in flags or values of variables that exist; they are declared by being there."""
    found = [path for text in texts for path in _PATH.findall(text)]
    return [path for path in dict.fromkeys(found) if path.strip("/") and os.path.exists(path)]


def cache_folders(toolchain: CcToolchain, cache: CompilerCache | None) -> list[str]:
    """Return the folders that compilers write results into, which later builds use; they are made if need be."""
    folders = [toolchain.cache] if toolchain.cache else []
    folders += [value for name, value in cache.variables.items() if name.endswith("_DIR")] if cache else []
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    return folders


def tool_paths(tools: Iterable[HostTool]) -> list[str]:
    """Return the programs that declared host tools consist of, their data, and the folders of libraries beside them."""
    return [
        path
        for tool in tools
        for path in (*(path for program in (tool.path, *tool.runs) for path in program_paths(program)), *tool.data_folders)
    ]


def header_folders(patterns: Iterable[str]) -> list[str]:
    """Return the folders of declared host headers that are named by absolute paths, up to the first wildcard."""
    return [os.path.dirname(re.split(r"[*?\[]", pattern)[0]) for pattern in patterns if os.path.isabs(pattern)]
