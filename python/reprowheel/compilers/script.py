"""Makes the compiler driver that a build sees: a shell script, because the start of a Python interpreter is slow.

The script passes the same arguments to the compiler as `compilers.wrapper`. It handles compilers that take GCC's arguments,
and calls without special options: no response file, no `-march=native`, no precompiled header, no link-time optimization, no
coverage, no dependencies other than `-MD -MF FILE`. It passes all other calls to `compilers.wrapper`. It is POSIX sh with
built-ins only, except for `cat`. With a compiler cache, calls that compile one C or C++ source go through the cache
(`compilers.cache`). See docs/decisions.md, "Compilers start as a shell script".
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from reprowheel.compilers import cache, wrapper
from reprowheel.compilers.template import fill_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["compiler_script"]


def compiler_script(mode: str, general: str, config: Mapping[str, Any]) -> str:
    """Return the text of the script.

    :param mode: `cc` or `c++`.
    :param general: shell command that runs `compilers.wrapper` for this mode, without the caller's arguments.
    :param config: the config of `compilers.wrapper.main`.
    """
    driver, flags = config["driver"][mode], config["flags"]
    if config["zig"] or any(arg.startswith("-flto") for arg in (*driver, *(f for group in flags.values() for f in group))):
        return f'#!/bin/sh\nexec {general} "$@"\n'
    caching = bool(config["cache"] and config["headers"])
    sections = {
        "caching": caching,
        "clang": not config["gnu"],
        "gnu": config["gnu"],
        "watching": config["headers"],
    }
    words = {
        "driver": shlex.quote(driver[0]),
        "options": _words(driver[1:]),
        "root": shlex.quote(config["root"]),
        "records": shlex.quote(config["headers"]),
        "headers": _patterns(f"*{suffix}" for suffix in wrapper.HEADER_SUFFIXES),
        "general": general,
        "special": _patterns(_special(config)),
        "not_linking": _patterns(wrapper.NOT_LINKING),
        "uncached": _patterns({*cache.UNCACHED, *wrapper.NOT_LINKING - {"-c"}}),
        "with_value": _patterns(wrapper.WITH_VALUE - {"-o", "-MF"}),
        "cxx": _patterns(f"*{suffix}" for suffix in wrapper.CXX_SUFFIXES),
        "c": _patterns(f"*{suffix}" for suffix in set(wrapper.SOURCE_SUFFIXES) - set(wrapper.CXX_SUFFIXES)),
        "sources": _patterns(f"*{suffix}" for suffix in cache.SUFFIXES),
        "c_source": "c" if mode == "cc" else "no",
        "c_flags": _words(flags["c"]),
        "c_macros": _words(_undefined(config["macros"], flags["c"])),
        "cxx_flags": _words(flags["cxx"]),
        "cxx_macros": _words(_undefined(config["macros"], flags["cxx"])),
        "maps": _words(_prefix_maps(config["maps"])),
        "link_shared": _words(flags["link_shared"]),
        "link_executable": _words(flags["link_executable"]),
        "libraries": _words(config["cxx_libraries"] if mode == "c++" else []),
        "cached_call": cache.cached_call(mode, config) if caching else "",
    }
    return fill_in("driver.sh", words, [name for name, kept in sections.items() if kept])


def _special(config: Mapping[str, Any]) -> set[str]:
    """Return patterns of the arguments whose calls the script passes to `compilers.wrapper`."""
    words: set[str] = set()
    words |= wrapper.COUNTING | wrapper.ONLY_DEPENDENCIES | (wrapper.DEPENDENCIES - {"-MD"})
    words |= {"@*", "*=native", "-flto*", "-fprofile-generate*", "-Wp,-M*", "*-header"}
    macros = {macro.partition("=")[0] for macro in config["macros"]}
    return words | macros | {f"{macro}=*" for macro in macros}


def _undefined(macros: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Call `compilers.wrapper.undefined`, which has no types."""
    found: list[str] = wrapper.undefined(macros, flags)  # type: ignore[no-untyped-call]
    return found


def _prefix_maps(maps: Sequence[Sequence[str]]) -> list[str]:
    """Call `compilers.wrapper.prefix_maps`, which has no types."""
    found: list[str] = wrapper.prefix_maps(maps)  # type: ignore[no-untyped-call]
    return found


def _patterns(words: Iterable[str]) -> str:
    """Return the alternatives of a shell `case`; in `words`, only `*` is a pattern character."""
    return " | ".join("*".join(shlex.quote(part) if part else "" for part in word.split("*")) for word in sorted(words))


def _words(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))
