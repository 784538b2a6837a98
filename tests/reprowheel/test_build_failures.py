"""Builds that must not succeed, or not reach something: each says why, and leaves nothing where the wheel should be."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import (
    Conditions,
    build,
    bytecode_cache,
    c_module,
    extension_sdist,
    make_sdist,
    members,
    plain_build,
    unpack_requirements,
)

from reprowheel.archives.metadata import ExpectedMetadata
from reprowheel.backend.failure import cause
from reprowheel.build import build_wheel
from reprowheel.compilers.describe import find_toolchain
from reprowheel.errors import BuildError, FetchError, RefusedError, ReprowheelError, UsageError
from reprowheel.request import BuildRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETUP = "from setuptools import setup\n{}\nsetup(name='tiny', version='1.0', py_modules=['tiny'])\n"


@pytest.fixture
def request_for(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> Callable[[Path], BuildRequest]:
    """A function that makes a request for an sdist, with setuptools as its build requirement."""

    def make(sdist: Path) -> BuildRequest:
        return BuildRequest(
            sdist=sdist,
            build_wheels=[build_wheel("setuptools")],
            toolchain=find_toolchain(),
            python=sys.executable,
            out=tmp_path / "out",
            work_root=short_directory,
            report=tmp_path / "report.json",
            debug_dir=tmp_path / "debug",
            bytecode_cache=bytecode_cache(),
        )

    return make


def pure_sdist(directory: Path, code: str = "", **files: str) -> Path:
    """Return an sdist whose setup.py runs `code` first."""
    content: dict[str, str | bytes] = {"setup.py": SETUP.format(code), "tiny.py": "", **files}
    return make_sdist(directory, content)


def refused(request: BuildRequest, error: type[ReprowheelError], match: str) -> ReprowheelError:
    """Build, expect the error, and check that nothing came out and nothing was left."""
    with pytest.raises(error, match=match) as caught:
        build_wheel(request)
    assert "\n" not in caught.value.message
    assert not request.out.exists() or not list(request.out.iterdir())
    assert request.work_root
    assert list(request.work_root.iterdir()) == []
    assert request.report
    assert not request.report.exists()
    return caught.value


def test_builds_at_all(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """Control for this file: the request is fine when the sdist is."""
    result = build_wheel(request_for(pure_sdist(tmp_path)))
    assert result.wheel.name == "tiny-1.0-py3-none-any.whl"


def test_back_end_that_fails(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """The last line it printed is in the message, with the lines before it below, and no path of the workspace."""
    sdist = pure_sdist(tmp_path, "import os; print('first clue')\nraise SystemExit('no ' + os.getcwd() + '/frobnicator')")
    error = refused(
        request_for(sdist),
        BuildError,
        r"tiny==1\.0: the build back end failed: no /reprowheel/src/tiny-1\.0/frobnicator$",
    )
    assert "first clue" in error.tip


def test_compiler_error(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """The message is what the compiler said, with file and line; what it lacks is told with the packages that bring it."""
    said = r"tiny==1\.0: the build back end failed: tiny\.c:1:2: error: #error not today$"
    error = refused(request_for(extension_sdist(tmp_path / "a", "#error not today\n")), BuildError, said)
    assert "tiny.c:1:2: error: #error not today" in error.tip
    said = r"tiny==1\.0: the build back end failed: tiny\.c:1:10: fatal error: systemd/none\.h: No such file or directory$"
    sdist = extension_sdist(tmp_path / "b", "#include <systemd/none.h>\n")
    error = refused(request_for(sdist), BuildError, said)
    assert error.tip.startswith("Install libsystemd-dev (Debian, Ubuntu) or systemd-devel (Fedora), and declare it: pip.over")
    assert "--host-header 'systemd/*' --host-library libsystemd.so.0; or take a wheel of tiny from the index" in error.tip


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ('["setuptools", "frobnicator>=2"]', r"requires frobnicator>=2 \(none is locked\)$"),
        ('["setuptools<1"]', r"requires setuptools<1 \(\d+\.\S+ is locked\)$"),
    ],
)
def test_requirement_that_is_not_locked(
    tmp_path: Path, request_for: Callable[[Path], BuildRequest], requires: str, message: str
) -> None:
    """What `build-system.requires` names must be there in that version."""
    pyproject = f'[build-system]\nrequires = {requires}\nbuild-backend = "setuptools.build_meta"\n'
    error = refused(request_for(pure_sdist(tmp_path, **{"pyproject.toml": pyproject})), BuildError, message)
    assert "reprowheel lock" in error.tip


def test_requirement_with_a_marker_that_is_false(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """A requirement for another platform is none."""
    requires = '["setuptools", "frobnicator; sys_platform == \'win32\'"]'
    pyproject = f'[build-system]\nrequires = {requires}\nbuild-backend = "setuptools.build_meta"\n'
    build_wheel(request_for(pure_sdist(tmp_path, **{"pyproject.toml": pyproject})))


def test_other_distribution(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """An archive that is not what the lock calls it is refused before anything runs."""
    request = request_for(pure_sdist(tmp_path, "raise SystemExit('ran')"))
    refused(replace(request, name="other"), FetchError, r"is tiny==1\.0; expected other==1\.0")
    refused(replace(request, version="2"), FetchError, r"is tiny==1\.0; expected tiny==2")


def test_back_end_that_builds_something_else(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """So is a wheel of another version than the archive said."""
    setup = "from setuptools import setup; setup(name='tiny', version='7', py_modules=['tiny'])"
    refused(request_for(make_sdist(tmp_path, {"setup.py": setup, "tiny.py": ""})), BuildError, "the back end built tiny==7")


def test_output_that_is_not_empty(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """The wheel is added to what is in the output directory; with `exclusive`, something there is an error before the build."""
    request = request_for(pure_sdist(tmp_path))
    request.out.mkdir()
    (request.out / "mine").touch()
    with pytest.raises(UsageError, match=r"^--out .*/out: is not empty; with --exclusive"):
        build_wheel(replace(request, exclusive=True))
    assert [path.name for path in request.out.iterdir()] == ["mine"]
    build_wheel(request)
    assert sorted(path.name for path in request.out.iterdir()) == ["mine", "tiny-1.0-py3-none-any.whl"]


LEAK = """\
import gzip, os
with gzip.open('tiny.gz', 'wb') as file: file.write(os.getcwd().encode())
"""


def test_leak_that_cannot_be_rewritten(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """The path in compressed package data: the member is named."""
    code = LEAK + "setup(name='tiny', version='1.0', packages=['p'], package_dir={'p': '.'}, package_data={'p': ['*.gz']})"
    refused(request_for(pure_sdist(tmp_path, code + "\nraise SystemExit")), RefusedError, r"p/tiny\.gz \(unpacked\)")


def test_undeclared_host_library(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """A library found by chance is named; declared, it is in the report."""
    setup = (
        "from setuptools import Extension, setup\nsetup(name='tiny', version='1.0', py_modules=[], ext_modules="
        "[Extension('tiny', ['tiny.c'], libraries=['lucky'], library_dirs=['.'])])\n"
    )
    compiled = subprocess.run(
        ["gcc", "-shared", "-Wl,-soname,liblucky.so.1", "-x", "c", "-", "-o", tmp_path / "liblucky.so"],
        input=b"int luck(void) { return 7; }",
        check=True,
    )
    assert compiled.returncode == 0
    library = (tmp_path / "liblucky.so").read_bytes()
    source = c_module("return PyLong_FromLong(luck());", head="int luck(void);")
    sdist = make_sdist(tmp_path, {"setup.py": setup, "tiny.c": source, "liblucky.so": library})
    refused(request_for(sdist), RefusedError, r"tiny.*\.so needs the host library liblucky\.so\.1, which is not declared")
    result = build_wheel(replace(request_for(sdist), host_libraries=["liblucky.so.1"]))
    assert result.report["host_libraries"] == ["liblucky.so.1"]


def test_stale_lock(tmp_path: Path, request_for: Callable[[Path], BuildRequest]) -> None:
    """A wheel that requires other than its lock recorded is refused; one that requires the same is built."""
    code = "setup(name='tiny', version='1.0', py_modules=['tiny'], install_requires=['six>=1']); raise SystemExit"
    request = request_for(pure_sdist(tmp_path, code))
    stale = ExpectedMetadata(requires_dist=("six>=2",), provides_extra=())
    refused(replace(request, expected=stale), RefusedError, "the build lock is stale")
    build_wheel(replace(request, expected=ExpectedMetadata(requires_dist=("six >= 1",), provides_extra=())))


@contextlib.contextmanager
def counting_server() -> Iterator[tuple[int, list[int]]]:
    """Listen on 127.0.0.1; yields the port and a list that grows by one with each connection."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    server.accept()[0].close()
                    seen.append(1)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], seen
        finally:
            stop.set()
            thread.join()


CONNECT = """\
import os, socket
with socket.create_server(('127.0.0.1', 0)) as own:  # a tool that talks to itself may do so
    socket.create_connection(own.getsockname(), timeout=5).close()
socket.create_connection(('127.0.0.1', int(os.environ['SERVER_PORT'])), timeout=5).close()
"""


def test_network_is_out_of_reach(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """A server on this machine's loopback is reached by a plain build and not by ours, which can talk to itself."""
    sdist = pure_sdist(tmp_path, CONNECT)
    wheel = build_wheel("setuptools")
    here = Conditions(cwd=tmp_path, work_root=short_directory)
    with counting_server() as (port, seen):
        plain = replace(here, env={"SERVER_PORT": str(port)})
        plain_build(sdist, unpack_requirements([wheel], tmp_path / "reqs"), tmp_path / "plain", plain)
        assert seen
        del seen[:]
        with pytest.raises(AssertionError, match="exit code 3\nERROR tiny==1.0: .*ConnectionRefusedError"):
            build(sdist, [wheel], tmp_path / "out", here, f"--env=SERVER_PORT={port}")
        assert seen == []
    assert not (tmp_path / "out").exists()
    only_itself = pure_sdist(tmp_path / "2", CONNECT.rpartition("socket.create_connection")[0])
    build(only_itself, [wheel], tmp_path / "out", here)


WANTS_NETWORK = {
    "everything is told": ("import urllib.request; urllib.request.urlopen('http://example.org:8080/x.c')", "example.org:8080"),
    "the address": ("import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)", "192.0.2.1:443"),
    "a socket of its own": (
        "import socket; socket.socket().connect_ex(('192.0.2.1', 80)) and exit('no luck')",
        "192.0.2.1:80",
    ),
    "the reason is swallowed": (
        (
            "import urllib.request\ntry:\n    urllib.request.urlopen('https://example.org/x')\nexcept Exception:\n"
            "    raise SystemExit('cannot get the sources') from None"
        ),
        "example.org:443",
    ),
    "another process": (
        (
            "import subprocess, sys\ncode = 'import socket; socket.getaddrinfo(\\'example.org\\', 80)'\n"
            "subprocess.run([sys.executable, '-c', code], stderr=subprocess.DEVNULL, check=False).returncode and exit('failed')"
        ),
        "example.org:80",
    ),
    "another program": ("print('curl: (6) Could not resolve host: example.org'); print('see above'); exit(1)", ""),
    "another one": ("print('git: Temporary failure in name resolution'); exit(1)", ""),
}


@pytest.mark.parametrize("case", WANTS_NETWORK)
def test_build_that_wants_the_network(tmp_path: Path, request_for: Callable[[Path], BuildRequest], case: str) -> None:
    """One line: the package, what failed, what it wanted to reach, that builds have no network; and what to do."""
    code, target = WANTS_NETWORK[case]
    error = refused(request_for(pure_sdist(tmp_path, code)), BuildError, r"^tiny==1\.0: the build back end failed: .*no network$")
    told = f"it tried to reach {target}, and builds have no network" if target else "builds have no network"
    assert error.message.endswith(f"; {told}")
    assert "Give the build what it fetches: a patch, a build requirement, native_deps" in error.tip
    if case == "the reason is swallowed":
        assert "failed: cannot get the sources; it tried" in error.message
    if case == "another program":
        assert "failed: curl: (6) Could not resolve host: example.org; builds" in error.message


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import socket; socket.getaddrinfo('localhost', 80); socket.socket(socket.AF_UNIX).connect('/nowhere')",
    ],
)
def test_talking_to_itself_is_no_network(tmp_path: Path, request_for: Callable[[Path], BuildRequest], code: str) -> None:
    """Control: a build that fails for another reason does not hear of the network; one that shrugs it off is built."""
    error = refused(request_for(pure_sdist(tmp_path, code)), BuildError, "the build back end failed")
    assert "network" not in error.message + error.tip.partition("\n")[0]
    shrugs = "import socket\ntry: socket.create_connection(('192.0.2.1', 443), timeout=5)\nexcept OSError: pass"
    assert build_wheel(request_for(pure_sdist(tmp_path / "shrugs", shrugs))).wheel.is_file()


def test_environment_is_made_from_nothing(tmp_path: Path, short_directory: Path, build_wheel: Callable[[str], Path]) -> None:
    """A variable of the caller is not seen by the build unless it is declared."""
    sdist = pure_sdist(tmp_path, "import os; open('tiny.py', 'w').write('seen = %r' % dict(os.environ))")
    secret = {"API_TOKEN": "hunter2", "PYTHONPATH_EXTRA": "x", "LD_LIBRARY_PATH": "/nowhere"}
    here = Conditions(cwd=tmp_path, work_root=short_directory, env=secret)
    built = build(sdist, [build_wheel("setuptools")], tmp_path / "out", here, "--env=DECLARED=yes")
    text = members(built.wheel)["tiny.py"].decode()
    assert "hunter2" not in text
    assert [name for name in (*secret, "PYTHONPATH") if f"'{name}'" in text] == []
    assert "'DECLARED': 'yes'" in text


@pytest.mark.parametrize(
    ("printed", "telling"),
    [
        (["x.c:3:10: fatal error: foo.h: No such file or directory", "compilation terminated.", "error: cc returned 1"], 0),
        (["/usr/bin/ld: cannot find -lfoo: No such file or directory", "collect2: error", "error: cc returned 1"], 0),
        (["Traceback", "ModuleNotFoundError: No module named 'numpy'", "while building"], 1),
        (["curl: (6) Could not resolve host: example.org", "make: *** [all] Error 6"], 0),
        (["first", "last", ""], 1),
    ],
)
def test_line_that_tells_the_cause(printed: list[str], telling: int) -> None:
    """What was not found is told in the error's one line, not that a command failed because of it."""
    assert cause(printed) == printed[telling]
    assert cause([]) == ""
