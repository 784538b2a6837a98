#!/bin/bash
# Says what it was called with: a line per argument, so that a test can see every blank and quote.
[[ $1 == --version ]] && { echo "@version@"; exit; }
echo @name@
printf '[%s]\n' "$@"
exit "${FAKE_STATUS:-0}"
