"""The Python package of a release: an sdist, and the wheel that the helper builds of it.

Both are made of the release archive, in environments of locked wheels. No archive has a compressor's bytes in it.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from dev.environments import test_python, virtual_environment, wheel_directory

from release.archive import stored_gzip
from release.errors import ReleaseError

__all__ = ["python_package"]

BACK_END = Path(__file__).with_name("hatchling.txt")
_SDIST = "import sys, hatchling.build as back_end; print(back_end.build_sdist(sys.argv[1]))"


def python_package(archive: bytes, epoch: int) -> dict[str, bytes]:
    """Return file name → content of sdist and wheel.

    :param archive: the tar archive of the commit, with one folder at its top.
    :param epoch: time of all files.
    """
    back_end, helper, wheels = _environments()
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(Path(scratch) / "tree", filter="data")
        (tree,) = (Path(scratch) / "tree").iterdir()
        out = Path(scratch) / "out"
        out.mkdir()
        name = _run([str(back_end), "-c", _SDIST, str(out)], tree, epoch).strip().splitlines()[-1]
        sdist = out / name
        sdist.write_bytes(stored_gzip(gzip.decompress(sdist.read_bytes())))
        build = [str(helper), "-m", "reprowheel", "build", str(sdist), "--out", str(out)]
        build += [f"--build-wheel={wheel}" for wheel in sorted(wheels.iterdir())]
        _run(build, tree / "python", epoch)
        return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def _environments() -> tuple[Path, Path, Path]:
    """Return the interpreter that has the back end, the one that the helper runs in, and the folder of the back end's wheels."""
    try:
        return virtual_environment(BACK_END), test_python(), wheel_directory(BACK_END)
    except subprocess.CalledProcessError as e:
        command = " ".join(map(str, e.cmd))
        msg = f"the Python package cannot be built: exit code {e.returncode} of `{command}`, which says above why"
        raise ReleaseError(msg) from e


def _run(command: list[str], folder: Path, epoch: int) -> str:
    """Run a program of the release's tree; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, umask=0o022, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR ")] or done.stderr.strip().splitlines()[-1:]
        msg = f"the Python package cannot be built: {' '.join(said).removeprefix('ERROR ') or done.returncode}"
        raise ReleaseError(msg)
    return done.stdout
