"""Builds and locks for an interpreter that is not the helper's, and helpers of other versions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import installer
import pytest
from support.builds import ROOT, Conditions, build, c_module, helper, make_sdist, members
from support.local_index import make_sdist as indexed_sdist
from support.local_index import write_simple
from support.pythons import OTHERS, NoPythonError, download_packages, mirror_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SETUP = """\
import datetime, getpass, os, random, socket, subprocess, sys, tempfile, uuid
from setuptools import Extension, setup

def isolated(option):
    # Its hash seed would be random.
    command = [sys.executable, option, "-c", "print([*{chr(i) for i in range(65, 90)}])"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout

seen = [
    str(datetime.datetime.now()), random.random(), str(uuid.uuid4()), os.path.basename(tempfile.mktemp()), os.listdir("data"),
    socket.gethostname(), getpass.getuser(), isolated("-I"), isolated("-IS"), [*{chr(i) for i in range(65, 90)}],
]
with open("seen.py", "w") as file:
    file.write(f"seen = {seen!r}\\nversion = {sys.version_info[:2]!r}\\n")
setup(name="tiny", version="1.0", py_modules=["seen"], ext_modules=[Extension("tiny", ["tiny.c"])])
"""
PLACES = [
    {"umask": 0o022, "env": {"HOME": "/", "TZ": "UTC"}},
    {"umask": 0o077, "env": {"HOME": "/nowhere", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "USER": "somebody"}},
]


def native_sdist(folder: Path, version: str) -> Path:
    """Return an sdist with an extension and a module of facts; it needs a distribution that is not there in other versions."""
    required = f"[build-system]\nrequires = ['setuptools', 'absent ; python_version != \"{version.rstrip('t')}\"']\n"
    project = f"{required}build-backend = 'setuptools.build_meta'\n"
    data = {f"data/{name}": "" for name in "zbya"}
    return make_sdist(folder, {"pyproject.toml": project, "setup.py": SETUP, "tiny.c": c_module(), **data})


def run(python: str | Path, code: str, *path: str | Path) -> str:
    """Return what an interpreter prints, with folders on its import path."""
    command = [python, "-I", "-B", "-c", f"import sys; sys.path[:0] = sys.argv[1:]; {code}", *path]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("version", OTHERS)
def test_wheel_of_another_python(
    tmp_path: Path, short_directory: Path, oldest_wheels: list[Path], other_python: Callable[[str], str], version: str
) -> None:
    """A pure module and an extension, built twice in different surroundings: the same bytes, for that Python, which runs them."""
    python = other_python(version)
    sdist = native_sdist(tmp_path, version)
    built = []
    for number, place in enumerate(PLACES):
        work = short_directory / str(number)
        work.mkdir()
        conditions = Conditions(cwd=work, work_root=work, **place)  # type: ignore[arg-type]
        built.append(build(sdist, oldest_wheels, tmp_path / f"out{number}", conditions, python=python))
    one, two = built
    abi = "cp" + version.replace(".", "")
    assert one.wheel.name == f"tiny-1.0-{abi.rstrip('t')}-{abi}-linux_{os.uname().machine}.whl"
    assert (one.wheel.read_bytes(), one.report_bytes, one.debug_files()) == (
        two.wheel.read_bytes(),
        two.report_bytes,
        two.debug_files(),
    )
    for name, content in members(one.wheel).items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_bytes(content)
    found = run(python, "import tiny, seen; print(tiny.answer(), seen.version, seen.seen[0])", tmp_path / "site")
    numbers = tuple(map(int, version.rstrip("t").split(".")))
    assert found.startswith(f"42 {numbers} 2020-09-13 12:26:40")


def test_verify_of_the_oldest(tmp_path: Path, oldest_wheels: list[Path], other_python: Callable[[str], str]) -> None:
    """All perturbations change nothing, with another prefix of the interpreter among them."""
    sdist = native_sdist(tmp_path, "3.9")
    wheels = [f"--build-wheel={wheel}" for wheel in oldest_wheels]
    done = helper(["verify", sdist, *wheels, "--python", other_python("3.9")], Conditions(cwd=tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "REPRODUCIBLE tiny==1.0" in done.stdout


def test_lock_for_the_oldest(
    tmp_path: Path, oldest_wheels: list[Path], build_wheel: Callable[[str], Path], other_python: Callable[[str], str]
) -> None:
    """Of two versions of the back end, the one that runs there is locked, although the helper runs the other; then it builds."""
    text = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    text += '[project]\nname = "pure"\nversion = "1.0"\ndependencies = ["here ; python_version < \'3.10\'"]\n'
    sdist = indexed_sdist(tmp_path, "pure", "1.0", {"pyproject.toml": text, "pure.py": ""})
    url = write_simple(tmp_path / "index", [sdist, build_wheel("setuptools"), *oldest_wheels])
    digest = run(sys.executable, f"import hashlib; print(hashlib.sha256(open({os.fspath(sdist)!r}, 'rb').read()).hexdigest())")
    (tmp_path / "requirements.txt").write_text(f"pure==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    lock, python = tmp_path / "lock.json", other_python("3.9")
    words = ["lock", tmp_path / "requirements.txt", "--out", lock, "--index-url", url, "--python", python]
    done = helper(words, Conditions(cwd=tmp_path, env={"PIP_CONFIG_FILE": os.devnull, "HOME": os.fspath(tmp_path)}))
    assert done.returncode == 0, done.stderr
    assert '"setuptools==82.0.1"' in lock.read_text(encoding="utf-8")
    wheels = [f"--build-wheel={wheel}" for wheel in oldest_wheels]
    done = helper(["build", sdist, *wheels, "--out", tmp_path / "out", "--python", python], Conditions(cwd=tmp_path))
    assert done.returncode == 0, done.stderr


def test_back_end_for_a_newer_python(
    tmp_path: Path, build_wheel: Callable[[str], Path], other_python: Callable[[str], str]
) -> None:
    """A build requirement whose metadata excludes that Python is named before it fails somewhere."""
    sdist, wheel, python = native_sdist(tmp_path, "3.9"), build_wheel("setuptools"), other_python("3.9")
    done = helper(["build", sdist, "--build-wheel", wheel, "--out", tmp_path / "out", "--python", python])
    assert done.returncode == 2
    assert re.fullmatch(
        rf"ERROR tiny==1\.0: build requirement {re.escape(wheel.name)} is for Python >=3\.\d+; the build runs in 3\.9\.\d+\n"
        r"TIP   Lock for that Python: reprowheel lock REQUIREMENTS --out FILE --python EXE\.\n",
        done.stderr.replace("ERROR build", "ERROR tiny==1.0: build"),
    ), done.stderr


def pretending(folder: Path, version: str, implementation: str = "cpython") -> Path:
    """Return an interpreter that says that it is another one."""
    code = f"import platform, sys; sys.version_info = (*map(int, {version!r}.split('.')), 'final', 0)\n"
    code += f"platform.python_version = lambda: {version!r}; sys.implementation.name = {implementation!r}\n"
    code += f"platform.python_implementation = lambda: {implementation.replace('cpython', 'CPython')!r}\n"
    code += "sys.stdin = None; exec(sys.argv[-1])"
    (folder / "pretend.py").write_text(code, encoding="utf-8")
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -B {folder}/pretend.py "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


@pytest.mark.parametrize(
    ("version", "implementation", "said"),
    [("3.8.20", "cpython", "CPython 3.8.20"), ("3.11.13", "PyPy", "PyPy 3.11.13")],
)
def test_interpreter_that_is_not_supported(tmp_path: Path, version: str, implementation: str, said: str) -> None:
    """What is too old, or no CPython, is refused in one line by every verb that takes `--python`."""
    python = pretending(tmp_path, version, implementation)
    sdist = native_sdist(tmp_path, "3.9")
    (tmp_path / "requirements.txt").touch()
    verbs: list[Sequence[str | Path]] = [
        ["build", sdist, "--out", tmp_path / "out"],
        ["verify", sdist],
        ["lock", tmp_path / "requirements.txt", "--out", tmp_path / "lock.json"],
    ]
    for verb in verbs:
        done = helper([*verb, "--python", python])
        assert done.returncode == 2, done.stderr
        printed = done.stdout + done.stderr
        assert f"interpreter {python} is {said}; expected CPython 3.9 or newer\n" in printed
        assert "Name a CPython 3.9 or newer, with its headers: --python EXE." in printed
        assert "Traceback" not in printed


def test_helper_in_a_python_that_is_too_old(other_python: Callable[[str], str]) -> None:
    """The package and the launcher of actions say so in one line, and do nothing."""
    python = other_python("3.9")
    for words in (["-m", "reprowheel"], [ROOT / "python" / "reprowheel_launch.py", "--"]):
        command = [python, "-B", *words, "build", "x"]
        done = subprocess.run(command, cwd=ROOT / "python", check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is Python 3.9" in done.stderr
        assert "CPython 3.11 or newer" in done.stderr
        assert all(line.startswith(("ERROR ", "TIP ")) for line in done.stderr.splitlines())


def test_bytes_do_not_depend_on_the_helpers_python(
    tmp_path: Path, short_directory: Path, oldest_wheels: list[Path], other_python: Callable[[str], str]
) -> None:
    """The oldest Python that the helper runs on, and the newest, build the wheel and the report that this one builds."""
    sdist = native_sdist(tmp_path, ".".join(map(str, sys.version_info[:2])))
    libraries = os.path.dirname(os.path.dirname(installer.__file__))
    found = {}
    for name, python in {"own": sys.executable, "3.11": other_python("3.11"), "3.15": other_python("3.15")}.items():
        out, report = tmp_path / name, tmp_path / f"{name}.json"
        words = ["build", sdist, "--out", out, "--report", report, "--python", sys.executable, "--work-root", short_directory]
        environment = {"PYTHONPATH": f"{ROOT / 'python'}:{libraries}"}
        wheels = [f"--build-wheel={wheel}" for wheel in oldest_wheels]
        done = helper([*words, *wheels], Conditions(cwd=tmp_path, env=environment), python=python)
        assert done.returncode == 0, done.stderr
        (wheel,) = out.iterdir()
        found[name] = (wheel.name, wheel.read_bytes(), report.read_bytes())
    assert found["3.11"] == found["own"]
    assert found["3.15"] == found["own"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sources.list": "# deb http://old/debian x main\ndeb [arch=amd64] http://a/debian/ forky main\n"}, "http://a/debian/"),
        (
            {"sources.list.d/b.sources": "Types: deb\nURIs: http://b/debian-security\n\nURIs: http://c/debian\n"},
            "http://c/debian",
        ),
        ({"sources.list": "deb http://d/ubuntu noble main\n"}, ""),
    ],
    ids=["lines", "fields", "none"],
)
def test_mirror(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    """The mirror of Debian is read from both forms of apt's lists; another distribution's is none."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    if expected:
        assert mirror_of(tmp_path) == expected
    else:
        with pytest.raises(NoPythonError):
            mirror_of(tmp_path)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("E: The repository 'x bullseye Release' does not have a Release file.", NoPythonError),
        ("E: Unable to locate package python3.9-dev", NoPythonError),
        ("E: Failed to fetch x  Could not connect to x: Connection refused", RuntimeError),
    ],
    ids=["suite", "package", "network"],
)
def test_only_what_is_gone_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, error: type[Exception]) -> None:
    """A version that the mirror no longer has is skipped; a network that is down fails."""
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 100\n', encoding="utf-8")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(error, match="no Python 3.9: apt-get update: E: "):
        download_packages("3.9", tmp_path / "work")
