"""The processes between the helper and a command of the build.

The helper forks the *guard*. It enters the namespaces and forks the *first process*, which has the number 1 in a process
namespace of its own. It makes the view of files, forks the command, reaps orphans, and watches the limits. If it ends, the
kernel ends all processes of the build. The guard waits for it, because the number of a process outside is not seen inside. Each
also ends when its parent is killed. Without a process namespace, the guard is the first process itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from reprowheel.containment import kernel
from reprowheel.containment.children import children, descendants, end_all
from reprowheel.containment.command import become_command
from reprowheel.containment.task import NAMESPACES, NOT_STARTED, USER, Refused, say
from reprowheel.containment.view import IN_MEMORY, View, close_view, make_view
from reprowheel.containment.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reprowheel.containment.task import Task

__all__ = ["start"]

_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)

_HOST = "localhost"


def start(task: Task) -> tuple[int, int, set[int]]:
    """Start the command.

    Signals that end the helper wait when this returns: Python would lose an exception of their handlers right after `fork`, while
    it calls what modules have registered for that moment.

    :returns: the number of the guard; a descriptor with what the processes say, one JSON text a line; the
        signals that waited before.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        guard, said = _start(task, mask)
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    return guard, said, mask


def _start(task: Task, mask: set[int]) -> tuple[int, int]:
    said, status = os.pipe()
    own, log = _above_standard(status), _above_standard(task.log)
    os.close(status)
    status = own
    task = replace(task, log=log)
    sys.stdout.flush()
    sys.stderr.flush()
    helper = os.getpid()
    guard = os.fork()
    if guard == 0:
        os.close(said)
        _leave(status, lambda: _guard(task, status, helper, mask))
    os.close(status)
    os.close(log)
    return guard, said


def _above_standard(descriptor: int) -> int:
    """Return a copy of a descriptor that is none of the first three, which a process without standard input gives away."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)


def _leave(status: int, run: Callable[[], int]) -> NoReturn:
    """Run the rest of this process; whatever happens, never return into the code of the helper."""
    code = NOT_STARTED
    gc.disable()  # a collection would copy all memory that is shared with the helper
    try:
        code = run()
    except Refused as e:
        say(status, missing=e.kinds)
    except BaseException as e:  # noqa: BLE001 - the helper makes a message of it
        say(status, failed=f"{type(e).__name__}: {e}")
    finally:
        os._exit(code)


def _guard(task: Task, status: int, helper: int, mask: set[int]) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        if signal.getsignal(number) is not signal.SIG_IGN or number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, {*mask, signal.SIGTERM, signal.SIGCHLD})
    os.setsid()
    os.umask(0o022)
    _keep_open(status, task.log)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:
        file.write(b"500")  # if memory runs out, the build ends and not the helper
    own_ipc = _enter_namespaces(task)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != helper:
        return NOT_STARTED
    if "processes" not in task.namespaces:
        return _first(task, status, own_ipc=own_ipc)
    first = os.fork()
    if first == 0:
        _leave(status, lambda: _first(task, status, own_ipc=own_ipc))
    while not os.waitpid(first, os.WNOHANG)[0]:
        if signal.sigwait({signal.SIGTERM, signal.SIGCHLD}) == signal.SIGTERM:
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)
            break
    return 0


def _keep_open(*descriptors: int) -> None:
    """Close all other descriptors, so that nothing of the helper's stays open in the build."""
    low = 0
    for number in sorted(descriptors):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        if number != null:
            os.dup2(null, number)
    os.set_inheritable(null, True)  # noqa: FBT003 - its only form


def _enter_namespaces(task: Task) -> bool:
    """Enter the namespaces; return whether there is one for System V IPC.

    :raises Refused: the kernel refuses one.
    """
    refused = {}
    if task.namespaces and not task.privileged:
        uid, gid = os.getuid(), os.getgid()
        try:
            kernel.unshare(kernel.NEW_USER)
            write_maps("self", uid, gid)
        except OSError as e:
            raise Refused(dict.fromkeys(task.namespaces, f"no user namespace: {e.strerror}")) from e
    for kind in sorted(task.namespaces):
        try:
            kernel.unshare(NAMESPACES[kind])
        except OSError as e:
            refused[kind] = f"no namespace: {e.strerror}"
    if refused:
        raise Refused(refused)
    if not task.namespaces:
        return False
    with contextlib.suppress(OSError):
        kernel.unshare(kernel.NEW_UTS)
        kernel.call("sethostname", _HOST.encode(), len(_HOST))
    try:
        kernel.unshare(kernel.NEW_IPC)
    except OSError:
        return False
    return True


def write_maps(process: int | str, uid: int, gid: int) -> None:
    """Give the user of a new user namespace a fixed number, which is the same on all machines."""
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{process}/setgroups", "wb") as file:
        file.write(b"deny")
    for name, number in (("uid_map", uid), ("gid_map", gid)):
        with open(f"/proc/{process}/{name}", "wb") as file:
            file.write(b"%d %d 1" % (USER, number))


def _first(task: Task, status: int, *, own_ipc: bool) -> int:
    """Make the view, start the command, and return when it has ended."""
    alone = "processes" in task.namespaces
    if alone:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # a build cannot send it to the process with number 1
    else:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    if "network" in task.namespaces:
        kernel.raise_loopback()
    if "files" in task.namespaces:
        _make_view(task)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # nobody reads the memory of this process
    (ready, tell_ready), (go, tell_go) = os.pipe(), os.pipe()
    command = os.fork()
    if command == 0:
        os.close(ready)
        os.close(tell_go)
        _leave(status, lambda: become_command(task, status, ready=tell_ready, go=go, own_ipc=own_ipc))
    os.close(tell_ready)
    os.close(go)
    if os.read(ready, 1):  # it is in a user namespace of its own, and waits for its number
        user = task.user if task.user is not None else os.getuid()
        number = command if "files" in task.namespaces else children("self")[0]  # else /proc has the numbers of the host
        write_maps(number, user, task.user if task.user is not None else os.getgid())
    if "files" in task.namespaces:
        close_view()
    os.close(tell_go)
    roots = IN_MEMORY if "files" in task.namespaces else ()
    mine = _all_processes if alone and "files" in task.namespaces else descendants
    watch = Watch(task.limits, mine, task.places.writable[0], roots)
    try:
        return _attend(command, status, watch, ending=not alone)
    finally:
        if not alone:
            end_all(command, task.user)


def _make_view(task: Task) -> None:
    try:
        hide = task.privileged and task.user is None
        make_view(View(places=task.places, memory=task.limits.memory_bytes() // 2, files=task.limits.files, hide=hide))
    except OSError as e:
        raise Refused({"files": f"no private view of files: {e.strerror}"}) from e


def _all_processes() -> Iterable[str]:
    return filter(str.isdigit, os.listdir("/proc"))


def _attend(command: int, status: int, watch: Watch, *, ending: bool) -> int:
    """Reap processes and watch the limits until the command has ended; with `ending`, until SIGTERM, too."""
    signals = {signal.SIGCHLD, signal.SIGTERM} if ending else {signal.SIGCHLD}
    while True:
        while (reaped := os.waitpid(-1, os.WNOHANG))[0]:
            if reaped[0] == command:
                code = os.waitstatus_to_exitcode(reaped[1])
                say(status, exit=code if code >= 0 else 128 - code)
                return 0
        if found := watch.exceeded():
            say(status, limit=found)
            return 0
        come = signal.sigtimedwait(signals, watch.wait())
        if come and come.si_signo == signal.SIGTERM:
            return 0
