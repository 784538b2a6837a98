"""Fixes the members of archives that a build makes: no owners, and no time later than the epoch."""

# mypy: ignore-errors

from reprowheel.environment.neutral.shared import EPOCH


def patch_tarfile(module):
    """Give members no owner, and no time later than the epoch; files that the build made have later ones."""
    described = module.TarFile.gettarinfo

    def gettarinfo(self, *args, **kwargs):
        member = described(self, *args, **kwargs)
        if member is not None:
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = min(member.mtime, EPOCH)
        return member

    module.TarFile.gettarinfo = gettarinfo


def patch_zipfile(module):
    """Give members no time later than the epoch."""
    import time

    described = module.ZipInfo.from_file.__func__

    def from_file(cls, *args, **kwargs):
        member = described(cls, *args, **kwargs)
        member.date_time = min(member.date_time, time.localtime(EPOCH)[:6])
        return member

    module.ZipInfo.from_file = classmethod(from_file)
