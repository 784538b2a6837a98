# shellcheck shell=sh
# sh -c THIS sh CACHE SOCKET STATISTICS COMMAND…: runs COMMAND, then asks the cache's server for statistics and stops it.
program=$1 socket=$2 statistics=$3
shift 3
"$@"
code=$?
if [ -S "$socket" ]; then
    export SCCACHE_SERVER_UDS="$socket"
    { "$program" --show-stats --stats-format=json && echo; } >>"$statistics"
    "$program" --stop-server >/dev/null
fi
exit $code
