"""What programs say under the library of deep mode."""

from __future__ import annotations

from deep_machines import EPOCH

ALL = ". .. a b c d e new "
CALLS = {
    "time": str(EPOCH),
    "time by pointer": str(EPOCH),
    "gettimeofday": str(EPOCH),
    "clock_gettime": str(EPOCH),
    "clock_gettime coarse": str(EPOCH),
    "timespec_get": str(EPOCH),
    "clock_gettime by number": str(EPOCH),
    "the clock moves": "1",
    "monotonic clocks are real": "1",
    "readdir": f"{ALL}errno 0",
    "rewinddir": f"{ALL}errno 0",
    "the rest": "d e new errno 0",
    "seekdir": "1",
    "seekdir by d_off": "1",
    "dirfd": "1",
    "fdopendir": f"{ALL}errno 0",
    "scandir": "a b c d e new ",
    "scandir in any order": "a b c d e new ",
    "scandir backwards": "new e d c b a ",
    "scandirat": "a b c d e new ",
    "glob": "a b c d e ",
    "fts": "a b c d e new ",
    "no such directory": "1",
    "uname": "Linux localhost 0 0",
    "gethostname": "localhost",
    "gethostname too short": "1",
    "sysconf": "2",
    "sysconf configured": "2",
    "get_nprocs": "2",
    "get_nprocs_conf": "2",
    "sched_getaffinity": "2",
    "pthread_getaffinity_np": "2",
    "memory": str(8 << 30),
    "sysinfo": str(8 << 30),
    "sysconf of other things": "1",
    "getgrgid": "reprowheel",
    "getpwuid_r": "reprowheel",
    "getpwuid_r too short": "1",
    "getpwnam": "1",
    "another user": "1",
    "getlogin": "reprowheel",
    "getlogin_r": "1",
    "stat": f"{EPOCH} later",
    "lstat": f"{EPOCH} later",
    "fstatat": f"{EPOCH} later",
    "changed": str(EPOCH),
    "fstat": f"{EPOCH} later",
    "statx": f"{EPOCH} later",
    "__xstat": f"{EPOCH} later",
    "the host's files": str(EPOCH),
    "a time that was set": "2000",
    "set to the clock's": "1",
    "no such file": "1",
    "getentropy too long": "1",
    "mkstemp without a template": "1",
}
"""What calls.c prints under the library."""

TREE = "".join(f"entries/{name}\n" for name in ("a", "b", "c", "d", "e", "new"))

FIXED = {
    "date": ("date +%s", f"{EPOCH}\n"),
    "date in words": ("date -u", "Sun Sep 13 12:26:40 UTC 2020\n"),
    "date in nanoseconds": ("date +%N", "500001000\n"),
    "uname": ("uname -n -r -v", "localhost 0 0\n"),
    "hostname": ("hostname", "localhost\n"),
    "hostname's file": ("cat /etc/hostname /proc/sys/kernel/hostname", "localhost\nlocalhost\n"),
    "kernel's files": ("cat /proc/version /proc/sys/kernel/osrelease", "Linux version 0\n0\n"),
    "nproc": ("taskset -c 0 nproc", "2\n"),
    "nproc --all": ("nproc --all; echo more than 0", "2\nmore than 0\n"),
    "getconf": ("getconf _PHYS_PAGES | wc -l; getconf _NPROCESSORS_ONLN", "1\n2\n"),
    "CPUs": (
        "grep -c ^processor /proc/cpuinfo; grep -c avx /proc/cpuinfo; cat /sys/devices/system/cpu/online",
        "2\n0\n0-1\n",
    ),
    "memory": ("grep MemTotal /proc/meminfo", "MemTotal: 8388608 kB\n"),
    "whoami": ("whoami", "reprowheel\n"),
    "id": ("id -un; id -gn", "reprowheel\nreprowheel\n"),
    "home": ("bash -c 'echo ~reprowheel' | sed s,.*/,,", "home\n"),
    "perl": (
        "perl -MSys::Hostname -e 'print join \" \", time, hostname, scalar getpwuid $<'",
        f"{EPOCH} localhost reprowheel",
    ),
    "perl's directories": ('perl -e \'opendir D, "entries"; print join " ", readdir D\'', ". .. a b c d e new"),
    "bash": ("bash -c 'printf \"%(%s)T \" -1; echo $EPOCHSECONDS $HOSTNAME'", f"{EPOCH} {EPOCH} localhost\n"),
    "find": ("find entries", "entries\n" + TREE),
    "ls": ("ls -U entries", "a\nb\nc\nd\ne\nnew\n"),
    "tar": ("tar -c -H ustar entries | tar -t", "entries/\n" + TREE),
    "du": ("du -a entries | sed 's/.*\t//'", TREE + "entries\n"),
    "file's time": ("touch made; stat -c %Y made; date -r made +%s", f"{EPOCH}\n{EPOCH}\n"),
    "file's owner": (
        "touch made; stat -c '%U %G' made; ls -l made | cut -d' ' -f3-8",
        "reprowheel reprowheel\nreprowheel reprowheel 0 Sep 13 12:26\n",
    ),
    "archive's time": ("touch made; tar -c made | perl -ne 'print oct substr $_, 136, 11'", f"{EPOCH}"),
    "python without site": (
        "{python} -I -S -c 'import time, os; print(int(time.time()), os.uname()[1:3], os.cpu_count())'",
        f"{EPOCH} ('localhost', '0') 2\n",
    ),
}
"""Command, and what it prints under the library."""

SAME = {
    "mktemp -u": "mktemp -u name.XXXXXXXXXX",
    "/dev/urandom": "head -c16 /dev/urandom | od -An -tx1",
    "/dev/random": "dd if=/dev/random bs=16 count=1 2>/dev/null | od -An -tx1",
    "uuid": "cat /proc/sys/kernel/random/uuid",
    "perl": "perl -e 'print rand'",
    "perl's hashes": "perl -e 'print join \" \", keys %{{map {$_ => 1} 1..50}}'",
    "perl's names": "perl -MFile::Temp -MFile::Basename -e 'print basename(File::Temp->new->filename)'",
    "an address": "perl -e '%names = map {($_ => 1)} 1..9; print \\%names'",
    "awk": "awk 'BEGIN {srand(); print srand(), rand()}'",
    "git": "git init -q r 2>/dev/null; cd r; git -c user.name=a -c user.email=b commit -q --allow-empty -m c; git rev-parse @;"
    " cd ..; rm -rf r",
}
"""Commands that have a random or time-dependent result."""
