"""Lets waits with a time-out advance the wall clock, as `time.sleep` does, if they run out."""

# mypy: ignore-errors

from reprowheel.environment.neutral.clock import counted_as_whole, waited
from reprowheel.environment.neutral.shared import Call


def patch_select(module):
    """Count the time-outs of `select` and `poll`; those of `epoll` count in `selectors`."""
    real_select, real_poll = module.select, getattr(module, "poll", None)

    def select(rlist, wlist, xlist, timeout=None):
        found = real_select(rlist, wlist, xlist, timeout)
        if timeout is not None and not any(found):
            waited(timeout)
        return found

    class Poll:
        """A polling object whose time-outs count."""

        def __init__(self):
            self._real = real_poll()
            self.register, self.modify, self.unregister = self._real.register, self._real.modify, self._real.unregister

        def poll(self, timeout=None):
            found = self._real.poll(timeout)
            if timeout is not None and not found:
                waited(timeout / 1000)
            return found

    module.select = Call(select)
    if real_poll:
        module.poll = Call(Poll)


def patch_selectors(module):
    """Count the time-outs of a selector that stands on `epoll`."""
    epoll = getattr(module, "EpollSelector", None)
    if epoll is None:
        return
    real = epoll.select

    def select(self, timeout=None):
        found = real(self, timeout)
        if timeout is not None and not found:
            waited(timeout)
        return found

    epoll.select = select


def patch_threading(module):
    """Count the time-outs of conditions, on which events, semaphores, barriers and queues stand, of locks, and of `join`."""
    wait, join, real_lock = module.Condition.wait, module.Thread.join, module.Lock

    def counted_wait(self, timeout=None):
        notified = wait(self, timeout)
        if not notified and timeout is not None:
            waited(timeout)
        return notified

    def counted_join(self, timeout=None):
        join(self, timeout)
        if timeout is not None and self.is_alive():
            waited(timeout)

    class _LockType(type):
        def __instancecheck__(cls, instance):
            return type.__instancecheck__(cls, instance) or type(instance).__name__ == "lock"

    class Lock(metaclass=_LockType):
        """A lock whose time-outs count; what it does not have itself is the real one's."""

        __slots__ = ("__weakref__", "_real", "locked", "release")

        def __init__(self):
            self._real = real_lock()
            self.release, self.locked = self._real.release, self._real.locked

        def acquire(self, blocking=True, timeout=-1):  # noqa: FBT002 - as that of the real one
            got = self._real.acquire(blocking, timeout)
            if not got:
                waited(timeout)
            return got

        def __enter__(self):
            return self._real.__enter__()

        def __exit__(self, *_):
            self._real.release()

        def __getattr__(self, name):
            return getattr(self._real, name)

        def __repr__(self):
            return repr(self._real)

    module.Condition.wait, module.Thread.join, module.Lock = counted_wait, counted_join, Lock


def patch_subprocess(module):
    """Count the time-outs of waits for a process, and not how often `subprocess` looks whether it has ended."""
    for name in ("wait", "communicate"):
        setattr(module.Popen, name, counted_as_whole(getattr(module.Popen, name), module.TimeoutExpired))
