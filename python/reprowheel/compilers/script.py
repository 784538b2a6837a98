"""The compiler driver a build sees, as a shell script: most calls need no interpreter, whose start costs more than they do.

The script does what `_compiler_wrapper` does, word for word, for compilers that take GCC's arguments and for calls with
nothing special: no response file, no `-march=native`, no link-time optimization, no coverage, no dependencies other than
`-MD -MF FILE`. All others go to `_compiler_wrapper`. POSIX sh, built-ins only but for a `cat`. With a compiler cache, calls that
compile one C or C++ source go through it (`_compiler_cache`).
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from reprowheel.compilers import cache, wrapper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["compiler_script"]

_SCRIPT = """\
#!/bin/sh
driver={driver} root={root} headers={headers}
[ -x "$driver" ] || exec {general} "$@"
case ${{DEPENDENCIES_OUTPUT+x}}${{SUNPRO_DEPENDENCIES+x}} in ?*) exec {general} "$@" ;; esac
value= input= source= seed=$PWD kind=executable build_id=x list= rules= cache= compile= uncached=
for word do
    case $word in
    {special}) exec {general} "$@" ;;
    -shared) kind=${{kind:+shared}} ;;
    {not_linking}) kind= ;;
    -r | *--build-id*) build_id= ;;
    -MD) list=x ;;
    esac
    {choose}
    case $value in
    output) seed=$seed:$word value= ; continue ;;
    rules) rules=$word value= ; continue ;;
    ?*) value= ; continue ;;
    esac
    case $word in
    -o) value=output ;;
    -MF) value=rules ;;
    {with_value}) value=other ;;
    -o*) seed=$seed:$word ;;
    -) input=$input:- seed=$seed:- source=${{source:-c}} ;;
    -*) ;;
    {cxx}) input=$input:$word seed=$seed:$word source=cxx ;;
    {c}) input=$input:$word seed=$seed:$word source=${{source:-c}} ;;
    *) input=$input:$word seed=$seed:$word ;;
    esac
done
[ "$input" ] || exec "$driver" {options}"$@"
[ "$list" ] && [ -z "$rules" ] && exec {general} "$@"
while :; do
    case $seed in *"$root"*) seed=${{seed%%"$root"*}}${{seed#*"$root"}} ;; *) break ;; esac
done
{decide}
case $source in
'') ;;
{c_pattern}) set -- {c_flags} "$@" {c_macros} ;;
*) set -- {cxx_flags} "$@" {cxx_macros} ;;
esac
[ "$cache" ] || set -- "$@" {maps}
{add_seed}
case $kind in
shared) set -- "$@" {link_shared} {libraries} ;;
executable) set -- "$@" {link_executable} {libraries} ;;
esac
[ "$kind" ] && [ "$build_id" ] && set -- "$@" -Wl,--build-id=sha1
{cached}
{watch}
exec "$driver" {options}"$@"
"""

_CHOOSE = """\
case $word in
    -c) compile=x ;;
    {uncached}) uncached=x ;;
    esac"""

_DECIDE = """\
case $compile/$uncached/$PWD/ in
x//"$root"/*)
    case $input in
    *:*:*) ;;
    :"$root"/*) cache=x ;;
    :/*) ;;
    *) cache=x ;;
    esac
    case $input in {sources}) ;; *) cache= ;; esac
    ;;
esac"""

_WATCH = """\
if [ "$source" ]; then
    printf '# %s\\n' "$PWD" >>"$headers/$${suffix}"
    {tell}
fi"""

_TELL_GNU = """\
if [ "$list" ]; then
        "$driver" {options}"$@"
        code=$?
        [ -f "$rules" ] && {{ cat "$rules" && echo; }} >>"$headers/$$"
        [ $code -gt 128 ] && kill -$((code - 128)) $$
        exit $code
    fi
    export SUNPRO_DEPENDENCIES="$headers/$$\""""

_TELL_CLANG = """\
export CC_PRINT_HEADERS=1 CC_PRINT_HEADERS_FILE="$headers/$$.list\""""


def compiler_script(mode: str, general: str, config: Mapping[str, Any]) -> str:
    """Return the script.

    :param mode: `cc` or `c++`.
    :param general: shell command that runs `_compiler_wrapper` for this mode, without the caller's arguments.
    :param config: as `_compiler_wrapper.main` takes it.
    """
    driver, flags = config["driver"][mode], config["flags"]
    if config["zig"] or any(arg.startswith("-flto") for arg in (*driver, *(f for group in flags.values() for f in group))):
        return f'#!/bin/sh\nexec {general} "$@"\n'
    options = _words(driver[1:]) + " " if driver[1:] else ""
    watch = ""
    if config["headers"]:
        tell = _TELL_GNU.format(options=options) if config["gnu"] else _TELL_CLANG
        watch = _WATCH.format(suffix="" if config["gnu"] else ".list", tell=tell)
    caching = bool(config["cache"] and config["headers"])
    uncached = {*cache.UNCACHED, *wrapper.NOT_LINKING - {"-c"}}
    return _SCRIPT.format(
        driver=shlex.quote(driver[0]),
        options=options,
        root=shlex.quote(config["root"]),
        headers=shlex.quote(config["headers"]),
        general=general,
        special=_patterns(_special(config)),
        not_linking=_patterns(wrapper.NOT_LINKING),
        with_value=_patterns(wrapper.WITH_VALUE - {"-o", "-MF"}),
        cxx=_patterns(f"*{suffix}" for suffix in wrapper.CXX_SUFFIXES),
        c=_patterns(f"*{suffix}" for suffix in set(wrapper.SOURCE_SUFFIXES) - set(wrapper.CXX_SUFFIXES)),
        c_pattern="c" if mode == "cc" else "no",
        c_flags=_words(flags["c"]),
        c_macros=_words(_undefined(config["macros"], flags["c"])),
        cxx_flags=_words(flags["cxx"]),
        cxx_macros=_words(_undefined(config["macros"], flags["cxx"])),
        maps=_words(_prefix_maps(config["maps"])),
        add_seed='set -- "$@" "-frandom-seed=$seed"' if config["gnu"] else "",
        link_shared=_words(flags["link_shared"]),
        link_executable=_words(flags["link_executable"]),
        libraries=_words(config["cxx_libraries"] if mode == "c++" else []),
        watch=watch,
        choose=_CHOOSE.format(uncached=_patterns(uncached)) if caching else "",
        decide=_DECIDE.format(sources=_patterns(f"*{suffix}" for suffix in cache.SUFFIXES)) if caching else "",
        cached=cache.cached_call(mode, config) if caching else "",
    )


def _special(config: Mapping[str, Any]) -> set[str]:
    """Return the arguments that the script leaves to the general wrapper."""
    words: set[str] = set()
    words |= wrapper.COUNTING | wrapper.ONLY_DEPENDENCIES | (wrapper.DEPENDENCIES - {"-MD"})
    words |= {"@*", "*=native", "-flto*", "-fprofile-generate*", "-Wp,-M*"}
    macros = {macro.partition("=")[0] for macro in config["macros"]}
    return words | macros | {f"{macro}=*" for macro in macros}


def _undefined(macros: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Return what is not defined yet (of `_compiler_wrapper`, which has no types)."""
    found: list[str] = wrapper.undefined(macros, flags)  # type: ignore[no-untyped-call]
    return found


def _prefix_maps(maps: Sequence[Sequence[str]]) -> list[str]:
    """Return the flags (of `_compiler_wrapper`, which has no types)."""
    found: list[str] = wrapper.prefix_maps(maps)  # type: ignore[no-untyped-call]
    return found


def _patterns(words: Iterable[str]) -> str:
    """Return alternatives of a `case`; only `*` is special in what is given."""
    return " | ".join("*".join(shlex.quote(part) if part else "" for part in word.split("*")) for word in sorted(words))


def _words(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))
