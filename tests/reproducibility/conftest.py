"""Fixtures of the catalogue: a simulated machine, copied interpreters, installed build requirements."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reproducibility.perturb import Scene
from reproducibility.running import install_requirements
from support.builds import copy_interpreter, make_wheel
from support.parallel import once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`machine.c`, compiled."""
    source = Path(__file__).with_name("machine.c")

    def compiled(folder: Path) -> None:
        command = ["gcc", "-O1", "-shared", "-fPIC", "-o", folder / "machine.so", source, "-ldl", "-pthread"]
        subprocess.run(command, check=True)

    return once(tmp_path_factory, "shim", compiled) / "machine.so"


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """A function from a name to a copy of the running interpreter that says it was configured for its place.

    The copy links extensions with `-rpath` to a directory beside it, as interpreters that were built with libraries in
    an unusual place do, and was tuned for one CPU.
    """

    @functools.cache
    def copy(name: str) -> str:
        def made(folder: Path) -> None:
            prefix = folder / f"{name}-prefix"
            executable = copy_interpreter(prefix, configured=True)
            _say_its_place(prefix, "native" if name == "two" else "generic")
            (folder / "executable").write_text(executable, encoding="utf-8")

        return (once(tmp_path_factory, f"interpreter-{name}", made) / "executable").read_text(encoding="utf-8")

    return copy


def _say_its_place(prefix: Path, cpu: str) -> None:
    """Edit an interpreter's build-time data: what it links has a place beside it, what it compiles is for one CPU."""
    for data in prefix.glob("lib/python3*/_sysconfigdata*.py"):
        space: dict[str, dict[str, object]] = {}
        exec(data.read_text(encoding="utf-8"), space)  # noqa: S102 - the interpreter's own file
        variables = space["build_time_vars"]
        for variable in ("LDSHARED", "LDCXXSHARED", "BLDSHARED"):
            variables[variable] = f"{variables[variable]} -Wl,-rpath,{prefix}-libraries"
        variables["CFLAGS"] = f"{variables['CFLAGS']} -mtune={cpu}"
        data.unlink()  # may be a link, or one file under two names
        data.write_text(f"build_time_vars = {variables!r}\n", encoding="utf-8")


@pytest.fixture(scope="session")
def requirement(build_wheel: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from the name of a build requirement to its wheel; `headers` is one made here, with a C header."""

    @functools.cache
    def find(name: str) -> Path:
        if name != "headers":
            return build_wheel(name)
        header = "static const char *header_place(void) { return __FILE__; }\n"
        module = "import os\ndef get_include():\n    return os.path.dirname(os.path.abspath(__file__))\n"
        files = {"headers/__init__.py": module, "headers/headers.h": header}
        return make_wheel(tmp_path_factory.mktemp("headers"), "headers", "1.0", files)

    return find


@pytest.fixture(scope="session")
def installed(requirement: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], Path]:
    """A function from names of build requirements to a directory in which pip installed them."""

    @functools.cache
    def install(names: Sequence[str]) -> Path:
        wheels = [requirement(name) for name in names]
        name = "-".join(["requirements", *names])
        return once(tmp_path_factory, name, lambda folder: install_requirements(wheels, folder) if wheels else None)

    return install


@pytest.fixture
def scene(tmp_path: Path, short_directory: Path, shim: Path, interpreter: Callable[[str], str]) -> Scene:
    """An empty directory and what perturbations are made of."""
    directory = tmp_path / "perturbation"
    directory.mkdir()
    return Scene(directory=directory, short=short_directory, shim=shim, interpreter=interpreter)
