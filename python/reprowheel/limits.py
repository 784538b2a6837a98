"""How much is read of what somebody else wrote: archives, index pages, downloads, git trees, output of builds.

A reader stops at its limit and raises an error that names it; it does not first read everything and then count. Each number is
several times what large real packages need. So none is an option: who meets one should first look at the file. See
docs/decisions.md, "Limits on what others wrote".
"""

from __future__ import annotations

__all__ = [
    "ANSWER_SECONDS",
    "DOWNLOAD_SECONDS",
    "GIT_SECONDS",
    "MAX_ADDRESS",
    "MAX_DEPTH",
    "MAX_DICTIONARY",
    "MAX_DIRECTORY",
    "MAX_DOWNLOAD",
    "MAX_GLOBAL_RECORDS",
    "MAX_HEADER",
    "MAX_IN_MEMORY",
    "MAX_LISTED",
    "MAX_MEMBERS",
    "MAX_METADATA",
    "MAX_NAME",
    "MAX_PADDING",
    "MAX_PAGE",
    "MAX_PART",
    "MAX_PIP_MEMORY",
    "MAX_RATIO",
    "MAX_REDIRECTS",
    "MAX_SDIST",
    "MAX_SOURCE_FILE",
    "MAX_SUBMODULES",
    "MAX_TAG",
    "MAX_WHEEL",
    "MIN_PACE",
    "OUTPUT_HEAD",
    "OUTPUT_TAIL",
    "PACE_SECONDS",
    "PAGE_SECONDS",
    "PIP_SECONDS",
    "RATIO_FREE",
    "TIP",
    "LimitError",
    "check_path",
    "check_unpacked",
]

# Archives. Large real ones: wheels of 4 GB that unpack to 16 GB, sdists of 0.5 GB, 60,000 members.
MAX_MEMBERS = 200_000
"""Files and folders of one archive or git tree."""
MAX_NAME = 2048
"""Bytes of one member's path; Linux itself takes 4096 for a path with all that is in front of it."""
MAX_PART = 255
"""Bytes of one name in a path, as on most file systems."""
MAX_DEPTH = 128
"""Folders around a member."""
MAX_SDIST = 8 << 30
"""Bytes that an sdist unpacks to."""
MAX_WHEEL = 32 << 30
"""Bytes that a wheel unpacks to."""
RATIO_FREE = 1 << 30
"""Bytes that an archive may unpack to, whatever its own size is."""
MAX_RATIO = 200
"""Beyond `RATIO_FREE`: unpacked bytes for each packed one. Source code has about 5, the best that gzip can do is 1,032."""
MAX_HEADER = 256 << 10
"""Bytes that the headers of one member of a tar archive have together: long names and pax records."""
MAX_GLOBAL_RECORDS = 100
"""Names in the pax records of a tar archive that hold for all members."""
MAX_PADDING = 1 << 20
"""Zeros behind the end of a tar archive; writers fill up a block of 10 KiB."""
MAX_DIRECTORY = 32 << 20
"""Bytes of a zip archive's central directory; 60,000 members have about 9 MB."""
MAX_DICTIONARY = 256 << 20
"""Bytes that the decompressor of xz may take; `xz -9` asks for 65 MiB."""
MAX_IN_MEMORY = 64 << 20
"""Bytes of a wheel's member that is read in one piece, such as RECORD."""
MAX_METADATA = 8 << 20
"""Bytes of METADATA or PKG-INFO; a long description has less than one million."""

# Index pages and files. Large real ones: pages of 15 MB with 20,000 files, wheels of 4 GB.
MAX_PAGE = 64 << 20
"""Bytes of a page, unpacked."""
MAX_LISTED = 100_000
"""Files that a page lists."""
MAX_ADDRESS = 4096
"""Characters of an address on a page; longer ones are passed over."""
MAX_TAG = 16 << 10
"""Characters of one tag of an HTML page."""
MAX_DOWNLOAD = 16 << 30
"""Bytes of a file."""
MAX_REDIRECTS = 20
ANSWER_SECONDS = 60.0
"""Until an answer begins, in addition to the time-outs of pip's configuration."""
PAGE_SECONDS = 300.0
"""For a whole page."""
DOWNLOAD_SECONDS = 6 * 3600.0
"""For a whole file."""
PACE_SECONDS = 60.0
"""From then on, what has come must be `MIN_PACE` on average."""
MIN_PACE = 1000
"""Bytes in a second."""
PIP_SECONDS = 3600.0
"""For one resolution by pip."""
MAX_PIP_MEMORY = 8 << 30
"""Bytes of address space that pip may take."""

# Git repositories.
MAX_SOURCE_FILE = 512 << 20
"""Bytes of one file; the large hosts of repositories take 100 MB."""
MAX_SUBMODULES = 1000
GIT_SECONDS = 3600.0
"""For one command of git."""

# What a back end prints.
OUTPUT_HEAD = 64 << 10
"""Bytes at the beginning that are looked at for the reason of a failure."""
OUTPUT_TAIL = 256 << 10
"""Bytes at the end."""

TIP = "get it again from its publisher; if it is what it should be, raise {} in reprowheel/limits.py"


class LimitError(ValueError):
    """Something exceeds a limit. The message has no subject; the stages put the file or package in front of it.

    :param name: the constant in this module.
    """

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.tip = TIP.format(name)


def check_path(path: str) -> None:
    """Check the length and the depth of a member's path.

    :raises LimitError: one of them is too large.
    """
    size = len(path.encode("utf-8", "surrogatepass"))
    if size > MAX_NAME:
        message = f"has a member whose path has {size} bytes ({path[:60]!r}…); the limit is {MAX_NAME}"
        raise LimitError(message, "MAX_NAME")
    parts = path.split("/")
    if len(parts) > MAX_DEPTH + 1:
        message = f"has a member in {len(parts) - 1} folders ({path[:60]!r}…); the limit is {MAX_DEPTH}"
        raise LimitError(message, "MAX_DEPTH")
    if any(len(part.encode("utf-8", "surrogatepass")) > MAX_PART for part in parts):
        message = f"has a member with a name of more than {MAX_PART} bytes in its path ({path[:60]!r}…)"
        raise LimitError(message, "MAX_PART")


def check_unpacked(total: int, packed: int, most: int, name: str) -> None:
    """Check how much an archive unpacks to.

    :param total: bytes so far, or as the archive declares them.
    :param packed: bytes of the archive itself.
    :param most: the limit, which is the constant `name`.
    :raises LimitError: it is too much, or too much for an archive of this size.
    """
    if total > most:
        message = f"unpacks to more than {most} bytes, which is the limit"
        raise LimitError(message, name)
    if total > RATIO_FREE and total > MAX_RATIO * packed:
        message = f"unpacks to {total} bytes or more, over {MAX_RATIO} times its own {packed}; the limit is {MAX_RATIO} times"
        raise LimitError(message, "MAX_RATIO")
