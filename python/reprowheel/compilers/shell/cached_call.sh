# shellcheck shell=sh disable=SC2154 # the script around this part sets these variables
# The part of a compiler script for cached calls, filled in by cached_call().
if [ "$cache" ]; then
    (
        cd -P .
        printf '# %s\n' "$PWD" >>"$headers/$$"
        here=/proc/self/cwd up=/proc/self/cwd pattern=/proc/self/cwd rest=${PWD#"$root"} before=''
        while [ "$rest" ]; do rest=${rest%/*} up=$up/.. pattern="$pattern/[.][.]"; done
        set -- "$@" "-ffile-prefix-map=$here=@mapped@${PWD#"$root"}" "-ffile-prefix-map=$up=@mapped@"
        for word do
            shift
            case $before in
            -o | -MF | -MT | -MQ) ;;
            *) case $word in
                "$root"/* | -[ILB]"$root"/* | -isystem"$root"/* | -iquote"$root"/* | -idirafter"$root"/* | \
                -include"$root"/* | -imacros"$root"/*) word=${word%%"$root"*}$up${word#*"$root"} ;;
                esac ;;
            esac
            before=$word
            set -- "$@" "$word"
        done
        #if sccache
        # sccache's key does not have the options for dependency files, and some versions write old files on a hit.
        key="$*"
        while :; do
            case $key in *"$root"*) key=${key%%"$root"*}${key#*"$root"} ;; *) break ;; esac
        done
        export SCCACHE_C_CUSTOM_CACHE_BUSTER="$key"
        #end
        [ "$list" ] || { rules=$headers/$$.scan; set -- "$@" -MD -MF "$rules"; }
        unset CCACHE_DISABLE SCCACHE_DISABLE
        export @variables@ PWD="$here"
        @program@ @compiler@ "$@" 2>"$headers/$$.err.scan" || exit 1
        [ -f "$rules" ] || exit 1
        if [ "$list" ]; then
            sed "s|$pattern/|$root/|g" "$rules" >"$headers/$$.scan" && cat "$headers/$$.scan" >"$rules" || exit 1
        fi
        { sed "s|$pattern/|$root/|g" "$rules" && echo; } >>"$headers/$$"
        cat "$headers/$$.err.scan" >&2
    ) && exit 0
    # If the cached call fails, call the compiler without the cache, so that its messages and records are the usual ones.
    set -- "$@" @maps@
fi
