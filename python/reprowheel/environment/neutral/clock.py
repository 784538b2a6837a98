"""Fixes the wall clock: it starts at the epoch and advances by rules that depend on calls alone; monotonic clocks stay real.

See docs/decisions.md, "The wall clock of Python".
"""

# mypy: ignore-errors

from _thread import get_ident

from reprowheel.environment.neutral.shared import EPOCH, Call

_EVEN_LOOKS, _LOOKS_TO_DOUBLE, _LAST_DOUBLING = 10_000, 1_000, 20
_SHORTEST_WAIT, _MILLISECOND = 50_000, 10**6
_MORE_WALL_CLOCKS = (5, 8)  # CLOCK_REALTIME_COARSE and CLOCK_REALTIME_ALARM of clock_gettime(2), which `time` does not name
_clock = [0, 0]  # nanoseconds since the epoch; looks since the last wait
_uncounted = set()  # threads in a wait that is made of others, and is counted as a whole


def _look():
    """Advance the clock by one look at it, and return its reading in nanoseconds.

    A look takes a microsecond. After 10,000 looks without a wait, as in a loop that only looks, it takes longer and longer, up to
    a second.
    """
    _clock[1] += 1
    doublings = min(max(_clock[1] - _EVEN_LOOKS + _LOOKS_TO_DOUBLE - 1, 0) // _LOOKS_TO_DOUBLE, _LAST_DOUBLING)
    _clock[0] += 1000 << doublings
    return EPOCH * 10**9 + _clock[0]


def waited(seconds):
    """Advance the clock by a wait that ran out.

    From a millisecond on it counts in whole ones: many waits ask for what is left until a moment of the monotonic clock, which is
    never quite the same.
    """
    asked = int(seconds * 10**9)
    if asked > 0 and get_ident() not in _uncounted:
        whole = -(-asked // _MILLISECOND) * _MILLISECOND
        _clock[:] = _clock[0] + (whole if asked >= _MILLISECOND else max(asked, _SHORTEST_WAIT)), 0


def counted_as_whole(real, expired):
    """Return a function that counts one wait, however many it is made of.

    :param expired: class of the exception that says that it ran out; its `timeout` says what was asked for.
    """

    def call(*args, **kwargs):
        thread = get_ident()
        if thread in _uncounted:
            return real(*args, **kwargs)
        _uncounted.add(thread)
        try:
            return real(*args, **kwargs)
        except expired as e:
            _uncounted.discard(thread)
            waited(e.timeout)
            raise
        finally:
            _uncounted.discard(thread)

    return call


def fix_clock():
    """Make the clocks of `time` start at the epoch."""
    import time

    now_ns, sleep = _look, time.sleep

    def sleep_and_count(seconds):
        sleep(seconds)
        waited(seconds)

    time.sleep = Call(sleep_and_count)
    gmtime, localtime, strftime = time.gmtime, time.localtime, time.strftime
    asctime, ctime = time.asctime, time.ctime

    def or_now(seconds):
        return now_ns() // 10**9 if seconds is None else seconds

    real_clock, real_clock_ns = time.clock_gettime, time.clock_gettime_ns
    wall = {time.CLOCK_REALTIME, time.CLOCK_TAI, *_MORE_WALL_CLOCKS}
    time.clock_gettime = Call(lambda clock: now_ns() / 10**9 if clock in wall else real_clock(clock))
    time.clock_gettime_ns = Call(lambda clock: now_ns() if clock in wall else real_clock_ns(clock))
    time.time = Call(lambda: now_ns() / 10**9)
    time.time_ns = Call(now_ns)
    time.gmtime = Call(lambda seconds=None: gmtime(or_now(seconds)))
    time.localtime = Call(lambda seconds=None: localtime(or_now(seconds)))
    time.ctime = Call(lambda seconds=None: ctime(or_now(seconds)))
    time.asctime = Call(lambda t=None: asctime(localtime(or_now(None)) if t is None else t))
    time.strftime = Call(lambda f, t=None: strftime(f, localtime(or_now(None)) if t is None else t))


def patch_datetime(module):
    """Replace `date` and `datetime` by subclasses whose `today` and `now` use `time.time`.

    `datetime` takes them from `_datetime`, where they are replaced already, if there is such a module.
    """
    if hasattr(module.datetime, "_reprowheel"):
        return
    import copyreg
    import time

    real_date, real_datetime = module.date, module.datetime

    def standing_for(real):
        """Return a metaclass: its first class accepts all instances and subclasses of `real`, its subclasses only their own."""

        class _Meta(type):
            def __instancecheck__(cls, instance):
                return isinstance(instance, real) if cls.__base__ is real else type.__instancecheck__(cls, instance)

            def __subclasscheck__(cls, sub):
                return issubclass(sub, real) if cls.__base__ is real else type.__subclasscheck__(cls, sub)

        return _Meta

    class date(real_date, metaclass=standing_for(real_date)):  # noqa: N801
        @classmethod
        def today(cls):
            return cls.fromtimestamp(time.time())

        def __repr__(self):
            return ("datetime." if type(self) is date else "") + super().__repr__()

    class datetime(real_datetime, metaclass=standing_for(real_datetime)):  # noqa: N801
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls):
            return cls.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(time.time(), module.timezone.utc).replace(tzinfo=None)

        def date(self):
            return module.date(self.year, self.month, self.day)

        def __repr__(self):
            return ("datetime." if type(self) is datetime else "") + super().__repr__()

    for replacement, real in ((date, real_date), (datetime, real_datetime)):
        replacement.__module__ = "datetime"
        replacement.__qualname__ = replacement.__name__
        replacement._reprowheel = None  # noqa: SLF001 - a mark of our own
        replacement.min = replacement.fromisoformat(real.min.isoformat())
        replacement.max = replacement.fromisoformat(real.max.isoformat())
        # C code makes instances of the real class; pickle them as instances of the replacement, which has its name.
        copyreg.pickle(real, lambda value, kind=replacement: (kind, value.__reduce_ex__(4)[1]))
    module.date, module.datetime = date, datetime
