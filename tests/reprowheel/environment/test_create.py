"""The build environment: what was locked is in it, nothing else is, and its variables come from nowhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import make_wheel

from reprowheel.environment.create import BuildEnvironment, create_environment
from reprowheel.environment.interpreter import probe
from reprowheel.errors import BuildError, UsageError
from reprowheel.files import RealTimes, file_sha256
from reprowheel.workspace import Workspace, create_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EPOCH = 1_500_000_000


@pytest.fixture
def workspace(short_directory: Path) -> Iterator[Workspace]:
    """An empty workspace."""
    with create_workspace(short_directory) as made:
        yield made


@pytest.fixture
def make(workspace: Workspace) -> Callable[..., BuildEnvironment]:
    """A function that makes the environment of some wheels."""

    def create(*wheels: Path, extra: Mapping[str, str] | None = None) -> BuildEnvironment:
        return create_environment(workspace, probe(sys.executable), wheels, times=RealTimes(epoch=EPOCH), extra=extra or {})

    return create


def run(environment: BuildEnvironment, code: str, *options: str) -> str:
    """Run Python code in the environment and return what it printed."""
    done = subprocess.run(
        [environment.python, *options, "-c", code],
        env=dict(environment.variables),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_holds_what_was_given(tmp_path: Path, workspace: Workspace, make: Callable[..., BuildEnvironment]) -> None:
    """The distributions in it are those of the wheels, by `importlib.metadata`; the digests are the files'."""
    wheels = [make_wheel(tmp_path, name, "1.5", {f"{name}.py": "x = 1"}) for name in ("zeta", "alpha")]
    environment = make(*wheels)
    code = "import importlib.metadata as m; print(sorted((d.name, d.version) for d in m.distributions()))"
    assert run(environment, code) == "[('alpha', '1.5'), ('zeta', '1.5')]"
    assert run(environment, "import alpha, sys; print(alpha.x, sys.prefix)") == f"1 {workspace.root}/env"
    assert [(r.name, r.version, r.sha256) for r in environment.requirements] == [
        ("alpha", "1.5", file_sha256(wheels[1])),
        ("zeta", "1.5", file_sha256(wheels[0])),
    ]


def test_holds_nothing_else(make: Callable[..., BuildEnvironment]) -> None:
    """Without wheels there is no distribution, though the tests' own interpreter has many (control)."""
    code = "import importlib.metadata as m; print(len(list(m.distributions())))"
    here = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert int(here) > 3
    environment = make()
    for options in ((), ("-I",), ("-s",), ("-E",)):
        assert run(environment, code, *options) == "0"


def test_every_kind_of_file(tmp_path: Path, workspace: Workspace, make: Callable[..., BuildEnvironment]) -> None:
    """Scripts run with the environment's interpreter; headers and data are where a venv has them."""
    files = {
        "tool.py": "import sys\ndef main(): print('from', sys.prefix)\n",
        "tool-1.0.data/scripts/raw": "#!python\nimport tool; tool.main()\n",
        "tool-1.0.data/headers/tool.h": "int tool;\n",
        "tool-1.0.data/data/share/tool.txt": "data",
        "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\nentry = tool:main\n",
    }
    environment = make(make_wheel(tmp_path, "tool", "1.0", files))
    for script in ("raw", "entry"):
        done = subprocess.run([script], env=dict(environment.variables), check=True, capture_output=True, text=True)
        assert done.stdout == f"from {workspace.root}/env\n"
    assert (workspace.root / "env" / "share" / "tool.txt").is_file()
    assert list((workspace.root / "env" / "include").rglob("tool.h"))


def test_real_back_end_is_usable(make: Callable[..., BuildEnvironment], build_wheel: Callable[[str], Path]) -> None:
    """setuptools imports and finds the compiler by its neutral name."""
    environment = make(build_wheel("setuptools"))
    code = (
        "from setuptools._distutils.ccompiler import new_compiler; from setuptools._distutils.sysconfig import"
        " customize_compiler as c; n = new_compiler(); c(n); print(n.compiler[0], n.linker_so[0])"
    )
    assert run(environment, code) == "cc cc"


def test_two_of_one_distribution(tmp_path: Path, make: Callable[..., BuildEnvironment]) -> None:
    """Names are compared normalized; the message has both versions."""
    wheels = [make_wheel(tmp_path, "Foo_Bar", "1.0", {}), make_wheel(tmp_path, "foo_bar", "2.0", {})]
    with pytest.raises(UsageError, match=r"foo-bar is given twice: 1\.0 and 2\.0"):
        make(*wheels)


def test_wheel_with_a_wrong_name(tmp_path: Path, make: Callable[..., BuildEnvironment]) -> None:
    """What is not called like a wheel is an error of use."""
    path = tmp_path / "setuptools.whl"
    path.touch()
    with pytest.raises(UsageError, match="build requirement .*setuptools.whl"):
        make(path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_damaged_wheel(tmp_path: Path, make: Callable[..., BuildEnvironment], content: bytes) -> None:
    """The message names the wheel."""
    path = tmp_path / "foo-1.0-py3-none-any.whl"
    path.write_bytes(content)
    with pytest.raises(BuildError, match=r"build requirement foo-1\.0-py3-none-any\.whl cannot be installed"):
        make(path)


def test_variables(workspace: Workspace, make: Callable[..., BuildEnvironment], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's environment is in it; every path in it is in the workspace or the system's."""
    for name in ("CFLAGS", "PYTHONPATH", "LD_LIBRARY_PATH", "PIP_INDEX_URL", "MAKEFLAGS", "SECRET", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "of the caller")
    monkeypatch.setenv("HOME", "/home/of/the/caller")
    variables = make(extra={"ADDED": "yes", "SHELL": "/bin/other"}).variables
    assert "caller" not in json.dumps(dict(variables))
    assert (variables["ADDED"], variables["SHELL"]) == ("yes", "/bin/other")
    assert variables["SOURCE_DATE_EPOCH"] == variables["QT_RCC_SOURCE_DATE_OVERRIDE"] == str(EPOCH)
    assert (variables["PYTHONHASHSEED"], variables["TZ"], variables["LC_ALL"]) == ("0", "UTC", "C.UTF-8")
    paths = [path for value in variables.values() for path in value.split(":") if path.startswith("/")]
    system = {"/usr/local/bin", "/usr/bin", "/bin", os.devnull, "/bin/other", str(workspace.root)}
    assert [path for path in paths if path not in system and not path.startswith(f"{workspace.root}/")] == []
    assert list(Path(variables["HOME"]).iterdir()) == []


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_no_repository_around_the_workspace(workspace: Workspace, make: Callable[..., BuildEnvironment]) -> None:
    """Back ends that take versions and lists of files from git find none, though there is one around (control)."""
    around, git = workspace.root.parent, shutil.which("git") or ""
    subprocess.run([git, "init", "-q", around], check=True)
    source = workspace.directory("src")
    for variables, found in (({"PATH": os.environ["PATH"], "HOME": "/nowhere"}, True), (make().variables, False)):
        run = subprocess.run(
            [git, "rev-parse", "--show-toplevel"], cwd=source, env=dict(variables), check=False, capture_output=True
        )
        assert (run.returncode == 0) == found, run


def test_wrappers_come_first_on_path(workspace: Workspace, make: Callable[..., BuildEnvironment]) -> None:
    """`cc` is the wrapper before it is anything else, `python` the environment's."""
    assert make().variables["PATH"].split(":")[:2] == [f"{workspace.root}/tools", f"{workspace.root}/env/bin"]
