"""The causes that a difference may have: what each means, and what to do about it. `evidence` tells which one it is."""

from __future__ import annotations

from reprowheel.compare.model import Cause, Difference

__all__ = ["CAUSES", "remark"]

_DEEP = "build it in deep mode (`--deep`, or `deep = True` in `pip.override`), which fixes this for every process"

CAUSES = {
    cause.name: cause
    for cause in (
        Cause(
            name="build-directory",
            text="the private directory of the build, whose name is random",
            advice="patch the package so that it does not record where it is built; compressed, encoded or hashed, the"
            " path cannot be rewritten",
        ),
        Cause(
            name="path",
            text="a path of this machine",
            advice="patch the package so that it records a relative path, or none",
        ),
        Cause(
            name="time",
            text="a time or date",
            advice=f"let the build use SOURCE_DATE_EPOCH, which is set; if a program other than Python asks the clock, {_DEEP}",
        ),
        Cause(name="host-name", text="the name of the machine", advice=f"{_DEEP}, or patch the package"),
        Cause(name="kernel", text="release or version of the running kernel", advice=f"{_DEEP}, or patch the package"),
        Cause(name="user", text="the user or group that builds", advice=f"{_DEEP}, or patch the package"),
        Cause(
            name="cpus",
            text="the number of CPUs",
            advice=f"{_DEEP}; or give the build a fixed number (`--env` or `--config-setting`)",
        ),
        Cause(
            name="cpu-features",
            text="what this machine's CPU can do",
            advice="switch the package's CPU probing off (`--env` or `--config-setting`), or patch it",
        ),
        Cause(name="locale", text="language or locale", advice="patch the package: the build runs under C.UTF-8"),
        Cause(name="time-zone", text="the time zone", advice="patch the package: the build runs under TZ=UTC"),
        Cause(
            name="order",
            text="the same parts in another order: directory listing, hash table or parallel jobs",
            advice=f"sort in the package; if the order comes from a directory listing, {_DEEP}",
        ),
        Cause(
            name="random",
            text="a random number, identifier or temporary name",
            advice=f"give the package a fixed seed; or {_DEEP}, which seeds what the system calls random",
        ),
        Cause(
            name="digest",
            text="a digest of something that differs",
            advice="find what it was made of: look at the other differences first",
        ),
        Cause(
            name="address",
            text="a memory address, as in the default repr of an object",
            advice="patch the package: write something other than repr() of an object",
        ),
        Cause(
            name="compression",
            text="equal data, compressed by another program or version",
            advice="store the data uncompressed, or compress it by the declared toolchain",
        ),
        Cause(
            name="host-library",
            text="a library that one of the hosts has and the other has not",
            advice="declare it (`--host-library SONAME`, or `host_libraries` in `pip.override`), or switch its use off",
        ),
        Cause(
            name="version",
            text="another version of compiler, interpreter or tool",
            advice="use the same toolchain on both sides; the reports of the two builds name theirs",
        ),
        Cause(
            name="mode",
            text="permission bits: umask, or a file copied with its mode",
            advice="set the mode in the package explicitly",
        ),
        Cause(
            name="missing",
            text="a file that only one of the two has; its name may hold something that differs",
            advice="find what makes the file, and under which condition",
        ),
        Cause(
            name="build-failure",
            text="one of the two builds failed",
            advice="look at what the build that failed says",
        ),
        Cause(name="content", text="unknown", advice="find what writes the file; `--diffoscope` shows more of it"),
    )
}
"""All causes, by name."""


def remark(path: str, kind: str, cause: str, note: str, *, place: str = "") -> Difference:
    """Return a difference that is told in words, without bytes of either side.

    :param cause: a name in `CAUSES`.
    """
    return Difference(path=path, kind=kind, cause=CAUSES[cause], note=note, place=place)
