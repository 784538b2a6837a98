"""Makes the folder of a built wheel a site folder of a virtual environment. Runs in the interpreter of the user's program.

Each built wheel has a `.pth` file in the environment's site-packages, with one line that calls `add`. The wheel's own `.pth`
files run, and packages that several folders hold are one package, as in a single site-packages. Python 3.9 to the newest.
"""

from __future__ import annotations

import os
import site
import sys
from importlib.machinery import ModuleSpec, PathFinder

TYPE_CHECKING = False  # the module typing takes time, and this runs whenever Python starts
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_sites: list[str] = []
_names: set[str] = set()


class Joined:
    """Finds packages that a built wheel and another distribution hold, each a part of them."""

    @classmethod
    def find_spec(cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Add the folders of the other parts to a package that has an `__init__` in one of them."""
        if fullname.partition(".")[0] not in _names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not spec.submodule_search_locations or spec.origin is None:
            return None  # nothing, a module, or a namespace package, which Python joins itself
        parents = _sites if path is None else list(path)
        found = list(spec.submodule_search_locations)
        if os.path.dirname(found[0]) not in parents:
            return None  # the standard library comes before site folders
        folders = [os.path.join(parent, fullname.rpartition(".")[2]) for parent in parents]
        spec.submodule_search_locations += [folder for folder in folders if folder not in found and os.path.isdir(folder)]
        return spec


def add(folder: str, name: str) -> None:
    """Add a folder below the environment's site-packages.

    :param folder: site-packages, as the module `site` calls it.
    :param name: path below it.
    """
    place = os.path.join(folder, *name.split("/"))
    if not _sites:
        sys.meta_path.insert(sys.meta_path.index(PathFinder), Joined)
    for entry in (folder, place):
        if entry not in _sites:
            _sites.append(entry)
    _names.update(entry.name for entry in os.scandir(place) if entry.is_dir() and entry.name.isidentifier())
    site.addsitedir(place)
