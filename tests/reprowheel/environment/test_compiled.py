"""Bytecode of build requirements is kept for later builds (`--bytecode-cache`), changes nothing, and comes from no build."""

from __future__ import annotations

import hashlib
import json
import marshal
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import Built, Conditions, build, c_module, extension_sdist, helper, make_sdist, make_wheel

from reprowheel.environment.compiled import PLACE, give_bytecode
from reprowheel.environment.create import create_environment
from reprowheel.environment.interpreter import probe
from reprowheel.errors import UsageError
from reprowheel.files import RealTimes
from reprowheel.workspace import PATH_LENGTH, create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TINY = {
    "tiny/__init__.py": "",
    "tiny/part.py": "answer = 'one'\ndef outer():\n    def inner():\n        return inner.__code__\n    return inner()\n",
}
SHOW = """\
import json, tiny.part as part
code = part.outer.__code__
print(json.dumps([part.answer, part.__file__, code.co_filename, part.outer().co_filename, compile(open(part.__file__).read(),
    part.__file__, "exec").co_consts[1] == code]))
"""


class Builds:
    """Environments with the same wheel and one cache, each in a workspace of its own."""

    def __init__(self, directory: Path, work_root: Path) -> None:
        self.cache = directory / "cache"
        self.wheel = make_wheel(directory, "tiny", "1.0", TINY)
        self._root = work_root

    def ask(self, *, answer: str = "one", seconds: int = 0, cached: bool = True) -> list[Any]:
        """Make an environment, write another answer of the same length over the installed one, and ask for it."""
        interpreter = probe(sys.executable)
        with create_workspace(self._root) as workspace:
            cache = self.cache if cached else None
            times = RealTimes(epoch=1_600_000_000)
            made = create_environment(workspace, interpreter, [self.wheel], times=times, extra={}, bytecode=cache)
            (source,) = workspace.root.glob("env/lib/python*/site-packages/tiny/part.py")
            before = source.stat()
            source.write_text(TINY["tiny/part.py"].replace("one", answer), encoding="utf-8")
            os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns + seconds * 10**9))
            command = [made.python, "-c", SHOW]
            run = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(made.variables))
            found: list[Any] = json.loads(run.stdout)
            assert found[1] == str(source)
            return found

    def files(self) -> dict[Path, bytes]:
        """Return what the cache has."""
        return {path: path.read_bytes() for path in sorted(self.cache.iterdir())}


@pytest.fixture
def builds(tmp_path: Path, short_directory: Path) -> Builds:
    """Environments with a tiny package."""
    return Builds(tmp_path, short_directory)


def test_later_builds_find_it(builds: Builds) -> None:
    """Bytecode stands for a file as it was installed; where it has another time, or without a cache, Python compiles."""
    assert builds.ask(answer="two", cached=False)[0] == "two"
    for _ in range(2):
        assert builds.ask(answer="two")[0] == "one"
        assert builds.ask(answer="two", seconds=1)[0] == "two"
    assert len(builds.files()) == 1


def test_code_is_what_this_workspace_would_compile(builds: Builds) -> None:
    """Code, and code inside of it, has the name of the file in this workspace, and is equal to freshly compiled code."""
    for _ in range(2):
        _, source, outer, inner, equal = builds.ask()
        assert (outer, inner, equal) == (source, source, True)
        assert PLACE not in source
    assert len(PLACE) == PATH_LENGTH
    (data,) = builds.files().values()
    assert PLACE.encode() in data


def resealed(data: bytes) -> bytes:
    """Return a file of the cache with another answer, and the digest that goes with it."""
    changed = data[32:].replace(b"one", b"bad")
    assert changed != data[32:]
    return hashlib.sha256(changed).digest() + changed


DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {
    "changed": lambda data: data.replace(b"one", b"bad"),
    "cut": lambda data: data[:-10],
    "empty": lambda _: b"",
    "no bytecode": lambda _: b"0" * 100,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_replaced(builds: Builds, damage: str) -> None:
    """A file whose digest is not that of its content is not used; it is written anew, with the same bytes."""
    builds.ask()
    ((path, data),) = builds.files().items()
    path.write_bytes(DAMAGE[damage](data))
    assert builds.ask(answer="two")[0] == "one"
    assert builds.files() == {path: data}


def test_a_sound_file_is_used(builds: Builds) -> None:
    """The digest is what tells a damaged file: with the right one, other content is used (control)."""
    builds.ask()
    ((path, data),) = builds.files().items()
    path.write_bytes(resealed(data))
    assert builds.ask()[0] == "bad"


def test_another_wheel_or_interpreter_has_another_file(builds: Builds, tmp_path: Path, short_directory: Path) -> None:
    """Bytecode is found by the digest of the wheel and by the interpreter, not by names."""
    interpreter = probe(sys.executable)
    other = make_wheel(tmp_path / "other", "tiny", "1.0", TINY | {"tiny/part.py": "answer = 'two'\n"})
    with create_workspace(short_directory) as workspace:
        site = f"{workspace.root}/env/lib/python3/site-packages"
        for number, (wheel, asked) in enumerate(
            ((builds.wheel, interpreter), (other, interpreter), (builds.wheel, replace(interpreter, version="3.0.0"))), 1
        ):
            give_bytecode(builds.cache, workspace, asked, site, [wheel])
            assert len(builds.files()) == number


def test_some_modules_are_left_out(tmp_path: Path, short_directory: Path) -> None:
    """A module with a warning, an error, the name of the place, or an extension module beside it is left to who imports it."""
    files = {
        "good.py": "import re\n",
        "warns.py": "x = '\\d'\n",
        "broken.py": "print 'x'\n",
        "zero.py": "x = 1\0\n",
        "place.py": f"x = '{PLACE}'\n",
        "fast.py": "x = 1\n",
        "fast.cpython-314-x86_64-linux-gnu.so": "",
        "tiny-1.0.data/scripts/run.py": "x = 1\n",
    }
    wheel = make_wheel(tmp_path, "tiny", "1.0", files)
    with create_workspace(short_directory) as workspace:
        give_bytecode(tmp_path / "cache", workspace, probe(sys.executable), f"{workspace.root}/env", [wheel])
    (file,) = (tmp_path / "cache").iterdir()
    assert list(marshal.loads(file.read_bytes()[32:])) == ["good.py"]  # noqa: S302 - our own


def test_the_wheel_does_not_depend_on_it(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """Wheel, debug files and report are the same without a cache, with an empty one, and with a full one."""
    sdist, wheels = extension_sdist(tmp_path, c_module()), [build_wheel("setuptools")]
    conditions = Conditions(cwd=tmp_path, work_root=short_directory)
    cache = tmp_path / "cache"

    def one(name: str, *options: str) -> tuple[bytes, bytes, Mapping[str, bytes]]:
        built: Built = build(sdist, wheels, tmp_path / name, conditions, *options)
        return built.wheel.read_bytes(), built.report_bytes, built.debug_files()

    plain = helper_without(one)
    empty = one("empty", "--bytecode-cache", str(cache))
    kept = {path: path.read_bytes() for path in cache.iterdir()}
    assert len(kept) == 1
    assert plain == empty == one("full", "--bytecode-cache", str(cache))
    assert kept == {path: path.read_bytes() for path in cache.iterdir()}


def helper_without(one: Callable[..., tuple[bytes, bytes, Mapping[str, bytes]]]) -> tuple[bytes, bytes, Mapping[str, bytes]]:
    """Build without the cache that the tests' builds share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("REPROWHEEL_TEST_BYTECODE", raising=False)
        return one("plain")


HOSTILE = """\
import glob, os, tiny.part
def build_wheel(folder, config_settings=None, metadata_directory=None):
    root, cache = os.environ["HOME"].rpartition("/")[0], config_settings["cache"]
    for path in [*glob.glob(f"{root}/bytecode/*"), f"{root}/bytecode/more"]:
        with open(path, "wb") as file:
            file.write(b"junk")
    found = []
    try:
        found = os.listdir(cache)
        with open(f"{cache}/more", "wb") as file:
            file.write(b"junk")
    except OSError as e:
        found.append(type(e).__name__)
    raise SystemExit(f"cache: {found}, answer: {tiny.part.answer}")
"""


def test_a_build_cannot_poison_it(builds: Builds, tmp_path: Path, short_directory: Path) -> None:
    """A build sees no cache; what it writes over the bytecode of its own workspace reaches no later build."""
    project = '[build-system]\nrequires = ["tiny"]\nbuild-backend = "hostile"\nbackend-path = ["."]\n'
    sdist = make_sdist(tmp_path, {"pyproject.toml": project, "hostile.py": HOSTILE}, name="bad")
    arguments = ["build", sdist, "--out", tmp_path / "out", "--work-root", short_directory, "--build-wheel", builds.wheel]
    arguments += ["--bytecode-cache", builds.cache, f"--config-setting=cache={builds.cache}"]
    first = helper(arguments)
    kept = builds.files()
    assert len(kept) == 1
    again = helper(arguments)
    for run in (first, again):
        assert "cache: ['FileNotFoundError'], answer: one" in run.stderr, run.stderr
    assert builds.files() == kept


def test_a_folder_that_cannot_be_used_is_told(builds: Builds, tmp_path: Path) -> None:
    """A folder that others may write to, or that cannot be made, is an error in one line."""
    builds.cache.mkdir()
    builds.cache.chmod(0o770)
    with pytest.raises(UsageError, match=r"^--bytecode-cache .*/cache: other users may write to it") as caught:
        builds.ask()
    assert "0700" in caught.value.tip
    builds.cache = tmp_path / "file"
    builds.cache.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^--bytecode-cache .*/file: File exists$"):
        builds.ask()
    builds.cache = tmp_path / "new"
    builds.ask()
    assert builds.cache.stat().st_mode & 0o777 == 0o700
