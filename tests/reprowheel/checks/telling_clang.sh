#!/bin/sh
# A compiler that tells how it is asked, as clang, for what it reads.
case "$1" in -dumpmachine) echo x86_64-linux-gnu; exit;; esac
echo "$CC_PRINT_HEADERS,$CC_PRINT_HEADERS_FILE,$SUNPRO_DEPENDENCIES"
for last; do :; done
case " $* " in *" -M -MF "*) echo "x.o: /host/scanned.h sub/\\ d.h" > "$last";; esac
[ -z "$CC_PRINT_HEADERS_FILE" ] || printf '/host/a b.h\nsub/c.h\n' >> "$CC_PRINT_HEADERS_FILE"
case "$*" in *signal*) kill -9 $$;; esac
