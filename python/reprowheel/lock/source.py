"""An sdist that is to be locked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprowheel.archives.sdist import same_version
from reprowheel.errors import LockError

if TYPE_CHECKING:
    from pathlib import Path

    from reprowheel.archives.metadata import WheelMetadata

__all__ = ["Source", "check_identity"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """An sdist to lock.

    :param place: prefix of messages: `FILE:LINE: name==version` or `name==version`.
    :param version: empty if only the archive's metadata has it.
    :param archive: path of an archive that is on disk already; `None`: it is fetched.
    :param direct: it does not come from an index; `sha256s` then holds the one hash to record.
    """

    name: str
    version: str
    sha256s: tuple[str, ...]
    place: str
    archive: Path | None = None
    direct: bool = False

    @property
    def key(self) -> str:
        """Return `name==version`; the name alone if the version is not known."""
        return f"{self.name}=={self.version}" if self.version else self.name


def check_identity(metadata: WheelMetadata, source: Source) -> None:
    """Raise LockError if the archive has another name or version than the lock."""
    if metadata.name != source.name or (source.version and not same_version(metadata.version, source.version)):
        msg = f"{source.place}: the archive with this hash is {metadata.name}=={metadata.version}"
        raise LockError(msg, tip="compile the requirements file again")
