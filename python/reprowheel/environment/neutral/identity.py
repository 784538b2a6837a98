"""Fixes the identity of the machine and its user: host name, kernel release, number of CPUs, user name."""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import CPUS, HOST, USER, Call


def fix_identity():
    """Make every machine report the same name and kernel release, two CPUs, and no load."""
    uname = os.uname

    def fixed_uname():
        real = uname()
        return os.uname_result((real.sysname, HOST, "0", "0", real.machine))

    os.uname = Call(fixed_uname)
    os.getlogin = Call(lambda: USER)
    os.cpu_count = Call(lambda: CPUS)
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = Call(lambda: CPUS)  # novm: it is there
    if hasattr(os, "sched_getaffinity"):
        os.sched_getaffinity = Call(lambda _pid: set(range(CPUS)))
    os.getloadavg = Call(lambda: (0.0, 0.0, 0.0))


def fix_user():
    """Fix the name of the user; the user id stays, because files belong to it."""
    try:
        import pwd
    except ImportError:
        return
    described = pwd.getpwuid

    def getpwuid(uid):
        if uid != os.getuid():
            return described(uid)
        return pwd.struct_passwd((USER, "x", uid, os.getgid(), USER, os.environ.get("HOME", "/"), "/bin/sh"))

    pwd.getpwuid = Call(getpwuid)


def patch_getpass(module):
    """Fix the name of the user in `getpass`, too."""
    module.getuser = Call(lambda: USER)
