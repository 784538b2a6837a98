#!/bin/bash
# Takes its time, then leaves what bazelw and registry.sh look for. Its arguments end in SUITE TARGET [MIRROR].
while [[ ${1-} == --* ]]; do shift; done
target=$2
mkdir -p "$target/etc/bazel" "$target/etc/ssl/certs" "$target/usr/share/bazel/rules/cc" "$target/usr/share/bazel/tools/x"
echo "$$" >>"$FAKE_LOG/mmdebstrap"
[[ -z ${FAKE_FAILS:-} ]] || { echo "E: no such package" >&2; exit 25; }
sleep "${FAKE_SECONDS:-0}"
touch "$target/etc/bazel/bazelrc" "$target/etc/ssl/certs/ca-certificates.crt"
echo 'module(name = "rules_cc")' >"$target/usr/share/bazel/rules/cc/MODULE.bazel"
echo 'module(name = "x")' >"$target/usr/share/bazel/tools/x/MODULE.bazel"
echo "I: success"
