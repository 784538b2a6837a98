"""Fixes the members of archives that a build makes: no owners, and no time that was read off a real clock."""

# mypy: ignore-errors

from time import time as _real_time

from reprowheel.environment.neutral.shared import EPOCH, SDIST_TIMES, STARTED


def _is_real(mtime):
    """Say whether the time of a file is a real one: later than the epoch, or not older than the build and not of its sdist."""
    return mtime > EPOCH or (STARTED is not None and STARTED <= mtime <= _real_time() and mtime not in SDIST_TIMES)


def patch_tarfile(module):
    """Give members no owner, and files that the build made the time of the epoch."""
    described = module.TarFile.gettarinfo

    def gettarinfo(self, *args, **kwargs):
        member = described(self, *args, **kwargs)
        if member is not None:
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = EPOCH if _is_real(member.mtime) else member.mtime
        return member

    module.TarFile.gettarinfo = gettarinfo


def patch_zipfile(module):
    """Give files that the build made the time of the epoch."""
    import os
    import time

    described = module.ZipInfo.from_file.__func__

    def from_file(cls, filename, *args, **kwargs):
        member = described(cls, filename, *args, **kwargs)
        if _is_real(os.stat(filename).st_mtime):
            member.date_time = time.localtime(EPOCH)[:6]
        return member

    module.ZipInfo.from_file = classmethod(from_file)
