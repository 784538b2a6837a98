# shellcheck shell=sh
# The compiler behind a compiler cache, filled in by CompilerCache.prepare(): a script whose text is its identity reads this.
export PWD=/proc/self/cwd
#if sccache
# What sccache's key has of a source is preprocessed text. It asks for that without line numbers, and would find an object
# whose debug information has others. What `.incbin` names is not in it: another text each time finds nothing.
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
