"""Progress, colour and Ctrl-C: at a pseudo-terminal and without one, in processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import ROOT, make_sdist
from support.local_index import sha256, toy_back_end, toy_sdist, write_simple

from reprowheel.output.live import show_progress
from reprowheel.output.printable import escaped_streams
from reprowheel.output.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BACKEND = """\
import os, time, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    print("compiling \\x1b[31mred", flush=True)
    end = time.monotonic() + 120
    while not {done}:
        assert time.monotonic() < end
        time.sleep(0.02)
    print("no line end", end="")
    info = "tiny-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, "tiny-1.0-py3-none-any.whl"), "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return "tiny-1.0-py3-none-any.whl"
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
PLAIN = re.compile(r" *\d+\.\d s  (.*)")
DRAWN = re.compile(r"\r\x1b\[K(?:\x1b\[2m)? *(\d+\.\d) s  (?:\x1b\[0m)?([^\r\x1b]+)")


def sdist(directory: Path, *, done: str = "True") -> Path:
    """Return an sdist whose back end is in it; `done` is an expression that becomes true when the build may end."""
    return make_sdist(directory, {"own.py": BACKEND.format(done=done), "pyproject.toml": PYPROJECT})


def command(*arguments: object) -> list[str]:
    """Return the command that runs the helper, for which no signal is ignored."""
    return ["env", "--default-signal=HUP,INT,TERM", sys.executable, "-B", "-m", "reprowheel", *map(str, arguments)]


def variables(more: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment of the helper."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "python"), **(more or {})}


def run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the helper without a terminal."""
    return subprocess.run(command(*arguments), env=variables(), capture_output=True, text=True, check=False, **more)


class Terminal:
    """The helper at a pseudo-terminal of 60 columns, whose standard output is a pipe."""

    def __init__(self, arguments: Sequence[object], more: dict[str, str]) -> None:
        self.shown = b""
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "cols", "60"], stdin=theirs, check=True)
        self.process = subprocess.Popen(
            command(*arguments), env=variables({"TERM": "xterm"} | more), stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, args=[ours])
        self._reader.start()

    def _read(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):  # it is closed by its last process
            while piece := os.read(descriptor, 1 << 16):
                self.shown += piece
        os.close(descriptor)

    def wait_for(self, pattern: str) -> None:
        """Wait until something is shown."""
        end = time.monotonic() + 120
        while not re.search(pattern, self.shown.decode(errors="replace")):
            assert time.monotonic() < end, self.shown
            time.sleep(0.02)

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; return exit code, standard output, and what was shown."""
        out, _ = self.process.communicate(timeout=120)
        self._reader.join()
        return self.process.returncode, out.decode(), self.shown.decode()


@contextlib.contextmanager
def terminal(*arguments: object, **more: str) -> Iterator[Terminal]:
    """Start the helper at a terminal."""
    made = Terminal(arguments, more)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def test_without_a_terminal(tmp_path: Path, short_directory: Path) -> None:
    """A line for each step with the time so far, then the result; nothing of it on standard output."""
    done = run("build", sdist(tmp_path), "--work-root", short_directory, cwd=tmp_path)
    *steps, result = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (0, "")
    told = [match[1] for line in steps if (match := PLAIN.fullmatch(line))]
    assert len(told) == len(steps)
    assert told[0] == "unpacking tiny-1.0.tar.gz"
    assert told[-1] == "tiny==1.0: built"
    wanted = ["installing its 0 build", "back end: get_requires", "back end: build_wheel", "normalizing tiny", "writing the out"]
    assert [line for line in wanted if any(line in one for one in told)] == wanted
    assert result.endswith("  dist/tiny-1.0-py3-none-any.whl")
    assert "\x1b" not in done.stderr


def test_quiet(tmp_path: Path, short_directory: Path) -> None:
    """With `--quiet` there is the result only, and the bytes are the same as with everything shown."""
    archive, more = sdist(tmp_path), ["--work-root", short_directory]
    quiet = run("build", archive, "--out", tmp_path / "a", "-q", *more)
    loud = run("build", archive, "--out", tmp_path / "b", "-v", "--json", *more)
    (wheel,) = (tmp_path / "a").iterdir()
    assert quiet.stderr == f"{sha256(wheel)}  {wheel}\n"
    assert (tmp_path / "b" / wheel.name).read_bytes() == wheel.read_bytes()
    assert json.loads(loud.stdout)["wheel"]["sha256"] == sha256(wheel)


def test_log_is_shown_as_it_comes(tmp_path: Path, short_directory: Path) -> None:
    """With `-v` a line of the back end is there before the back end ends; what would control a terminal is escaped."""
    place = short_directory / "place"
    place.mkdir()
    archive = sdist(tmp_path, done="os.path.exists('go')")
    arguments = command("build", archive, "--out", tmp_path / "out", "--work-root", place, "--verbose")
    process = subprocess.Popen(arguments, env=variables(), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        seen = []
        for line in process.stderr:
            seen.append(line)
            if "compiling" in line:
                break
        assert seen[-1] == "  | compiling \\x1b[31mred\n"
        (tree,) = place.glob("rw*/src/*")
        (tree / "go").touch()
        rest = process.stderr.read()
    finally:
        process.kill()
        process.communicate()
    assert rest.startswith("  | no line end\n")
    assert "built\n" in rest


def test_log_of_verify(tmp_path: Path) -> None:
    """`verify -v` shows the log of each build, with the steps of the build; the verdict alone is on standard output."""
    done = run("verify", sdist(tmp_path), "-v", "--without=clock", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("  |   | compiling") == 2
    assert len(re.findall(r"(?m)^ *\d+\.\d s  tiny==1\.0: build [12], ", done.stderr)) == 2
    assert done.stdout.startswith("REPRODUCIBLE tiny==1.0: ")


def test_at_a_terminal(tmp_path: Path, short_directory: Path) -> None:
    """One line that changes while a step lasts, no wider than the terminal; in the end only time and result stand there."""
    place = short_directory / "place"
    place.mkdir()
    with terminal("build", sdist(tmp_path, done="os.path.exists('go')"), "--out", tmp_path / "out", "--work-root", place) as run_:
        run_.wait_for(r"(?s)(back end: build_wheel.*){4}")
        (tree,) = place.glob("rw*/src/*")
        (tree / "go").touch()
        code, out, shown = run_.end()
    assert (code, out) == (0, "")
    drawn = [(float(seconds), text) for seconds, text in DRAWN.findall(shown)]
    waiting = [seconds for seconds, text in drawn if text == "tiny==1.0: back end: build_wheel"]
    assert len(set(waiting)) > 2
    assert waiting == sorted(waiting)
    assert max(len(f"{seconds:5.1f} s  {text}") for seconds, text in drawn) < 60
    stays = [part.rpartition("\x1b[K")[2] for part in shown.replace("\r\n", "\n").split("\n")]
    assert re.fullmatch(r" *\d+\.\d s  tiny==1\.0: built", stays[0])
    assert re.fullmatch(r"[0-9a-f]{64}  .*tiny-1\.0-py3-none-any\.whl", stays[1])
    assert stays[2:] == [""]


@pytest.mark.parametrize(
    ("more", "coloured", "moves"),
    [({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False)],
    ids=["colour", "NO_COLOR", "dumb"],
)
def test_error_at_a_terminal(tmp_path: Path, more: dict[str, str], *, coloured: bool, moves: bool) -> None:
    """The line of progress is gone before the error, which is coloured unless the user or the terminal has none."""
    (tmp_path / "bad-1.0.tar.gz").write_bytes(sdist(tmp_path).read_bytes()[:12])
    with terminal("build", tmp_path / "bad-1.0.tar.gz", "--out", tmp_path / "out", **more) as run_:
        code, _, shown = run_.end()
    assert code == 2
    assert ("\x1b[1;31mERROR\x1b[0m bad-1.0.tar.gz: " in shown) is coloured
    assert ("\x1b[K" in shown) is moves
    assert re.search(r"(?m)(^|\x1b\[K)(\x1b\[1;31m)?ERROR", shown)


def test_lock(tmp_path: Path) -> None:
    """`lock` tells of its steps and of their time; with `--quiet` it has the result only."""
    files = tmp_path / "files"
    files.mkdir()
    toy_back_end(files)
    archive = toy_sdist(files, "foo")
    url = write_simple(tmp_path / "index", sorted(files.iterdir()))
    (tmp_path / "requirements.txt").write_text(f"foo==1.0 --hash=sha256:{sha256(archive)}\n", encoding="utf-8")
    arguments = ["lock", "requirements.txt", "--index-url", url]
    told = run(*arguments, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    lines = [match[1] if (match := PLAIN.fullmatch(line)) else line for line in told.stderr.splitlines()]
    assert lines[0] == "[1/1] foo==1.0: locking its build requirements"
    assert lines[-2:] == ["requirements.txt: locked", "build-lock.json written: 1 sdists, 1 wheels"]
    assert any("back end: " in line for line in lines)
    quiet = run(*arguments, "-q", cwd=tmp_path)
    assert quiet.stderr == "build-lock.json is up to date: 1 sdists, 1 wheels\n"


@pytest.mark.parametrize("how", ["terminal", "pipe"])
def test_ctrl_c(tmp_path: Path, short_directory: Path, how: str) -> None:
    """Ctrl-C in the middle of a build: one line, exit code 130; no output, no workspace and no process is left."""
    place = short_directory / "place"
    place.mkdir()
    arguments = ("build", sdist(tmp_path, done="False"), "--out", tmp_path / "out", "--work-root", place)
    with terminal(*arguments, **({} if how == "terminal" else {"TERM": "dumb"})) as run_:
        run_.wait_for("back end: build_wheel")
        while not list(place.glob("rw*")):
            time.sleep(0.02)
        run_.process.send_signal(signal.SIGINT)
        code, out, shown = run_.end()
    assert (code, out) == (130, "")
    said = [line for line in re.split(r"[\r\n]+|\x1b\[K", shown) if "interrupted" in line]
    assert len(said) == 1
    assert re.sub(r"\x1b\[[0-9;]*m", "", said[0]).startswith("ERROR interrupted; ")
    assert "Traceback" not in shown
    assert list(place.iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_ctrl_c_in_verify_and_lock(tmp_path: Path) -> None:
    """The same while builds run in processes of their own, and while a hook is asked."""
    archive = sdist(tmp_path, done="False")
    for arguments in (["verify", archive], ["build", archive, "--resolve-build-requirements", "--out", tmp_path / "out"]):
        with terminal(*arguments, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path), TMPDIR=str(tmp_path)) as run_:
            run_.wait_for("build 1, as it is" if arguments[0] == "verify" else "back end: ")
            run_.process.send_signal(signal.SIGINT)
            code, _, shown = run_.end()
        assert code == 130
        assert shown.count("interrupted") == 1
        assert "Traceback" not in shown
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]


def test_progress_leaves_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is shown outside the block; the handler of the timer is the one from before, and no timer goes on."""
    before = signal.getsignal(signal.SIGALRM)
    step("not shown")
    with escaped_streams(), show_progress(verbose=True):
        step("shown \x1b[2J")
        assert signal.getitimer(signal.ITIMER_REAL)[1] > 0
    step("not shown")
    assert re.fullmatch(r" *0\.\d s  shown \\x1b\[2J\n", capsys.readouterr().err)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_no_line_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a line is printed in pieces, progress is drawn after its end only: a timer may come between two pieces."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(theirs, "w", encoding="utf-8") as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        with escaped_streams(), show_progress():
            step("working")
            print("first half, ", end="", file=sys.stderr, flush=True)
            signal.raise_signal(signal.SIGALRM)
            print("second half", file=sys.stderr, flush=True)
            signal.raise_signal(signal.SIGALRM)
        read = b""
        while select.select([ours], [], [], 0.5)[0]:
            read += os.read(ours, 1 << 16)
        shown = read.decode()
    os.close(ours)
    assert "first half, second half\r\n" in shown
    assert DRAWN.findall(shown.rpartition("second half")[2])
