"""Options with which a Bazel server that lives for a few builds takes less time: little is compiled, classes are loaded already.

`e2e/machines.py` and `suite.py` start such servers.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Options of Java: code is compiled once and fast, which saves a third of the CPU."""


_OPTIONS = {"AOTCacheOutput": ("AOTCache", "-XX:AOTMode=on"), "ArchiveClassesAtExit": ("SharedArchiveFile", "-Xshare:on")}
"""Option that writes → option that reads, and one with which Java does not start without what is read.

An ahead-of-time cache (JEP 514); of older Javas, an archive of classes (JEP 350).
"""


def startup(*java: str) -> list[str]:
    """Return Bazel's startup options for options of Java."""
    return [f"--host_jvm_args={option}" for option in java]


def in_debian_root() -> str:
    """Return the view of files of the Debian root that this process is in; nothing outside of it."""
    return os.environ.get("BAZELW_VIEW", "")


def loaded_classes(bazelw: Path, kept: Path, scratch: Path) -> str:
    """Return the option of Java with which servers start faster; nothing if what it names cannot be made.

    It names Bazel's classes as they are once a server has analysed the example. In the Debian root, where it is known
    which Bazel and which Java made them, they are kept for the next run. Java itself refuses those of another program.

    :param kept: folder for what is kept.
    :param scratch: folder of this run.
    """
    if not in_debian_root():
        return _write_classes(bazelw, scratch)
    programs = [shutil.which("bazel"), shutil.which("java")]
    made_of = [(path, os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in programs if path]
    name = f"classes-{hashlib.sha256(repr((made_of, SHORT_LIVED)).encode()).hexdigest()[:16]}"
    for option, _ in _OPTIONS.values():
        if (kept / name / option).exists():
            return f"-XX:{option}={kept / name / option}"
    with tempfile.TemporaryDirectory(prefix="new-", dir=kept) as new:
        option = _write_classes(bazelw, Path(new))
        if not option:
            return ""
        for old in kept.glob("classes-*"):
            if old.name != name:
                shutil.rmtree(old, ignore_errors=True)
        file = Path(option.partition("=")[2])
        (kept / name).mkdir(exist_ok=True)
        file.replace(kept / name / file.name)  # at once: another run may do the same
        return f"{option.partition('=')[0]}={kept / name / file.name}"


def _write_classes(bazelw: Path, folder: Path) -> str:
    """Start a server that writes its classes when it ends; return the option that reads them, with the file in `folder`.

    A server that cannot read them does not count: on a busy machine Bazel may have ended the first one while it wrote.
    """
    with tempfile.TemporaryDirectory(prefix="bazel-") as root:

        def run(java: tuple[str, ...], *arguments: str) -> bool:
            command = [str(bazelw), f"--output_user_root={root}", *startup(*SHORT_LIVED, *java), *arguments]
            return subprocess.run(command, cwd=bazelw.parent, check=False, capture_output=True).returncode == 0

        for write, (read, strictly) in _OPTIONS.items():
            made = folder / read
            writing, reading = (f"-XX:{write}={made}",), (f"-XX:{read}={made}", strictly)
            run(writing, "build", "--nobuild", "//examples/hello")
            run(writing, "shutdown")
            good = made.exists() and run(reading, "info", "release")
            run(reading, "shutdown")
            subprocess.run(["chmod", "-R", "u+w", root], check=False, capture_output=True)
            if good:
                return f"-XX:{read}={made}"
    return ""
