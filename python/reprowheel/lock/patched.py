"""Unpacks sdists for the lock as the build will see them: with their patches."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from reprowheel.archives.sdist import unpack_sdist
from reprowheel.errors import BuildError, LockError, UsageError
from reprowheel.output.printable import warn
from reprowheel.patches.apply import apply_patches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprowheel.archives.sdist import Sdist
    from reprowheel.lock.source import Source

__all__ = ["LockPatches"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LockPatches:
    """The patches that builds apply.

    :param files: normalized name of a distribution → its patches, in order.
    :param strip: normalized name → leading folders to drop from the paths in its patches; 0 where there is none.
    """

    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    strip: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, patches: Iterable[str], strips: Iterable[str], *, generated: bool = False) -> LockPatches:
        """Read the values of `--patch` and `--patch-strip`.

        :param generated: a patch may be missing, since a target makes it; a warning says that the lock goes without it.
        :raises UsageError: one is not `NAME=VALUE`, there is no such file, or no such number.
        """
        files: dict[str, list[Path]] = {}
        for text in patches:
            name, file = _pair("--patch", text, "NAME=FILE")
            if not Path(file).is_file():
                msg = f"--patch {text}: there is no file {file}"
                if not generated:
                    raise UsageError(msg)
                warn(f"{msg}; the lock is made without it")
                continue
            files.setdefault(name, []).append(Path(file))
        strip = {}
        for text in strips:
            name, number = _pair("--patch-strip", text, "NAME=N")
            if not number.isdecimal():
                msg = f"--patch-strip {text}: expected NAME=N, where N is a number of folders"
                raise UsageError(msg)
            strip[name] = int(number)
        return cls(files=files, strip=strip)

    def unpack(self, source: Source, archive: Path, directory: Path) -> Sdist:
        """Unpack an sdist and apply its patches.

        :raises LockError: a patch does not fit.
        """
        sdist = unpack_sdist(archive, directory)
        try:
            apply_patches(sdist.tree, self.files.get(source.name, ()), strip=self.strip.get(source.name, 0))
        except (BuildError, UsageError) as e:
            msg = f"{source.place}: {e.message}"
            raise LockError(msg, tip=e.tip) from e
        return sdist


def _pair(option: str, text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        msg = f"{option} {text}: expected {form}"
        raise UsageError(msg)
    return canonicalize_name(name), value
