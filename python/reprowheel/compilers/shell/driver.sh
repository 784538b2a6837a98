#!/bin/sh
# The compiler driver that a build sees, filled in by compiler_script().
# It passes the same arguments to the compiler as the general wrapper, and passes special calls to that wrapper (@general@).
# It is called for each file of a build, so it must be fast: built-ins only, except for `cat`.
driver=@driver@ root=@root@ headers=@records@
[ -x "$driver" ] || exec @general@ "$@"
case ${DEPENDENCIES_OUTPUT+x}${SUNPRO_DEPENDENCIES+x} in ?*) exec @general@ "$@" ;; esac
value='' input='' source='' seed=$PWD kind=executable build_id=x list='' rules='' cache='' compile='' uncached=''
for word do
    case $word in
    @special@) exec @general@ "$@" ;;
    -shared) kind=${kind:+shared} ;;
    @not_linking@) kind= ;;
    -r | *--build-id*) build_id= ;;
    -MD) list=x ;;
    esac
    #if caching
    case $word in
    -c) compile=x ;;
    @uncached@) uncached=x ;;
    esac
    #end
    case $value in
    output) seed=$seed:$word value= ; continue ;;
    rules) rules=$word value= ; continue ;;
    ?*) value= ; continue ;;
    esac
    case $word in
    -o) value=output ;;
    -MF) value=rules ;;
    @with_value@) value=other ;;
    -o*) seed=$seed:$word ;;
    -) input=$input:- seed=$seed:- source=${source:-c} ;;
    -*) ;;
    @headers@) exec @general@ "$@" ;;
    @cxx@) input=$input:$word seed=$seed:$word source=cxx ;;
    @c@) input=$input:$word seed=$seed:$word source=${source:-c} ;;
    *) input=$input:$word seed=$seed:$word ;;
    esac
done
[ "$input" ] || exec "$driver" @options@ "$@"
[ "$list" ] && [ -z "$rules" ] && exec @general@ "$@"
while :; do
    case $seed in *"$root"*) seed=${seed%%"$root"*}${seed#*"$root"} ;; *) break ;; esac
done
#if caching
case $compile/$uncached/$PWD/ in
x//"$root"/*)
    case $input in
    *:*:*) ;;
    :"$root"/*) cache=x ;;
    :/*) ;;
    *) cache=x ;;
    esac
    case $input in @sources@) ;; *) cache= ;; esac
    ;;
esac
#end
case $source in
'') ;;
@c_source@) set -- @c_flags@ "$@" @c_macros@ ;;
*) set -- @cxx_flags@ "$@" @cxx_macros@ ;;
esac
[ "$cache" ] || set -- "$@" @maps@
#if gnu
set -- "$@" "-frandom-seed=$seed"
#end
case $kind in
shared) set -- "$@" @link_shared@ @libraries@ ;;
executable) set -- "$@" @link_executable@ @libraries@ ;;
esac
[ "$kind" ] && [ "$build_id" ] && set -- "$@" -Wl,--build-id=sha1
#if caching
@cached_call@
#end
#if watching
if [ "$source" ]; then
    #if gnu
    printf '# %s\n' "$PWD" >>"$headers/$$"
    if [ "$list" ]; then
        "$driver" @options@ "$@"
        code=$?
        [ -f "$rules" ] && { cat "$rules" && echo; } >>"$headers/$$"
        [ $code -gt 128 ] && kill -$((code - 128)) $$
        exit $code
    fi
    export SUNPRO_DEPENDENCIES="$headers/$$"
    #end
    #if clang
    printf '# %s\n' "$PWD" >>"$headers/$$.list"
    export CC_PRINT_HEADERS=1 CC_PRINT_HEADERS_FILE="$headers/$$.list"
    #end
fi
#end
exec "$driver" @options@ "$@"
