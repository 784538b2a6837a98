#!/bin/bash
# Enters nothing: tells its options and runs the command after `--`, unless that is bazelw again or a root's own tool.
options=()
while (($#)) && [[ $1 != -- ]]; do options+=("$1"); shift; done
shift
case "$*" in
  update-ca-certificates*) exit 0 ;;
  "") exit "${FAKE_BWRAP_STATUS:-0}" ;;
esac
if [[ ${4##*/} != bazelw ]]; then # /usr/bin/env --default-signal=… -- COMMAND, as a child like bubblewrap's
  "$@"
  exit
fi
echo root
printf '%s\n' "${options[@]}" >"$FAKE_LOG/bwrap"
printf '[%s]\n' "${@:5}"
exit "${FAKE_STATUS:-0}"
