"""The machine and its user: one host, one user, one number of CPUs."""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import CPUS, HOST, USER, Call


def fix_identity():
    """Let each machine have one name, one kernel release, two CPUs, and no load."""
    uname = os.uname

    def fixed_uname():
        real = uname()
        return os.uname_result((real.sysname, HOST, "0", "0", real.machine))

    os.uname = Call(fixed_uname)
    os.getlogin = Call(lambda: USER)
    os.cpu_count = Call(lambda: CPUS)
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = Call(lambda: CPUS)
    if hasattr(os, "sched_getaffinity"):
        os.sched_getaffinity = Call(lambda _pid: set(range(CPUS)))
    os.getloadavg = Call(lambda: (0.0, 0.0, 0.0))


def fix_user():
    """Let the user have one name; the number stays, since files belong to it."""
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
    """Let the user have one name here, too."""
    module.getuser = Call(lambda: USER)
