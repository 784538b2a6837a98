"""Loaded as `sitecustomize` by every Python process of a build (docs/decisions.md, "Neutral Python processes").

Sorted directory listings, counted temporary names, one host, one user, one CPU count, the epoch as wall clock, seeded
random numbers. Monotonic clocks stay real, so time-outs work. Standard library only; `EPOCH` is set by the code that
writes the copy.

Processes that are not Python (`find`, `date`, `uname`) are out of reach here.
"""

# mypy: ignore-errors
# Copied into a build and run there by whatever interpreter it has: plain code, no imports for annotations' sake.

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

    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **kwargs):
        return self._function(*args, **kwargs)


class _SortedEntries:
    """What `os.scandir` returns, sorted by name."""

    def __init__(self, real):
        with real:
            self._entries = iter(sorted(real, key=lambda e: e.name))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._entries = iter(())


def _sort_directories():
    listdir, scandir = os.listdir, os.scandir
    os.listdir = _Call(lambda path=".": sorted(listdir(path)))
    os.scandir = _Call(lambda path=".": _SortedEntries(scandir(path)))
    os.supports_fd.update((os.listdir, os.scandir))


def _fix_identity():
    uname = os.uname

    def fixed_uname():
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


def _fix_user():
    """Let the user have one name; the number stays, since files belong to it."""
    try:
        import pwd
    except ImportError:
        return
    described = pwd.getpwuid

    def getpwuid(uid):
        if uid != os.getuid():
            return described(uid)
        return pwd.struct_passwd((_USER, "x", uid, os.getgid(), _USER, os.environ.get("HOME", "/"), "/bin/sh"))

    pwd.getpwuid = _Call(getpwuid)


def _fix_clock():
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
    time.clock_gettime = _Call(lambda clock: now_ns() / 10**9 if clock in wall else real_clock(clock))
    time.clock_gettime_ns = _Call(lambda clock: now_ns() if clock in wall else real_clock_ns(clock))
    time.time = _Call(lambda: now_ns() / 10**9)
    time.time_ns = _Call(now_ns)
    time.gmtime = _Call(lambda seconds=None: gmtime(or_now(seconds)))
    time.localtime = _Call(lambda seconds=None: localtime(or_now(seconds)))
    time.ctime = _Call(lambda seconds=None: ctime(or_now(seconds)))
    time.asctime = _Call(lambda t=None: asctime(localtime(or_now(None)) if t is None else t))
    time.strftime = _Call(lambda f, t=None: strftime(f, localtime(or_now(None)) if t is None else t))


def _patch_datetime(module):
    import copyreg
    import time

    real_date, real_datetime = module.date, module.datetime

    def standing_for(real):
        """Make a metaclass whose first class has the instances and subclasses of the real one; its heirs their own."""

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
        # Modules in C make instances of the real class; they are pickled as what its name stands for.
        copyreg.pickle(real, lambda value, kind=replacement: (kind, value.__reduce_ex__(4)[1]))
    module.date, module.datetime = date, datetime


def _process_seed():
    """Return a number that depends on what this process was asked to do, not on where.

    Paths in the workspace count by what comes after it; others (the interpreter, a front end's scratch) not at all.
    """
    import zlib

    words = [word.replace(ROOT, "") for word in sys.orig_argv if ROOT in word or not word.startswith("/")]
    return zlib.crc32("\0".join(words).encode(errors="replace"))


def _patch_tempfile(module):
    class _CountedNames:
        """Names of eight characters, the same in every run of the same command."""

        _count = 0

        def __iter__(self):
            return self

        def __next__(self):
            _CountedNames._count += 1
            number = (_process_seed() * 2654435761 + _CountedNames._count) % 36**8
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"
            return "".join(digits[number // 36**k % 36] for k in range(8))

    module._RandomNameSequence = _CountedNames  # noqa: SLF001
    module._name_sequence = None  # noqa: SLF001


def _patch_random(module):
    """Seed what is not seeded by its user; `SystemRandom`, `secrets` and `os.urandom` stay as they are."""
    real_seed, count = module.Random.seed, [0]

    def seed(self, a=None, version=2):
        if a is None:
            count[0] += 1
            a = f"{_process_seed()} {count[0]}"
        real_seed(self, a, version)

    module.Random.seed = seed
    module.seed = module._inst.seed  # noqa: SLF001
    module.seed()
    os.register_at_fork(after_in_child=module.seed)


def _patch_uuid(module):
    counter = [0]

    def counted(version):
        def make(*_args, **_kwargs):
            counter[0] += 1
            import hashlib

            digest = hashlib.sha256(f"{_process_seed()} {version} {counter[0]}".encode()).digest()
            return module.UUID(bytes=digest[:16], version=version)

        return make

    for version in (1, 4, 6, 7):
        if hasattr(module, f"uuid{version}"):
            setattr(module, f"uuid{version}", counted(version))
    module.getnode = _Call(lambda: 0x020000000000)


def _patch_socket(module):
    module.gethostname = _Call(lambda: _HOST)
    module.getfqdn = _Call(lambda name="": name or _HOST)
    _tell_network(module)


def _tell_network(module):
    """Write down which hosts were asked for in vain: builds have no network, and the error of one that fails says so."""
    connect, connect_ex, getaddrinfo = module.socket.connect, module.socket.connect_ex, module.getaddrinfo

    def telling_connect(self, address):
        try:
            return connect(self, address)
        except OSError as e:
            _tell_host(address, e.errno)
            raise

    def telling_connect_ex(self, address):
        code = connect_ex(self, address)
        _tell_host(address, code)
        return code

    def telling_getaddrinfo(host, port, *args, **kwargs):
        try:
            return getaddrinfo(host, port, *args, **kwargs)
        except OSError as e:
            _tell_host((host, port), e.errno)
            raise

    module.socket.connect, module.socket.connect_ex = telling_connect, telling_connect_ex
    module.getaddrinfo = _Call(telling_getaddrinfo)


def _tell_host(address, code):
    import errno

    if code in (0, errno.EINPROGRESS) or not isinstance(address, tuple):
        return
    host = address[0].decode("ascii", "replace") if isinstance(address[0], bytes) else address[0]
    if isinstance(host, str) and host not in ("", "localhost", "::1") and not host.startswith("127."):
        try:
            with open(os.path.join(ROOT, "network"), "a", encoding="utf-8", errors="replace") as file:
                file.write(f"{host}:{address[1]}\n")
        except OSError:
            pass


def _patch_getpass(module):
    module.getuser = _Call(lambda: _USER)


def _patch_tarfile(module):
    """Let members have no owner, and no time later than the epoch: those of what the build has made."""
    described = module.TarFile.gettarinfo

    def gettarinfo(self, *args, **kwargs):
        member = described(self, *args, **kwargs)
        if member is not None:
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = min(member.mtime, EPOCH)
        return member

    module.TarFile.gettarinfo = gettarinfo


def _patch_zipfile(module):
    """Let members have no time later than the epoch."""
    import time

    described = module.ZipInfo.from_file.__func__

    def from_file(cls, *args, **kwargs):
        member = described(cls, *args, **kwargs)
        member.date_time = min(member.date_time, time.localtime(EPOCH)[:6])
        return member

    module.ZipInfo.from_file = classmethod(from_file)


def _patch_meson(module):
    """Meson refuses files newer than the wall clock; here the clock is the epoch and every new file is newer."""
    module.Backend.check_clock_skew = lambda _self, _files: None


def _patch_build_ext(module):
    """Let extensions that share a source be built one after the other: they share its object file, too."""

    def groups(extensions):
        found = []
        for extension in extensions:
            sources = set(map(os.path.normpath, extension.sources))
            shared = [group for group in found if group[0] & sources]
            found = [group for group in found if not group[0] & sources]
            merged = [e for group in shared for e in group[1]]
            found.append((sources.union(*(group[0] for group in shared)), [*merged, extension]))
        return [group for _, group in found]

    def build_extensions_parallel(self):
        from concurrent.futures import ThreadPoolExecutor

        def build(group):
            for extension in group:
                with self._filter_build_errors(extension):
                    self.build_extension(extension)

        with ThreadPoolExecutor(max_workers=_CPUS if self.parallel is True else self.parallel) as executor:
            for future in [executor.submit(build, group) for group in groups(self.extensions)]:
                future.result()

    module.build_ext._build_extensions_parallel = build_extensions_parallel  # noqa: SLF001


_PATCHES = {
    "datetime": _patch_datetime,
    "distutils.command.build_ext": _patch_build_ext,
    "getpass": _patch_getpass,
    "mesonbuild.backend.backends": _patch_meson,
    "random": _patch_random,
    "setuptools._distutils.command.build_ext": _patch_build_ext,
    "socket": _patch_socket,
    "tarfile": _patch_tarfile,
    "tempfile": _patch_tempfile,
    "uuid": _patch_uuid,
    "zipfile": _patch_zipfile,
}


def _keep_bytecode():
    """Keep bytecode of the build environment in a folder of our own: else each process of a build compiles it again.

    What the build itself sees stays as it is: it writes no bytecode, and there is none in the environment. A process
    leaves one file when it ends, of what no other had left before: many small ones cost more than compiling does.
    """
    import atexit
    import marshal
    from importlib.machinery import SourceFileLoader

    installed, kept = os.path.join(ROOT, "env", ""), os.path.join(ROOT, "bytecode")
    if not os.path.isdir(kept):
        return
    compiled, listdir, replace = SourceFileLoader.get_code, os.listdir, os.replace
    known, new = {}, {}

    def read():
        known[None] = b""
        for name in listdir(kept):
            with open(os.path.join(kept, name), "rb") as file:
                known.update(marshal.load(file))  # noqa: S302 - our own

    def write():
        partial = f"{kept}.{os.getpid()}"
        try:
            with open(partial, "wb") as file:
                marshal.dump(new, file)
            replace(partial, os.path.join(kept, str(os.getpid())))
        except OSError:
            pass

    def get_code(self, fullname):
        if not self.path.startswith(installed):
            return compiled(self, fullname)
        if not known:
            read()
        found = os.stat(self.path)
        key = (self.path, found.st_mtime_ns, found.st_size, sys.flags.optimize)
        if key in known:
            return marshal.loads(known[key])  # noqa: S302 - our own
        code = compiled(self, fullname)
        if not new:
            atexit.register(write)
        new[key] = marshal.dumps(code)
        return code

    SourceFileLoader.get_code = get_code


class _PatchingFinder:
    """Patches a module right after its import, so that what is not imported costs nothing."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patch = _PATCHES.pop(name, None)
        if patch is None:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_and_patch(module):
            execute(module)
            patch(module)

        spec.loader.exec_module = exec_and_patch
        return spec


def _install():
    _sort_directories()
    _fix_identity()
    _fix_user()
    _fix_clock()
    _keep_bytecode()
    for name in list(_PATCHES):
        if name in sys.modules:
            _PATCHES.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, _PatchingFinder)


if getattr(builtins, "_reprowheel_neutral", None) is None:
    builtins._reprowheel_neutral = True  # noqa: SLF001 - a mark of our own
    if ROOT:
        _install()
