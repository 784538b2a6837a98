"""Makes random numbers, temporary names and UUIDs the same in every run of the same command."""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import ROOT, Call, command_line


def process_seed():
    """Return a number that depends on the command line of this process, but not on the place of the workspace.

    Of paths in the workspace, the part behind its root counts. Other absolute paths (the interpreter, a front end's temporary
    folder) do not count.
    """
    import zlib

    words = [word.replace(ROOT, "") for word in command_line() if ROOT in word or not word.startswith("/")]
    return zlib.crc32("\0".join(words).encode(errors="replace"))


def patch_tempfile(module):
    """Count the names of temporary files."""

    class _CountedNames:
        """Names of eight characters, the same in every run of the same command."""

        _count = 0

        def __iter__(self):
            return self

        def __next__(self):
            _CountedNames._count += 1
            number = (process_seed() * 2654435761 + _CountedNames._count) % 36**8
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"
            return "".join(digits[number // 36**k % 36] for k in range(8))

    module._RandomNameSequence = _CountedNames  # noqa: SLF001
    module._name_sequence = None  # noqa: SLF001


def patch_random(module):
    """Give a fixed seed to generators without one; `SystemRandom`, `secrets` and `os.urandom` stay random."""
    real_seed, count = module.Random.seed, [0]

    def seed(self, a=None, version=2):
        if a is None:
            count[0] += 1
            a = f"{process_seed()} {count[0]}"
        real_seed(self, a, version)

    module.Random.seed = seed
    module.seed = module._inst.seed  # noqa: SLF001
    module.seed()
    os.register_at_fork(after_in_child=module.seed)


def patch_uuid(module):
    """Count UUIDs of those versions that depend on time, machine or chance."""
    counter = [0]

    def counted(version):
        def make(*_args, **_kwargs):
            counter[0] += 1
            import hashlib

            digest = hashlib.sha256(f"{process_seed()} {version} {counter[0]}".encode()).digest()
            return module.UUID(bytes=digest[:16], version=version)

        return make

    for version in (1, 4, 6, 7):
        if hasattr(module, f"uuid{version}"):
            setattr(module, f"uuid{version}", counted(version))
    module.getnode = Call(lambda: 0x020000000000)
