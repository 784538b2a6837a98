"""The interpreter as a build sees it: no trace of where the real one is, and still an interpreter that builds."""

from __future__ import annotations

import json
import os
import py_compile
import re
import shlex
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.builds import (
    Conditions,
    build,
    c_module,
    copy_interpreter,
    differing,
    extension_sdist,
    members,
    plain_build,
    unpack_requirements,
)

from reprowheel.environment.interpreter import Interpreter, make_view, probe
from reprowheel.errors import BuildError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ASK = """\
import json, os, sys, sysconfig
import encodings
print(json.dumps({
    "prefix": sys.prefix, "base_prefix": sys.base_prefix, "exec_prefix": sys.exec_prefix, "path": sys.path,
    "executable": sys.executable, "os": os.__file__, "paths": sysconfig.get_paths(),
    "vars": {k: v for k, v in sysconfig.get_config_vars().items() if isinstance(v, str)},
    "makefile": sysconfig.get_makefile_filename(), "config_h": sysconfig.get_config_h_filename(),
    "platform": sysconfig.get_platform(), "version": sys.version, "header": os.path.isfile(
        sysconfig.get_path("include") + "/Python.h"),
}))
"""


def ask(executable: str | Path, *options: str) -> dict[str, Any]:
    """Return what an interpreter says of itself."""
    run = subprocess.run(
        [executable, *options, "-c", _ASK], check=True, capture_output=True, text=True, env={"PATH": os.defpath}
    )
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    """The running interpreter."""
    return probe(sys.executable)


@pytest.fixture(scope="module")
def view(interpreter: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A view of it; returns the executable in it."""
    return make_view(interpreter, tmp_path_factory.mktemp("view") / "python", neutral="")


def strings(value: object) -> Iterator[str]:
    """Yield all strings in nested lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def test_probe_finds_the_base_interpreter(interpreter: Interpreter) -> None:
    """The tests run in a virtual environment; what is found is the interpreter below it, as that one says."""
    assert sys.prefix != sys.base_prefix, "run the tests in a virtual environment"
    assert interpreter.prefix == sys.base_prefix
    assert interpreter.version == sys.version.split()[0].rstrip("+")
    assert interpreter.soabi == sysconfig.get_config_var("SOABI")
    assert ask(interpreter.executable)["prefix"] == sys.base_prefix


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("exit 1", "it is no Python, or it fails: it ends with code 1"),
        ("echo boom >&2; exit 3", "boom"),
        ("echo hello", "it is no Python: it does not answer as one"),
        ("echo '{}'", "missing"),
        (None, "No such file"),
    ],
)
def test_probe_refuses_what_is_no_interpreter(tmp_path: Path, content: str | None, detail: str) -> None:
    """A program that does not answer is wrong use; the error says what it printed."""
    program = tmp_path / "python3"
    if content is not None:
        program.write_text(f"#!/bin/sh\n{content}\n", encoding="utf-8")
        program.chmod(0o755)
    with pytest.raises(UsageError, match=rf"interpreter {re.escape(os.fspath(program))} cannot be used: .*{detail}"):
        probe(os.fspath(program))


@pytest.mark.parametrize("options", [(), ("-I",), ("-S",), ("-I", "-S")], ids=" ".join)
def test_view_is_at_its_own_place(view: Path, interpreter: Interpreter, options: tuple[str, ...]) -> None:
    """Prefix, standard library, header paths: all in the view, however the interpreter is started."""
    answer = ask(view, *options)
    root = os.fspath(view.parent.parent)
    assert answer["prefix"] == answer["base_prefix"] == answer["exec_prefix"] == root
    assert os.path.dirname(answer["os"]) == f"{root}/lib/{Path(interpreter.stdlib).name}"
    assert answer["paths"]["include"].startswith(f"{root}/include/")
    assert answer["header"]
    assert all(entry.startswith(root) for entry in answer["path"] if entry)


def test_view_keeps_what_defines_the_interpreter(view: Path, interpreter: Interpreter) -> None:
    """Version, platform, ABI and suffixes are the real interpreter's."""
    ours, real = ask(view), ask(interpreter.executable)
    for key in ("version", "platform"):
        assert ours[key] == real[key]
    for key in ("SOABI", "EXT_SUFFIX", "VERSION", "OPT", "CCSHARED", "SHLIB_SUFFIX", "MULTIARCH"):
        assert ours["vars"].get(key) == real["vars"].get(key), key


def test_nothing_says_where_the_real_one_is(view: Path, interpreter: Interpreter) -> None:
    """No variable, no path of `sysconfig` and `sys` has the real prefix; the real interpreter's do (control)."""
    alone = re.compile(rf"(?<![\w/-]){re.escape(interpreter.prefix)}(?=$|[/:\s'\"])")
    if interpreter.prefix == "/usr":  # the system's libraries are below it, too: only the interpreter's own count
        alone = re.compile(r"/usr/(?:bin/python|include/python|lib/python|share/python)")
    assert any(alone.search(text) for text in strings(ask(interpreter.executable)))
    assert [text for text in strings(ask(view)) if alone.search(text)] == []


def test_nothing_of_the_interpreters_own_build(view: Path) -> None:
    """No run path, no CPU, no prefix map, no directory in which the interpreter was compiled."""
    variables = ask(view)["vars"]
    real = sysconfig.get_config_vars()
    assert not [key for key, text in variables.items() if re.search(r"-rpath|-m(arch|tune|cpu)=|-prefix-map=", text)]
    for name in ("abs_builddir", "abs_srcdir"):
        place = str(real.get(name) or "")
        if place.startswith("/"):
            assert not [key for key, text in variables.items() if place in text]


def test_compilers_are_names(view: Path) -> None:
    """Tools have no path and no triplet, so the build finds its wrappers on PATH."""
    variables = ask(view)["vars"]
    found = {name: shlex.split(variables[name])[0] for name in ("CC", "CXX", "LDSHARED", "LDCXXSHARED", "AR")}
    assert found == {"CC": "cc", "CXX": "c++", "LDSHARED": "cc", "LDCXXSHARED": "c++", "AR": "ar"}
    assert "-shared" in shlex.split(variables["LDSHARED"])


def splits(text: str) -> bool:
    """Whether a shell could split the text."""
    try:
        shlex.split(text)
    except ValueError:
        return False
    return True


def test_quotes_stay_balanced(view: Path) -> None:
    """What a shell could split before it can split after flags were taken out."""
    real = ask(sys.executable)["vars"]
    ours = ask(view)["vars"]
    assert [key for key, text in ours.items() if key in real and splits(real[key]) and not splits(text)] == []
    assert shlex.split(ours["CONFIG_ARGS"])


FLAGS = """\
build_time_vars = {
    'CC': 'x86_64-linux-gnu-gcc -pthread', 'CXX': '/opt/tc/bin/g++ -pthread', 'AR': '/opt/tc/bin/ar',
    'LDSHARED': "gcc -shared -L/old/prefix/lib -Wl,-rpath,/old/prefix/lib '-Wl,-rpath=/x' -Wl,-z,relro",
    'CFLAGS': '-O2 -march=haswell -mtune=native -ffile-prefix-map=/build=. -specs=/x/y -g -m64',
    'CONFIG_ARGS': "'--prefix=/old/prefix' 'CFLAGS=-march=native' 'LDFLAGS=-Wl,-rpath,/old/prefix/lib'",
    'prefix': '/old/prefix', 'OTHER': '/old/prefixes/x:/old/prefix/y', 'LIBPL': '/old/prefix/lib/config-3',
    'DOT': './old/prefix/lib', 'JOINED': '-I/old/prefix/include', 'NUMBER': 7, 'abs_builddir': '/tmp/cpython-77',
    'RUN': 'LD_LIBRARY_PATH=/tmp/cpython-77 ./python',
}
"""


def test_flags_one_by_one(interpreter: Interpreter, tmp_path: Path) -> None:
    """From data with everything in it goes what is the machine's, and stays what is the package's."""
    stdlib = tmp_path / "real" / Path(interpreter.stdlib).name
    stdlib.mkdir(parents=True)
    for entry in os.listdir(interpreter.stdlib):
        if not entry.startswith("_sysconfigdata"):
            (stdlib / entry).symlink_to(Path(interpreter.stdlib, entry))
    (stdlib / f"{interpreter.data_name}.py").write_text(FLAGS, encoding="utf-8")
    view = make_view(replace(interpreter, stdlib=os.fspath(stdlib)), tmp_path / "python", neutral="")
    at = os.fspath(tmp_path / "python")
    code = f"import json; d = __import__({interpreter.data_name!r}); print(json.dumps(d.build_time_vars))"
    found = json.loads(subprocess.run([view, "-c", code], check=True, capture_output=True, text=True).stdout)
    assert (found["CC"], found["CXX"], found["AR"]) == ("cc -pthread", "c++ -pthread", "ar")
    assert shlex.split(found["LDSHARED"]) == ["cc", "-shared", f"-L{at}/lib", "", "-Wl,-z,relro"]
    assert found["CFLAGS"].split() == ["-O2", "-g", "-m64"]
    assert shlex.split(found["CONFIG_ARGS"]) == [f"--prefix={at}", "CFLAGS=", "LDFLAGS="]
    assert (found["prefix"], found["OTHER"]) == (at, f"/old/prefixes/x:{at}/y")
    assert (found["DOT"], found["JOINED"], found["NUMBER"]) == (f".{at}/lib", f"-I{at}/include", 7)
    assert (found["abs_builddir"], found["RUN"]) == (at, f"LD_LIBRARY_PATH={at} ./python")


def test_neutral_module_is_loaded(interpreter: Interpreter, tmp_path: Path) -> None:
    """`sitecustomize` is ours, with and without `-I`."""
    view = make_view(interpreter, tmp_path / "python", neutral="import builtins; builtins.loaded = 'ours'\n")
    for options in ([], ["-I"], ["-E", "-s"]):
        run = subprocess.run([view, *options, "-c", "print(loaded)"], capture_output=True, text=True, check=False)
        assert run.stdout.strip() == "ours", run.stderr


def test_unchecked_bytecode_does_not_replace_our_modules(interpreter: Interpreter, tmp_path: Path) -> None:
    """A distribution may ship bytecode that is not compared with its source: that of `sitecustomize` is not taken."""
    stdlib = tmp_path / "real" / Path(interpreter.stdlib).name
    (stdlib / "__pycache__").mkdir(parents=True)
    for entry in os.listdir(interpreter.stdlib):
        if entry not in ("__pycache__", "sitecustomize.py", "bisect.py"):
            (stdlib / entry).symlink_to(Path(interpreter.stdlib, entry))
    for name, text in (("sitecustomize", "raise SystemExit('theirs')"), ("bisect", "where = 'bytecode'")):
        (stdlib / f"{name}.py").write_text(text, encoding="utf-8")
        py_compile.compile(
            str(stdlib / f"{name}.py"), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
    (stdlib / "bisect.py").write_text("where = 'source'", encoding="utf-8")
    view = make_view(replace(interpreter, stdlib=os.fspath(stdlib)), tmp_path / "python", neutral="ours = 1")
    code = "import bisect, sitecustomize; print(sitecustomize.ours, bisect.where)"
    run = subprocess.run([view, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "1 bytecode"
    assert (stdlib / "sitecustomize.py").read_text(encoding="utf-8") == "raise SystemExit('theirs')", (
        "the real one is not written to"
    )


def test_same_modules(view: Path, interpreter: Interpreter) -> None:
    """Whoever lists the modules of the standard library, or of its package `encodings`, finds those of the real interpreter."""
    code = (
        "import encodings, os, pkgutil, encodings.idna, encodings.cp1140; stdlib = [os.path.dirname(os.__file__)]\n"
        "own = ('_sysconfigdata', '_sysconfig_vars', 'sitecustomize')\n"
        "found = [m.name for path in (stdlib, encodings.__path__) for m in pkgutil.iter_modules(path)]\n"
        "print(sorted(name for name in found if not name.startswith(own)))"
    )
    pythons = (view, interpreter.executable)
    runs = [subprocess.run([python, "-c", code], capture_output=True, text=True, check=True) for python in pythons]
    assert runs[0].stdout == runs[1].stdout
    assert "'idna'" in runs[0].stdout


def test_no_site_packages(view: Path, interpreter: Interpreter) -> None:
    """What is installed in the real interpreter is not there."""
    code = "import importlib.util as u; print([m for m in ('pip', 'setuptools', 'pytest', 'build') if u.find_spec(m)])"
    run = subprocess.run([view, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    stdlib = view.parent.parent / "lib" / Path(interpreter.stdlib).name
    assert not list((stdlib / "site-packages").iterdir())


def test_without_headers(interpreter: Interpreter, tmp_path: Path) -> None:
    """An interpreter without headers cannot build extensions; the message says where they were looked for."""
    bare = replace(interpreter, include=os.fspath(tmp_path), platinclude=os.fspath(tmp_path))
    with pytest.raises(BuildError, match=rf"no C headers in {re.escape(os.fspath(tmp_path))}") as caught:
        make_view(bare, tmp_path / "python", neutral="")
    assert "development package" in caught.value.tip


RECORDS = """\
import os, sys, sysconfig
from setuptools import Extension, setup
from setuptools.command.build_py import build_py
facts = {k: v for k, v in sysconfig.get_config_vars().items()}
facts.update(paths=sysconfig.get_paths(), prefix=(sys.prefix, sys.base_prefix, sys.exec_prefix), os=os.__file__)
with open("tiny_facts.py", "w") as file:
    file.write("facts = %r" % sorted(facts.items(), key=str))
setup(name="tiny", version="1.0", py_modules=["tiny_facts"], ext_modules=[Extension("tiny", ["tiny.c"])])
"""


def test_moving_the_interpreter_changes_nothing(
    short_directory: Path, tmp_path: Path, build_wheel: Callable[[str], Path]
) -> None:
    """The wheel and the debug file are the same from a second installation elsewhere; plain builds differ (control)."""
    moved = copy_interpreter(tmp_path / "somewhere-else", configured=True)
    copied = copy_interpreter(tmp_path / "a", configured=False)
    assert len({sys.base_prefix, ask(moved)["prefix"], ask(copied)["prefix"]}) == 3
    head = "static const char *header = __FILE__;"
    source = c_module("assert(header != NULL); return PyUnicode_FromString(Py_GetVersion());", head=head)
    sdist = extension_sdist(tmp_path, source, setup=RECORDS)
    conditions, wheel = Conditions(cwd=tmp_path, work_root=short_directory), build_wheel("setuptools")
    here = build(sdist, [wheel], tmp_path / "here", conditions)
    for number, python in enumerate((moved, copied)):
        there = build(sdist, [wheel], tmp_path / f"there{number}", conditions, python=python)
        assert differing(here.members(), there.members()) == []
        assert here.wheel.read_bytes() == there.wheel.read_bytes()
        assert here.debug_files() == there.debug_files() != {}
        assert here.report_bytes == there.report_bytes

    requirements = unpack_requirements([wheel], tmp_path / "requirements")
    plain = [
        members(plain_build(sdist, requirements, tmp_path / "plain" / name, conditions, python=python))
        for name, python in (("here", sys.executable), ("there", moved))
    ]
    assert "tiny_facts.py" in differing(*plain)
