"""Fixes the wall clock: it starts at the epoch and advances with each call; monotonic clocks stay real, for time-outs."""

# mypy: ignore-errors

from reprowheel.environment.neutral.shared import EPOCH, Call


def fix_clock():
    """Make the clocks of `time` start at the epoch and advance by one microsecond with each call."""
    import time

    ticks = [0]

    def now_ns():
        ticks[0] += 1
        return EPOCH * 10**9 + ticks[0] * 1000

    gmtime, localtime, strftime = time.gmtime, time.localtime, time.strftime
    asctime, ctime = time.asctime, time.ctime

    def or_now(seconds):
        return now_ns() // 10**9 if seconds is None else seconds

    real_clock, real_clock_ns, wall = time.clock_gettime, time.clock_gettime_ns, (time.CLOCK_REALTIME, time.CLOCK_TAI)
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
    """Replace `date` and `datetime` by subclasses whose `today` and `now` use `time.time`."""
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
        replacement.min = replacement.fromisoformat(real.min.isoformat())
        replacement.max = replacement.fromisoformat(real.max.isoformat())
        # C code makes instances of the real class; pickle them as instances of the replacement, which has its name.
        copyreg.pickle(real, lambda value, kind=replacement: (kind, value.__reduce_ex__(4)[1]))
    module.date, module.datetime = date, datetime
