#!/bin/sh
# A compiler that takes `native` for the CPU that is filled in.
for arg do
  shift
  case $arg in -march=native | -mtune=native | -mcpu=native) arg=${arg%native}@cpu@ ;; esac
  set -- "$@" "$arg"
done
exec @compiler@ "$@"
