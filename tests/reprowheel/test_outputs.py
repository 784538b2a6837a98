"""Where outputs go: a full disk, a read-only one, a file or a link in their place; several builds into one folder."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest
from support.builds import make_wheel, members
from support.hostile_sdists import hostile_sdist, run_helper

from reprowheel.errors import BuildError
from reprowheel.output import publish
from reprowheel.output.publish import Outputs

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "tiny-1.0-py3-none-any.whl"
MOUNT = ["unshare", "-m" if os.getuid() == 0 else "-rm", "sh", "-c"]
OPTIONS = ["--out", "--report", "--wheel-file"]


def arguments(tmp_path: Path, short_directory: Path, **places: Path) -> list[str]:
    """Return the arguments of a build with all outputs below `tmp_path`, but for those in `places`."""
    outputs = {"out": tmp_path / "o" / "out", "report": tmp_path / "o" / "r.json", "wheel_file": tmp_path / "o" / "w.whl"}
    outputs |= {"debug_dir": tmp_path / "o" / "debug", **places}
    options = [f"--{name.replace('_', '-')}={path}" for name, path in outputs.items()]
    return ["build", str(hostile_sdist("hostile-files", tmp_path / "sdist")), f"--work-root={short_directory}", *options]


def one_line(err: bytes) -> str:
    """Return the only line that begins with ERROR; there is no traceback."""
    text = err.decode()
    assert "Traceback" not in text
    (line,) = [line for line in text.splitlines() if line.startswith("ERROR ")]
    return line


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("disk", ["full", "read-only"])
def test_disk(tmp_path: Path, short_directory: Path, option: str, disk: str) -> None:
    """One line that names the output, exit code 3 or 2, and nothing is written, neither there nor at the other outputs."""
    mounted, listing = tmp_path / "disk", tmp_path / "listing"
    mounted.mkdir()
    fill = "head -c 8192 /dev/zero >{0}/filler" if disk == "full" else "mount -o remount,ro {0}"
    place = shlex.quote(str(mounted))
    mount = f"mount -t tmpfs -o size=8k none {place} && {fill.format(place)}"
    script = f'{mount} && "$@"; code=$?; ls -A {place} >{listing}; exit $code'
    target = mounted / ("x" if option == "--out" else "x.whl")
    places = {option.lstrip("-").replace("-", "_"): target}
    run = run_helper(arguments(tmp_path, short_directory, **places), prefix=[*MOUNT, script, "sh"])
    if disk == "full":
        assert (run.returncode, one_line(run.stderr).partition("/x")[0]) == (3, f"ERROR tiny==1.0: {mounted}")
        assert "No space left on device; no output was written" in one_line(run.stderr)
        assert listing.read_text(encoding="utf-8") == "filler\n"
    else:
        assert one_line(run.stderr) == f"ERROR {option} {target}: cannot be written: Read-only file system"
        assert (run.returncode, listing.read_text(encoding="utf-8")) == (2, "")
    assert not (tmp_path / "o").exists()
    assert list(short_directory.iterdir()) == []


@pytest.mark.parametrize("option", [*OPTIONS, "--debug-dir"])
@pytest.mark.parametrize("what", ["fifo", "dangling link", "other kind", "below a file", "device"])
def test_something_in_place(tmp_path: Path, short_directory: Path, option: str, what: str) -> None:
    """Each is told before the build, in one line with the option, and stays as it was."""
    place, is_folder = tmp_path / "place", option in ("--out", "--debug-dir")
    if what == "fifo":
        os.mkfifo(place)
    elif what == "dangling link":
        place.symlink_to("nowhere")
    elif what == "device":
        place.symlink_to("/dev/null")
    elif what == "other kind" and not is_folder:
        place.mkdir()
    else:
        place.touch()
    target = place / "x" if what == "below a file" else place
    before = place.lstat()
    run = run_helper(arguments(tmp_path, short_directory, **{option.lstrip("-").replace("-", "_"): target}))
    assert run.returncode == 2
    assert one_line(run.stderr).startswith(f"ERROR {option} {target}: ")
    assert not (tmp_path / "o").exists()
    assert (place.lstat().st_ino, place.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_workspace_on_a_full_disk(tmp_path: Path, short_directory: Path) -> None:
    """The message has the name of the sdist, and what the machine says."""
    place = shlex.quote(str(short_directory))
    script = f'mount -t tmpfs -o size=8k none {place} && head -c 8192 /dev/zero >{place}/filler; "$@"'
    run = run_helper(arguments(tmp_path, short_directory), prefix=[*MOUNT, script, "sh"])
    assert one_line(run.stderr).startswith("ERROR tiny-1.0.tar.gz: ")
    assert "No space left on device" in one_line(run.stderr)
    assert run.returncode in (2, 3)
    assert not (tmp_path / "o").exists()


def test_two_builds_into_one_folder(tmp_path: Path, short_directory: Path) -> None:
    """Each adds its wheel; a wheel of the same name is replaced, whatever else is there stays."""
    out = tmp_path / "out"
    out.mkdir()
    for name in ("other-1.0-py3-none-any.whl", WHEEL):
        (out / name).write_bytes(b"old")
    (out / WHEEL).chmod(0o400)
    old = (out / WHEEL).stat().st_ino
    for _ in range(2):
        run = run_helper(arguments(tmp_path, short_directory, out=out))
        assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in out.iterdir()) == ["other-1.0-py3-none-any.whl", WHEEL]
    assert members(out / WHEEL)["tiny.py"] == b"answer = 42\n"
    assert (out / WHEEL).stat().st_ino != old
    assert (out / "other-1.0-py3-none-any.whl").read_bytes() == b"old"


def test_last_step_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the wheel itself cannot be put into place, the report and the folders that were made for it are taken away."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "x").write_bytes(b"x")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "_exchange", refuse)
    with pytest.raises(BuildError, match=r"^tiny==1\.0: .*/out: No space left on device; no output was written$"):
        with Outputs("tiny==1.0") as outputs:
            outputs.add_file(tmp_path / "made" / "report.json", b"{}")
            outputs.add_folder(tmp_path / "out", source)
            outputs.commit()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


@pytest.mark.parametrize("exchange", [True, False], ids=["renameat2", "without"])
def test_exclusive_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    """A folder in which something was planted is replaced, by an exchange or, where there is none, file by file."""
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "x").write_bytes(b"x")
    (out / "planted").mkdir(parents=True)
    (out / "planted" / "y").touch()
    (out / "sub").symlink_to("/etc")
    if not exchange:
        monkeypatch.setattr(publish.ctypes, "CDLL", lambda *_, **__: object())
    with Outputs("tiny==1.0") as outputs:
        outputs.add_folder(out, source)
        outputs.commit()
    assert [path.relative_to(out).as_posix() for path in sorted(out.rglob("*"))] == ["sub", "sub/x"]
    assert not (out / "sub").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "source"]


def test_standard_output_that_is_full(tmp_path: Path, short_directory: Path) -> None:
    """`--json` into a full disk is one line and exit code 2; a reader that has ended is no error worth a line."""
    full = run_helper([*arguments(tmp_path, short_directory), "--json"], prefix=["sh", "-c", '"$@" >/dev/full', "sh"])
    assert (full.returncode, one_line(full.stderr)) == (2, "ERROR standard output: No space left on device")
    script = '{ "$@"; echo $? >"$CODE"; } | true'
    code = tmp_path / "code"
    gone = run_helper(["verify", "--perturbations"], prefix=["sh", "-c", script, "sh"], env={"CODE": str(code)})
    assert gone.stderr == b""
    assert code.read_text(encoding="utf-8").strip() in ("0", "141")


def test_other_verbs_on_a_full_disk(tmp_path: Path) -> None:
    """What `normalize` cannot write is told with its path, and nothing is left."""
    mounted, listing = tmp_path / "disk", tmp_path / "listing"
    mounted.mkdir()
    place = shlex.quote(str(mounted))
    mount = f"mount -t tmpfs -o size=8k none {place} && head -c 8192 /dev/zero >{place}/filler && chmod 700 {place}"
    script = f'{mount} && "$@"; code=$?; ls -A {place} >{listing}; exit $code'
    wheel = make_wheel(tmp_path, "tiny", "1.0", {"tiny.py": "x = 1\n"})
    run = run_helper(["normalize", wheel, "--out", mounted], prefix=[*MOUNT, script, "sh"])
    assert (run.returncode, one_line(run.stderr)) == (2, f"ERROR {mounted / WHEEL}: No space left on device")
    assert listing.read_text(encoding="utf-8") == "filler\n"
