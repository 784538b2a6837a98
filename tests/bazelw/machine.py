"""A pretend machine for `bazelw`: a PATH that holds the shell's tools, stand-ins for Bazel and apt, and nothing else."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).resolve().parent / "programs"  # stand-ins
# fmt: off
SHELL_TOOLS = (
    "awk", "bash", "basename", "cat", "cksum", "cp", "cut", "date", "env", "find", "flock", "grep", "id", "ls", "mkdir",
    "mktemp", "mv", "paste", "printf", "readlink", "rm", "sed", "sh", "sha256sum", "sleep", "sort", "tail",
    "tee", "touch", "tr", "uname",
)
# fmt: on


def stand_in(name: str) -> str:
    """Return the script that takes a program's place."""
    return (PROGRAMS / f"{name}.sh").read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """A home, a PATH and an empty workspace; `run` calls a program of the repository there."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The one folder on PATH."""
        return self.folder / "bin"

    @property
    def workspace(self) -> Path:
        """A Bazel workspace with an empty MODULE.bazel."""
        return self.folder / "work space"

    @property
    def roots(self) -> Path:
        """Where bazelw keeps its Debian roots."""
        return self.folder / "home/.cache/rules_reprowheel/root"

    def add(self, name: str, text: str) -> None:
        """Put the executable `name` on PATH."""
        file = self.bin / name
        file.unlink(missing_ok=True)  # a link to the real one
        file.write_text(text)
        file.chmod(0o755)

    def add_bazel(self, name: str, version: str) -> None:
        """Put a stand-in for Bazel on PATH that tells its name and arguments."""
        self.add(name, stand_in("bazel").replace("@name@", name).replace("@version@", version))

    def add_root_tools(self) -> None:
        """Put stand-ins for everything that makes and enters a root on PATH."""
        for name in ("mmdebstrap", "bwrap", "unshare"):
            self.add(name, stand_in(name))
        self.add("id", "#!/bin/bash\necho 0\n")

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a call."""
        return {
            "PATH": str(self.bin),
            "HOME": str(self.folder / "home"),
            "BAZELW_MARKER": "/etc/reprowheel-root-of-nobody",
            "FAKE_LOG": str(self.folder / "log"),
            **more,
        }

    def start(
        self, *args: str, program: Path = REPOSITORY / "bazelw", cwd: Path | None = None, **env: str
    ) -> subprocess.Popen[str]:
        """Start `program` in a process group of its own, with no signal ignored (under `nohup`, SIGHUP is)."""
        return subprocess.Popen(
            ["/usr/bin/env", "--default-signal", str(program), *args],
            cwd=cwd or self.workspace,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self, *args: str, program: Path = REPOSITORY / "bazelw", cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `program` to its end."""
        process = self.start(*args, program=program, cwd=cwd, **env)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def calls(self, name: str) -> list[str]:
        """What the stand-in `name` wrote down, one line per call."""
        file = self.folder / "log" / name
        return file.read_text().splitlines() if file.exists() else []
