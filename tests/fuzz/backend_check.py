"""The target for back ends: any answer of a hook, with any files in the workspace, at the place where the hook's process runs."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from fuzz.archive_check import SEPARATOR
from fuzz.check import check_message, ensure, small_limits
from packaging.requirements import Requirement

from reprowheel.backend import hooks
from reprowheel.backend.build_system import BuildSystem
from reprowheel.containment import Containment
from reprowheel.errors import BuildError, LockError, NormalizeError, ReprowheelError
from reprowheel.normalize import unpack_wheel
from reprowheel.workspace import create_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprowheel.workspace import Workspace

__all__ = ["is_answered", "run_backend"]

_SECRET = b"a secret of this machine"


def run_backend(data: bytes, folder: Path) -> None:
    """Take the first byte as the hook, the rest of the first piece as its answer, and the other pieces as files."""
    is_answered(data, folder)


def is_answered(data: bytes, folder: Path) -> bool:
    """Check an input; return whether the answer was taken.

    A file is its kind (f, l for a link, p for a FIFO, d), its path in the workspace, a line feed and its content.
    """
    taken = False
    answer, *files = data.split(SEPARATOR)[:20]
    choice = answer[0] % 4 if answer else 0
    (folder / "secret").write_bytes(_SECRET)
    tree = folder / "tiny-1.0"
    tree.mkdir()
    with small_limits(), create_workspace(folder) as workspace:

        def run_hook(_command: Sequence[str], **_: object) -> int:
            for file in [b"fhooks/exchange/output.json\n" + answer[1:], *files]:
                with contextlib.suppress(OSError, ValueError):
                    _plant(workspace, file)
            return 0

        with mock.patch.object(hooks, "run_contained", run_hook):
            try:
                _ask(choice, workspace, tree, folder)
                taken = True
            except ReprowheelError as error:
                check_message(error)
    left = {entry.name for entry in folder.iterdir()}
    ensure(left <= {"secret", "tiny-1.0", "wheel"}, f"left behind: {left}")
    ensure((folder / "secret").read_bytes() == _SECRET, "written outside of the workspace")
    return taken


def _plant(workspace: Workspace, file: bytes) -> None:
    """Make a file as a build could: only inside of the workspace."""
    head, _, content = file.partition(b"\n")
    name = os.fsdecode(head[1:])
    path = workspace.root / name
    inside = os.path.realpath(path.parent)
    if ".." in Path(name).parts or not f"{inside}/".startswith(f"{workspace.root}/") or len(head) > 200:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = head[:1]
    if kind == b"d":
        path.mkdir()
    elif kind == b"p":
        os.mkfifo(path)
    elif kind == b"l":
        path.symlink_to(os.fsdecode(content.partition(b"\0")[0]))
    else:  # without waiting at a FIFO, and not through a link
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(path, flags, 0o644), "wb") as sink:
            sink.write(content)


def _ask(choice: int, workspace: Workspace, tree: Path, folder: Path) -> None:
    """Call a hook as build and lock do, and check what is made of its answer."""
    system = BuildSystem(requires=(), backend="toy")
    environment: Any = SimpleNamespace(variables={}, python=Path("python"))
    back_end = hooks.BackEnd(
        system=system,
        tree=tree,
        environment=environment,
        workspace=workspace,
        settings={},
        place="tiny==1.0",
        error=LockError if choice == 2 else BuildError,
        containment=Containment(root=workspace.root),
        declare=str,
    )
    if choice == 0:
        for text in back_end.requires_for_wheel():
            Requirement(text)
    elif choice == 1:
        wheel = back_end.build_wheel()
        ensure(wheel.is_file() and not wheel.is_symlink(), f"{wheel.name!r} is no file")
        ensure(not wheel.is_relative_to(workspace.root), "the build can still write to the wheel")
        ensure(_SECRET not in wheel.read_bytes(), "a file of this machine as a wheel")
        with contextlib.suppress(NormalizeError):
            unpack_wheel(wheel, folder / "wheel")
    else:
        found = hooks.ask_metadata(back_end, system, tree, key="tiny==1.0", say=lambda _: None)
        ensure(_SECRET.decode() not in repr(found), "a file of this machine as metadata")
