"""Programs, libraries and headers of the host: what is not declared is told at once, and what is told can be pasted."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.builds import Conditions, c_module, helper, make_sdist
from support.local_index import clear_pip_configuration, toy_sdist
from support.lock_bench import Bench

from reprowheel.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Callable

BACK_END = """\
import os, pathlib, shutil, subprocess, sys, zipfile

{code}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    answer = ask()
    name = "tiny-1.0-{tag}.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("tiny.py", f"ANSWER = {{answer!r}}\\n")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: {tag}\\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return name
"""

IN_TREE = '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'

LOOKS = {
    "which": """
path = shutil.which("acme-config") or sys.exit("no acme")
return subprocess.check_output([path], text=True)
""",
    "list": """
return subprocess.check_output(["acme-config"], text=True)
""",
    "shell": """
return subprocess.check_output("acme-config", shell=True, text=True)
""",
    "by hand": """
paths = [os.path.join(folder, "acme-config") for folder in os.environ["PATH"].split(":")]
return subprocess.check_output([path for path in paths if os.path.exists(path)] or sys.exit("no acme"), text=True)
""",
    "exec": """
read, write = os.pipe()
if os.fork() == 0:
    os.dup2(write, 1)
    os.execvp("acme-config", ["acme-config"])
os.close(write)
return os.read(read, 99).decode() or sys.exit("no acme")
""",
    "make": """
pathlib.Path("Makefile").write_text("all:\\n\\t@acme-config\\n")
return subprocess.check_output(["make", "-s"], text=True)
""",
    "configure": """
search = "for p in $(echo $PATH | tr : ' '); do test -x $p/acme-config && exec $p/acme-config; done"
return subprocess.check_output(["sh", "-c", search + "; echo checking for acme-config... no >&2; exit 1"], text=True)
""",
}
"""Ways to look for a program."""


def asking(directory: Path, code: str, *, tag: str = "py3-none-any") -> Path:
    """Return an sdist with a back end that runs a program of the host."""
    text = BACK_END.format(code="def ask():\n" + textwrap.indent(code, "    "), tag=tag)
    return make_sdist(directory, {"pyproject.toml": IN_TREE, "back.py": text})


@pytest.fixture
def acme(tmp_path: Path) -> tuple[str, Conditions]:
    """A program that is on PATH of who builds, and in no folder of the system."""
    tool = tmp_path / "opt" / "bin" / "acme-config"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho of-the-host\n", encoding="utf-8")
    tool.chmod(0o755)
    return str(tool), Conditions(cwd=tool.parent, env={"PATH": f"{os.environ['PATH']}:{tool.parent}"})


def options(tip: str) -> list[str]:
    """Return the words of the command line that a tip names."""
    found = re.search(r" or (--host-.*?)(?:; or keep|\. The last|\.$)", tip, re.MULTILINE)
    assert found, tip
    return shlex.split(found[1])


@pytest.mark.parametrize("look", LOOKS)
def test_program_that_is_not_declared(tmp_path: Path, acme: tuple[str, Conditions], look: str) -> None:
    """However a build looks for it, the error names it, and the line to add; with that line the build finds it."""
    tool, here = acme
    sdist = asking(tmp_path, LOOKS[look])
    run = helper(["build", sdist, "--out", tmp_path / "out"], here)
    assert run.returncode == 3, run.stderr
    error, tip = run.stderr.splitlines()[:2]
    assert error.startswith("ERROR tiny==1.0: the build back end failed: ")
    assert f"; it looked for {tool}, which this host has and which is not declared" in error
    assert f'pip.override(hub_name = "pypi", name = "tiny", host_tools = ["{tool}"]), or --host-tool {tool}.' in tip
    report = tmp_path / "report.json"
    run = helper(["build", sdist, "--out", tmp_path / "out", "--report", report, *options(tip)], here)
    assert run.returncode == 0, run.stderr
    names = [entry["path"] for entry in json.loads(report.read_text(encoding="utf-8"))["host_tools"]]
    assert names == ["acme-config", "acme-config: sh"]


def test_program_that_nobody_has(tmp_path: Path) -> None:
    """It is not named: no declaration would help."""
    sdist = asking(tmp_path, LOOKS["which"])
    run = helper(["build", sdist, "--out", tmp_path / "out"])
    assert run.stderr.splitlines()[0] == "ERROR tiny==1.0: the build back end failed: no acme"


def test_build_that_goes_on_without(tmp_path: Path, acme: tuple[str, Conditions]) -> None:
    """A wheel for one platform without a compiled file is refused if a program was missing; a wheel for any platform is not."""
    tool, here = acme
    code = "return shutil.which('acme-config')"
    sdist = asking(tmp_path / "one", code, tag="cp311-cp311-linux_x86_64")
    run = helper(["build", sdist, "--out", tmp_path / "out"], here)
    assert run.returncode == 3
    message = "ERROR tiny==1.0: the build back end made a wheel for one platform without a compiled file; it looked for "
    assert run.stderr.splitlines()[0] == f"{message}{tool}, which this host has and which is not declared"
    assert helper(["build", sdist, "--out", tmp_path / "out", *options(run.stderr)], here).returncode == 0
    assert helper(["build", asking(tmp_path / "any", code), "--out", tmp_path / "any.out"], here).returncode == 0


SETUP = """\
from setuptools import Extension, setup
setup(name="tiny", version="1.0", py_modules=[],
      ext_modules=[Extension("tiny", ["tiny.c"], extra_link_args=["-Wl,--no-as-needed", "-lacme", "-lother"])])
"""


def test_everything_is_told_at_once(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """All libraries, headers and tools are in one line for MODULE.bazel and in one of options, which is enough."""
    host = tmp_path / "host"
    for name in ("include/acme", "include/plain", "lib"):
        (host / name).mkdir(parents=True)
    for name in ("acme/a.h", "acme/b.h", "plain/c.h"):
        (host / "include" / name).touch()
    for name in ("acme", "other"):
        command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", host / "lib" / f"lib{name}.so", f"-Wl,-soname,lib{name}.so.1"]
        subprocess.run(command, input=b"", check=True)
    source = c_module(head="#include <acme/a.h>\n#include <acme/b.h>\n#include <plain/c.h>")
    sdist = make_sdist(tmp_path, {"setup.py": SETUP, "tiny.c": source})
    arguments = ["build", sdist, "--build-wheel", build_wheel("setuptools"), "--out", tmp_path / "out", "--hub=mine"]
    arguments += [f"--env=CPATH={host}/include", f"--env=LIBRARY_PATH={host}/lib", "--host-tool=perl"]
    run = helper(arguments)
    assert run.returncode == 4, run.stderr
    error, tip = run.stderr.splitlines()[:2]
    assert error == (
        "ERROR tiny==1.0: the wheel needs the host libraries libacme.so.1, libother.so.1 and a compiler read the host headers "
        f"{host}/include/acme/a.h, {host}/include/acme/b.h, {host}/include/plain/c.h, which are not declared"
    )
    patterns = [f"{host}/include/acme/*", f"{host}/include/plain/*"]
    line = f'host_headers = {json.dumps(patterns)}, host_libraries = ["libacme.so.1", "libother.so.1"], host_tools = ["perl"])'
    assert f'pip.override(hub_name = "mine", name = "tiny", {line}, or --host-header ' in tip
    run = helper([*arguments, *options(tip)])
    assert run.returncode == 0, run.stderr


def test_first_error_tells_what_comes_later(
    tmp_path: Path, acme: tuple[str, Conditions], build_wheel: Callable[[str], Path]
) -> None:
    """A build that stops at a missing program takes headers, too: the one error declares both, and is enough."""
    tool, here = acme
    header = tmp_path / "host" / "chance.h"
    header.parent.mkdir()
    header.touch()
    flags = f'extra_link_args=[], include_dirs=[{str(header.parent)!r}] if shutil.which("acme-config") else sys.exit("no acme")'
    setup = SETUP.replace('extra_link_args=["-Wl,--no-as-needed", "-lacme", "-lother"]', flags)
    sdist = make_sdist(tmp_path, {"setup.py": "import shutil, sys\n" + setup, "tiny.c": c_module(head="#include <chance.h>")})
    arguments = ["build", sdist, "--build-wheel", build_wheel("setuptools"), "--out", tmp_path / "out"]
    run = helper([*arguments, f"--env=SEEN={header.parent}"], here)
    assert run.returncode == 3, run.stderr
    declared = f'host_headers = ["{header.parent}/*"], host_tools = ["{tool}"]), or '
    assert f'pip.override(hub_name = "pypi", name = "tiny", {declared}' in run.stderr.splitlines()[1]
    assert not (tmp_path / "out").exists()
    run = helper([*arguments, *options(run.stderr.splitlines()[1])], here)
    assert run.returncode == 0, run.stderr


def test_headers_of_a_tools_own_data(tmp_path: Path, build_wheel: Callable[[str], Path]) -> None:
    """They are no host headers if the tool is declared, as CMake's own are; else they are."""
    tool = tmp_path / "opt" / "bin" / "acme"
    data = tmp_path / "opt" / "share" / "acme-3.1" / "Modules"
    for folder in (tool.parent, data):
        folder.mkdir(parents=True)
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    (data / "CompilerABI.h").touch()
    setup = SETUP.replace(', extra_link_args=["-Wl,--no-as-needed", "-lacme", "-lother"]', f", include_dirs=[{str(data)!r}]")
    sdist = make_sdist(tmp_path, {"setup.py": setup, "tiny.c": c_module(head='#include "CompilerABI.h"')})
    arguments = ["build", sdist, "--build-wheel", build_wheel("setuptools"), "--out", tmp_path / "out"]
    run = helper([*arguments, f"--env=SEEN={data}"])
    assert f"a compiler read the host header {data}/CompilerABI.h, which is not declared" in run.stderr
    assert helper([*arguments, f"--host-tool={tool}"]).returncode == 0


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench with an sdist whose hook and build need perl."""
    clear_pip_configuration(monkeypatch)
    return Bench(tmp_path)


def test_lock_and_build_have_one_list(bench: Bench, tmp_path: Path) -> None:
    """What locking needed is declared once: the lock keeps it, for itself and for the build. Others do not get it."""
    check = "os.system('perl -e 1') and sys.exit('perl is needed')"
    requirements = bench.write(
        toy_sdist(bench.files, "foo", checks=[check]), plain := toy_sdist(bench.files, "bar", checks=["shutil.which('perl')"])
    )
    with pytest.raises(LockError, match="; it looked for perl, which this host has and which is not declared") as caught:
        bench.run(requirements)
    words = re.match(r"If it needs it: (.*) here, or host_tools = \[\"perl\"\] in pip\.override or ", caught.value.tip)
    assert words, caught.value.tip
    content = bench.lock(requirements, *shlex.split(words[1]))
    assert content["sdists"]["foo==1.0"]["host_tools"] == ["perl"]
    assert "host_tools" not in content["sdists"]["bar==1.0"]
    assert bench.lock(requirements) == content, "what is locked needs no option"
    (sdist,) = bench.files.glob("foo-*.tar.gz")
    for archive, told in ((sdist, ["perl"]), (plain, [])):
        report = tmp_path / f"{archive.name}.json"
        run = helper(
            ["build", archive, "--build-lock", bench.out, "--out", tmp_path / f"{archive.name}.out", "--report", report],
            Conditions(cwd=tmp_path, env={"PIP_INDEX_URL": (bench.root / "index").as_uri(), "XDG_CACHE_HOME": str(tmp_path)}),
        )
        assert run.returncode == 0, run.stderr
        found = json.loads(report.read_text(encoding="utf-8"))["host_tools"]
        assert [entry["path"] for entry in found if ": " not in entry["path"]] == told
