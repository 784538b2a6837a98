# shellcheck shell=sh
# The compiler behind a compiler cache, filled in by CompilerCache.prepare(). The script that sources this file has the
# identity of the compiler as its text.
export PWD=/proc/self/cwd
#if sccache
# sccache's key has the preprocessed text of a source. sccache asks for it without line numbers (-P), so it might find an
# object with other line numbers in its debug information: -P is dropped. Files that `.incbin` names are not in the text, so
# such sources get another text each time and are never found.
for word do
    shift
    [ "$word" = -P ] || set -- "$@" "$word"
done
case " $* " in
*" -E "*)
    @driver@ "$@" @maps@ >"$0.$$"
    code=$?
    cat "$0.$$"
    ! grep -q '[.]incbin' "$0.$$" || echo "$0 $$"
    exit $code
    ;;
esac
#end
exec @driver@ "$@" @maps@
