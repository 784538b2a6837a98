"""Back ends that lie, and leave anything anywhere: one clear line each, nothing hangs, and nothing unchecked comes out."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.builds import make_sdist, members
from support.hostile_sdists import hostile_sdist

from reprowheel.build import build_wheel
from reprowheel.compilers.describe import find_toolchain
from reprowheel.errors import BuildError, ReprowheelError
from reprowheel.request import BuildRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHEEL = "tiny-1.0-py3-none-any.whl"


@pytest.fixture
def request_for(tmp_path: Path, short_directory: Path) -> Callable[..., BuildRequest]:
    """A function that makes a request for an sdist with a back end of its own."""

    def make(sdist: Path, **settings: str) -> BuildRequest:
        return BuildRequest(
            sdist=sdist,
            build_wheels=[],
            toolchain=find_toolchain(),
            python=sys.executable,
            out=tmp_path / "out",
            work_root=short_directory,
            report=tmp_path / "report.json",
            wheel_file=tmp_path / WHEEL,
            config_settings=settings,
        )

    return make


def refusal(request: BuildRequest, kind: type[ReprowheelError] = BuildError) -> str:
    """Build, and return the message; nothing may come out, be left, or take long."""
    begin = time.monotonic()
    with pytest.raises(kind) as caught:
        build_wheel(request)
    assert time.monotonic() - begin < 60
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith("tiny==1.0: ")
    assert request.report
    assert request.wheel_file
    assert request.work_root
    assert not request.report.exists()
    assert not request.wheel_file.exists()
    assert not request.out.exists()
    assert list(request.work_root.iterdir()) == []
    return caught.value.message


NAMES = {
    "a number": "7",
    "nothing": "null",
    "a list": f'["{WHEEL}"]',
    "an object": "{}",
    "absolute": f'"/tmp/{WHEEL}"',
    "above": f'"../{WHEEL}"',
    "in a folder": f'"sub/{WHEEL}"',
    "the folder itself": '"."',
    "the folder above": '".."',
    "empty": '""',
    "NUL": f'"\\u0000{WHEEL}"',
    "a line break": '"tiny-1.0-py3-none-any\\n.whl"',
    "a terminal's control": '"tiny-1.0-py3-none-any\\u001b[31m.whl"',
    "half a character": '"tiny-1.0-py3-none-any\\ud800.whl"',
    "no wheel": '"tiny-1.0.tar.gz"',
    "no version": '"tiny-x-py3-none-any.whl"',
}


@pytest.mark.parametrize("case", NAMES)
def test_name_of_the_wheel(tmp_path: Path, request_for: Callable[..., BuildRequest], case: str) -> None:
    """An answer that is not the plain name of a wheel is told as that."""
    message = refusal(request_for(hostile_sdist("hostile-answers", tmp_path), answer=NAMES[case]))
    assert message.startswith("tiny==1.0: its build back end's hook build_wheel answered ")


def test_name_of_another_file(tmp_path: Path, request_for: Callable[..., BuildRequest]) -> None:
    """A wheel that is not there, and one of another distribution."""
    sdist = hostile_sdist("hostile-answers", tmp_path)
    message = refusal(request_for(sdist, answer='"tiny-2.0-py3-none-any.whl"'))
    assert message.endswith("left something else than it answered: 'out/tiny-2.0-py3-none-any.whl' is missing")


REQUIRES = {
    "a text": ('"six"', "expected a list of strings"),
    "nothing": ("null", "expected a list of strings"),
    "numbers": ("[1]", "expected a list of strings"),
    "no requirement": ('["six >= what?"]', "is not valid as a requirement"),
    "an unknown marker": ("[\"six; colour == 'red'\"]", "is not valid as a requirement"),
}


@pytest.mark.parametrize("case", REQUIRES)
def test_requirements(tmp_path: Path, request_for: Callable[..., BuildRequest], case: str) -> None:
    """An answer of get_requires_for_build_wheel that is no list of requirements."""
    answer, expected = REQUIRES[case]
    message = refusal(request_for(hostile_sdist("hostile-answers", tmp_path), requires=answer))
    assert message.startswith("tiny==1.0: its build back end's hook get_requires_for_build_wheel answered ")
    assert expected in message


def test_bytes(tmp_path: Path, request_for: Callable[..., BuildRequest]) -> None:
    """What JSON does not have fails in the back end's own process."""
    assert "the build back end failed: " in refusal(request_for(hostile_sdist("hostile-answers", tmp_path), bytes="1"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("{", "gave an answer that is no JSON"),
        ("nested", "gave an answer that is no JSON"),
        ("[]", "gave an answer in an unknown form"),
        ("{}", "gave an answer in an unknown form"),
        ('{"return_val": "", "hook_missing": true}', "has no hook build_wheel"),
        ('{"return_val": "", "no_backend": true, "traceback": 7}', "the build back end failed: "),
        ('{"return_val": "", "unsupported": true}', "the build back end failed: "),
    ],
)
def test_answer_that_pyproject_hooks_never_writes(
    tmp_path: Path, request_for: Callable[..., BuildRequest], raw: str, expected: str
) -> None:
    """The file of the answer can be written by the build itself."""
    assert expected in refusal(request_for(hostile_sdist("hostile-answers", tmp_path), raw=raw))


FILES = {
    "wheel is a fifo": f"'out/{WHEEL}' is no regular file",
    "wheel is a link": f"'out/{WHEEL}' is no regular file",
    "wheel is a folder": f"'out/{WHEEL}' is no regular file",
    "wheel is missing": f"'out/{WHEEL}' is missing",
    "wheel is endless": f"'out/{WHEEL}' is no regular file",
    "wheel is huge": f"'out/{WHEEL}' is larger than the limit of ",
    "output folder is a link": "'out' is no folder",
    "record is a fifo": "after its build, 'headers/x.list' is no regular file",
    "record is a link": "after its build, 'headers/x.list' is no regular file",
    "record is huge": "after its build, 'headers/x.list' is larger than the limit of ",
    "records are a fifo": "after its build, 'headers' is no folder",
    "records are a link": "after its build, 'headers' is no folder",
    "answer is a fifo": "gave no answer: 'hooks/exchange/output.json' is no regular file",
    "answer is a link": "gave no answer: 'hooks/exchange/output.json' is no regular file",
    "answer is missing": "gave no answer: 'hooks/exchange/output.json' is missing",
}


@pytest.mark.parametrize("case", FILES)
def test_kinds_of_files(tmp_path: Path, request_for: Callable[..., BuildRequest], case: str) -> None:
    """Whatever is left in place of a file is told; a file of this host behind a link is neither read nor changed."""
    precious = tmp_path / "precious"
    precious.write_text("/etc/hostname\n", encoding="utf-8")
    request = request_for(hostile_sdist("hostile-files", tmp_path), case=case, precious=str(precious))
    assert FILES[case] in refusal(request)
    assert precious.read_text(encoding="utf-8") == "/etc/hostname\n"


def test_header_that_is_no_file(tmp_path: Path, request_for: Callable[..., BuildRequest]) -> None:
    """A compiler's record that names a FIFO as a declared header of the host: nobody waits for it."""
    fifo = tmp_path / "x.h"
    os.mkfifo(fifo)
    request = request_for(hostile_sdist("hostile-files", tmp_path), case="header is no file", precious=str(fifo))
    assert refusal(replace(request, host_headers=[str(fifo)])) == f"tiny==1.0: {fifo}: is no regular file"


@pytest.mark.parametrize("case", ["second wheel", "folders of the front end"])
def test_planted_wheels(tmp_path: Path, request_for: Callable[..., BuildRequest], case: str) -> None:
    """Only the wheel that the hook named comes out, whatever else is in the workspace."""
    request = request_for(hostile_sdist("hostile-files", tmp_path), case=case)
    result = build_wheel(request)
    assert [path.name for path in request.out.iterdir()] == [WHEEL]
    assert members(result.wheel)["tiny.py"] == b"answer = 42\n"


@pytest.mark.parametrize("case", ["network is a fifo", "network is a link"])
def test_record_of_the_network(tmp_path: Path, request_for: Callable[..., BuildRequest], case: str) -> None:
    """A failing build cannot have a file of this host read into its message."""
    precious = tmp_path / "precious"
    precious.write_text("secret\n", encoding="utf-8")
    message = refusal(request_for(hostile_sdist("hostile-files", tmp_path), case=case, precious=str(precious), fail="1"))
    assert message == "tiny==1.0: the build back end failed: on purpose"


def planting(request: BuildRequest, plant: Callable[[], None]) -> None:
    """Build, and call `plant` in another thread as soon as the build has begun."""
    done = threading.Event()

    def wait() -> None:
        while request.work_root and not list(request.work_root.iterdir()):
            time.sleep(0.001)
        plant()
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    build_wheel(request)
    thread.join()
    assert done.is_set()


def test_wheel_planted_in_the_outputs(tmp_path: Path, request_for: Callable[..., BuildRequest]) -> None:
    """What is put into an exclusive output folder during the build, as Bazel's actions have it, is gone afterwards."""
    request = replace(request_for(hostile_sdist("hostile-files", tmp_path)), exclusive=True, debug_dir=tmp_path / "debug")
    assert request.debug_dir
    request.out.mkdir()
    request.debug_dir.mkdir()
    planted = [request.out / "evil-1.0-py3-none-any.whl", request.out / "sub" / "x", request.debug_dir / "x"]

    def plant() -> None:
        for path in planted:
            path.parent.mkdir(exist_ok=True)
            path.write_text("evil", encoding="utf-8")

    planting(request, plant)
    assert [path.name for path in request.out.iterdir()] == [WHEEL]
    assert list(request.debug_dir.iterdir()) == []
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]


def test_links_planted_at_the_outputs(tmp_path: Path, request_for: Callable[..., BuildRequest]) -> None:
    """Nothing is written through a link that was put in the place of an output while the build ran."""
    request = replace(request_for(hostile_sdist("hostile-files", tmp_path)), exclusive=True)
    precious, folder = tmp_path / "precious", tmp_path / "folder"
    precious.write_text("kept", encoding="utf-8")
    folder.mkdir()
    assert request.report
    assert request.wheel_file
    links = {request.report: precious, request.wheel_file: precious, request.out: folder}
    planting(request, lambda: [link.symlink_to(target) for link, target in links.items()] and None)
    assert precious.read_text(encoding="utf-8") == "kept"
    assert list(folder.iterdir()) == []
    assert [path.is_symlink() for path in links] == [False, False, False]
    assert [path.name for path in request.out.iterdir()] == [WHEEL]


PYPROJECTS: dict[str, tuple[str | bytes, str]] = {
    "syntax": ("[build-system\n", "pyproject.toml cannot be read ("),
    "encoding": (b"[build-system]\nrequires = ['\xff']\n", "pyproject.toml cannot be read ("),
    "nesting": ("x = " + "[" * 20_000, "pyproject.toml cannot be read (it is nested too deeply)"),
    "no table": ("build-system = 7\n", "build-system is 7; expected a table"),
    "a list of tables": ("[[build-system]]\nrequires = []\n", "build-system is [{"),
    "no requires": ("[build-system]\n", "build-system.requires is None; expected a list of strings"),
    "numbers": ("[build-system]\nrequires = [1]\n", "build-system.requires is [1]; expected a list of strings"),
    "no requirement": ("[build-system]\nrequires = ['a b c']\n", "build-system.requires: 'a b c' is not valid"),
    "back end": ("[build-system]\nrequires = []\nbuild-backend = 7\n", "build-system.build-backend is 7; expected"),
    "no name": ('[build-system]\nrequires = []\nbuild-backend = "a\\u0000b"\n', "build-backend is"),
    "absolute path": ("[build-system]\nrequires = []\nbackend-path = ['/tmp']\n", "backend-path names '/tmp'; expected"),
    "path above": ("[build-system]\nrequires = []\nbackend-path = ['a/../..']\n", "backend-path names 'a/../..'; expected"),
}


@pytest.mark.parametrize("case", PYPROJECTS)
def test_bad_pyproject(tmp_path: Path, request_for: Callable[..., BuildRequest], case: str) -> None:
    """Each is one line with the package and the key."""
    text, expected = PYPROJECTS[case]
    assert expected in refusal(request_for(make_sdist(tmp_path, {"pyproject.toml": text})))


@pytest.mark.parametrize(
    "project",
    ["project = 7\n", "[project]\ndynamic = 7\n", "[project]\nentry-points = 'x'\n", "[project]\nscripts = {a = 1}\n"],
)
def test_bad_project_table(tmp_path: Path, request_for: Callable[..., BuildRequest], project: str) -> None:
    """Only the back end needs the project table: it is asked, rather than that the front end fails."""
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    sdist = hostile_sdist("hostile-answers", tmp_path, {"pyproject.toml": project + system})
    assert build_wheel(request_for(sdist)).wheel.is_file()


def test_machine_that_cannot_start_processes(
    tmp_path: Path, request_for: Callable[..., BuildRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`[Errno 11]` of a hook, and of any other step, comes with the package."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    sdist = hostile_sdist("hostile-answers", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("reprowheel.backend.hooks.run_contained", refuse)
        message = refusal(request_for(sdist))
    assert message.endswith("hook get_requires_for_build_wheel could not be run: Resource temporarily unavailable")
    monkeypatch.setattr("reprowheel.build.create_environment", refuse)
    assert refusal(request_for(sdist)) == "tiny==1.0: Resource temporarily unavailable"
