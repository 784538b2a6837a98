"""Loaded as `sitecustomize` by every Python process of a build (D3): what Python can see of this machine is fixed.

Sorted directory listings, counted temporary names, one host, one user, one CPU count, the epoch as wall clock, seeded
random numbers. Monotonic clocks stay real, so time-outs work. Standard library only; `EPOCH` is set by the code that
writes the copy.

Processes that are not Python (`find`, `date`, `uname`) are out of reach here.
"""

import builtins
import os
import sys

EPOCH = 315532800
ROOT = ""

_HOST = "localhost"
_USER = "reprowheel"
_CPUS = 2


class _Call:
    """A callable that, like a built-in function, does not become a method when a class holds it."""

    __slots__ = ("_function",)

    def __init__(self, function):  # type: ignore[no-untyped-def]
        self._function = function

    def __call__(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        return self._function(*args, **kwargs)


class _SortedEntries:
    """What `os.scandir` returns, sorted by name."""

    def __init__(self, real):  # type: ignore[no-untyped-def]
        with real:
            self._entries = iter(sorted(real, key=lambda e: e.name))

    def __iter__(self):  # type: ignore[no-untyped-def]
        return self

    def __next__(self):  # type: ignore[no-untyped-def]
        return next(self._entries)

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self

    def __exit__(self, *_):  # type: ignore[no-untyped-def]
        self.close()

    def close(self):  # type: ignore[no-untyped-def]
        self._entries = iter(())


def _sort_directories():  # type: ignore[no-untyped-def]
    listdir, scandir = os.listdir, os.scandir
    os.listdir = _Call(lambda path=".": sorted(listdir(path)))  # type: ignore[assignment]
    os.scandir = _Call(lambda path=".": _SortedEntries(scandir(path)))  # type: ignore[assignment]
    os.supports_fd.update((os.listdir, os.scandir))


def _fix_identity():  # type: ignore[no-untyped-def]
    uname = os.uname

    def fixed_uname():  # type: ignore[no-untyped-def]
        real = uname()
        return os.uname_result((real.sysname, _HOST, "0", "0", real.machine))

    os.uname = _Call(fixed_uname)
    os.getlogin = _Call(lambda: _USER)
    os.cpu_count = _Call(lambda: _CPUS)
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = _Call(lambda: _CPUS)
    if hasattr(os, "sched_getaffinity"):
        os.sched_getaffinity = _Call(lambda _pid: set(range(_CPUS)))
    os.getloadavg = _Call(lambda: (0.0, 0.0, 0.0))


def _fix_clock():  # type: ignore[no-untyped-def]
    import time

    ticks = [0]

    def now_ns():  # type: ignore[no-untyped-def]
        ticks[0] += 1
        return EPOCH * 10**9 + ticks[0] * 1000

    gmtime, localtime, strftime = time.gmtime, time.localtime, time.strftime
    asctime, ctime = time.asctime, time.ctime

    def or_now(seconds):  # type: ignore[no-untyped-def]
        return now_ns() // 10**9 if seconds is None else seconds

    time.time = _Call(lambda: now_ns() / 10**9)
    time.time_ns = _Call(now_ns)
    time.gmtime = _Call(lambda seconds=None: gmtime(or_now(seconds)))
    time.localtime = _Call(lambda seconds=None: localtime(or_now(seconds)))
    time.ctime = _Call(lambda seconds=None: ctime(or_now(seconds)))
    time.asctime = _Call(lambda t=None: asctime(localtime(or_now(None)) if t is None else t))
    time.strftime = _Call(lambda f, t=None: strftime(f, localtime(or_now(None)) if t is None else t))


def _patch_datetime(module):  # type: ignore[no-untyped-def]
    import time

    real_date, real_datetime = module.date, module.datetime

    class _DateMeta(type):
        def __instancecheck__(cls, instance):  # type: ignore[no-untyped-def]
            return isinstance(instance, real_date)

        def __subclasscheck__(cls, sub):  # type: ignore[no-untyped-def]
            return issubclass(sub, real_date)

    class _DatetimeMeta(type):
        def __instancecheck__(cls, instance):  # type: ignore[no-untyped-def]
            return isinstance(instance, real_datetime)

        def __subclasscheck__(cls, sub):  # type: ignore[no-untyped-def]
            return issubclass(sub, real_datetime)

    class date(real_date, metaclass=_DateMeta):  # type: ignore[misc, valid-type] # noqa: N801
        @classmethod
        def today(cls):  # type: ignore[no-untyped-def]
            return cls.fromtimestamp(time.time())

    class datetime(real_datetime, metaclass=_DatetimeMeta):  # type: ignore[misc, valid-type] # noqa: N801
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls):  # type: ignore[no-untyped-def]
            return cls.fromtimestamp(time.time())

        @classmethod
        def utcnow(cls):  # type: ignore[no-untyped-def]
            return cls.fromtimestamp(time.time(), module.timezone.utc).replace(tzinfo=None)

    for replacement in (date, datetime):
        replacement.__module__ = "datetime"
        replacement.__qualname__ = replacement.__name__
    module.date, module.datetime = date, datetime


def _process_seed():  # type: ignore[no-untyped-def]
    """Return a number that depends on what this process was asked to do, not on where.

    Paths in the workspace count by what comes after it; others (the interpreter, a front end's scratch) not at all.
    """
    import zlib

    words = [word.replace(ROOT, "") for word in sys.orig_argv if ROOT in word or not word.startswith("/")]
    return zlib.crc32("\0".join(words).encode(errors="replace"))


def _patch_tempfile(module):  # type: ignore[no-untyped-def]
    class _CountedNames:
        """Names of eight characters, the same in every run of the same command."""

        _count = 0

        def __iter__(self):  # type: ignore[no-untyped-def]
            return self

        def __next__(self):  # type: ignore[no-untyped-def]
            _CountedNames._count += 1
            number = (_process_seed() * 2654435761 + _CountedNames._count) % 36**8
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"
            return "".join(digits[number // 36**k % 36] for k in range(8))

    module._RandomNameSequence = _CountedNames  # noqa: SLF001
    module._name_sequence = None  # noqa: SLF001


def _patch_random(module):  # type: ignore[no-untyped-def]
    module.seed(_process_seed())


def _patch_uuid(module):  # type: ignore[no-untyped-def]
    counter = [0]

    def counted(version):  # type: ignore[no-untyped-def]
        def make(*_args, **_kwargs):  # type: ignore[no-untyped-def]
            counter[0] += 1
            import hashlib

            digest = hashlib.sha256(f"{_process_seed()} {version} {counter[0]}".encode()).digest()
            return module.UUID(bytes=digest[:16], version=version)

        return make

    module.uuid1, module.uuid4 = counted(1), counted(4)
    module.getnode = _Call(lambda: 0x020000000000)


def _patch_socket(module):  # type: ignore[no-untyped-def]
    module.gethostname = _Call(lambda: _HOST)
    module.getfqdn = _Call(lambda name="": name or _HOST)


def _patch_getpass(module):  # type: ignore[no-untyped-def]
    module.getuser = _Call(lambda: _USER)


_PATCHES = {
    "datetime": _patch_datetime,
    "getpass": _patch_getpass,
    "random": _patch_random,
    "socket": _patch_socket,
    "tempfile": _patch_tempfile,
    "uuid": _patch_uuid,
}


class _PatchingFinder:
    """Patches a module right after its import, so that what is not imported costs nothing."""

    @staticmethod
    def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]
        patch = _PATCHES.pop(name, None)
        if patch is None:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_and_patch(module):  # type: ignore[no-untyped-def]
            execute(module)
            patch(module)

        spec.loader.exec_module = exec_and_patch
        return spec


def _install():  # type: ignore[no-untyped-def]
    _sort_directories()
    _fix_identity()
    _fix_clock()
    for name in list(_PATCHES):
        if name in sys.modules:
            _PATCHES.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _PatchingFinder)  # type: ignore[arg-type]


if getattr(builtins, "_reprowheel_neutral", None) is None:
    builtins._reprowheel_neutral = True  # type: ignore[attr-defined]
    if ROOT:
        _install()
