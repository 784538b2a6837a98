"""What a difference says is read from command lines, and from files that are at hand; a file of another build is not taken."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from execlog.analysis import Analysis
from execlog.cli import main
from execlog.explain.contents import Contents
from execlog.explain.fingerprint import compare_fingerprints
from execlog.explain.request import SETTINGS
from execlog.explain.toolchain import compare_toolchains
from execlog.model import Store
from execlog.names import Names
from execlog.read import read_log
from support.execution_logs import BIN, Made, write_log

ROOT = Path(__file__).resolve().parents[2]
SPOKE = BIN + "external/rules_reprowheel++pip+pypi_foo_1_0/"
GCC = {"cc": "/usr/bin/gcc", "cxx": "/usr/bin/g++"}


def build(*options: str, name: str = "foo", facts: dict[str, Any] | None = None, params: str = "", **files: str) -> Made:
    """Return an action as `sdist_wheel` declares it; `files`: suffix of an input → content."""
    folder = SPOKE.replace("foo", name)
    given = [f"@{folder}whl-0.params"] if params else [f"external/{name}.tar.gz", f"--name={name}", "--hub=pypi", *options]
    told = ["--facts", json.dumps(facts)] if facts else []
    inputs = {f"{folder}whl.{suffix}.json": text for suffix, text in files.items()}
    inputs |= {f"{folder}whl-0.params": params} if params else {}
    label = f"@@rules_reprowheel++pip+pypi_{name}_1_0//:whl"
    args = ["/usr/bin/python3", "reprowheel_launch.py", *told, "--", "build", *given]
    return Made(label, inputs, {f"{folder}whl.dist": "".join(inputs.values()) + "".join(options)}, "ReprowheelBuild", args=args)


def analyse(tmp_path: Path, left: list[Made], right: list[Made], *contents: Path) -> Analysis:
    """Write two logs and compare them."""
    store = Store()
    logs = [read_log(write_log(tmp_path / side, spawns), store) for side, spawns in (("a", left), ("b", right))]
    return Analysis(logs[0], logs[1], store, Contents([str(folder) for folder in contents]))


def told(found: Analysis) -> list[tuple[str, str, str | None, str | None]]:
    """Return kind, subject and both sides of each root cause."""
    return [(r.kind, r.subject, r.left, r.right) for r in (found.roots[n] for n in found.ordered())]


def keep(folder: Path, *texts: str) -> Path:
    """Write texts into a disk cache and return it."""
    for text in texts:
        name = hashlib.sha256(text.encode()).hexdigest()
        (folder / "cas" / name[:2]).mkdir(parents=True, exist_ok=True)
        (folder / "cas" / name[:2] / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"c_flags": ["-a"]}, {"c_flags": ["-a", "-O1"]}, ["-O1 added to C flags"]),
        ({"c_flags": ["-O1"], "cxx_flags": ["-O1"]}, {}, ["-O1 removed from C and C++ flags"]),
        ({"c_flags": ["-a", "-O1"]}, {"c_flags": ["-a", "-O2"]}, ["-O1 → -O2 in C flags"]),
        ({"cxx_flags": ["-a", "-b", "-c"]}, {"cxx_flags": ["-b", "-c", "-a"]}, ["-a at another place among C++ flags"]),
        ({"c_flags": []}, {"c_flags": ["-g", "-isystem", "x y"]}, ["-g added to C flags", "-isystem x y added to C flags"]),
        ({"env": {"A": "1"}}, {"env": {"A": "2"}}, ["variable A"]),
        ({"tools": {"ar": "/a"}}, {"tools": {"ar": "/b"}}, ["tool ar"]),
        ({"glibc": "2.28"}, {"glibc": "2.34"}, ["glibc"]),
        ({"tools": GCC, "c_flags": ["-a"]}, {"tools": GCC | {"cc": "/x/gcc"}, "c_flags": ["-b"]}, ["C/C++ compiler"]),
        ({"tools": GCC, "c_flags": ["-a"]}, {"tools": GCC, "c_flags": ["-a"]}, []),
    ],
)
def test_toolchains(left: dict[str, Any], right: dict[str, Any], expected: list[str]) -> None:
    """Each changed flag or field is named; another compiler is one fact with its flags beside it."""
    facts = compare_toolchains(left, right)
    assert [fact.subject for fact in facts] == expected
    assert [bool(fact.also) for fact in facts] == [subject == "C/C++ compiler" for subject in expected]


def answer(text: str, *argv: str) -> list[dict[str, Any]]:
    """Return what a fingerprint has of a command."""
    return [{"argv": list(argv or ["--version"]), "stdout": text}]


HEADER = ("-c", "find", "sh", "/usr/include", "-path", "*/yaml.h")
A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (
            {"/bin/gcc": answer("gcc (Debian 14.2.0-1) 14.2.0\nC"), "/bin/g++": answer("g++ (Debian 14.2.0-1) 14.2.0\nC")},
            {"/bin/gcc": answer("gcc (Debian 15.1.0-1) 15.1.0\nC"), "/bin/g++": answer("g++ (Debian 15.1.0-1) 15.1.0\nC")},
            [("compiler", "/bin/g++, /bin/gcc", "14.2.0", "15.1.0")],
        ),
        (
            {"/bin/ld": answer("GNU ld (Binutils) 2.40"), "/bin/gcc": answer("gcc 14.2.0")},
            {"/bin/ld": answer("GNU ld (Binutils) 2.41"), "/bin/gcc": answer("gcc 15.1.0")},
            [("compiler", "/bin/gcc", "14.2.0", "15.1.0"), ("tool", "/bin/ld", "2.40", "2.41")],
        ),
        (
            {"/bin/sh": answer(f"{A}  /usr/include/yaml.h\n", *HEADER)},
            {"/bin/sh": answer(f"{B}  /usr/include/yaml.h\n", *HEADER)},
            [("header", "/usr/include/yaml.h", A[:12], B[:12])],
        ),
        ({}, {"/bin/sh": answer(f"{B}  /i/y.h", *HEADER)}, [("header", "/i/y.h", None, B[:12])]),
        (
            {"/bin/sha256sum": answer(f"{A}  /lib/libyaml.so", "/lib/libyaml.so")},
            {"/bin/sha256sum": answer(f"{B}  /lib/libyaml.so", "/lib/libyaml.so")},
            [("library", "/lib/libyaml.so", A[:12], B[:12])],
        ),
        (
            {"/bin/python3": answer('{"implementation_version": "3.14.1"}', "-c", "x")},
            {"/bin/python3": answer('{"implementation_version": "3.14.2"}', "-c", "x")},
            [("python", "/bin/python3", "3.14.1", "3.14.2")],
        ),
        (
            {"/bin/cc": [*answer("cc 1.0"), *answer("a\nold\n", "-dumpspecs")]},
            {"/bin/cc": [*answer("cc 1.0"), *answer("a\nnew\n", "-dumpspecs")]},
            [("compiler", "/bin/cc", "1.0, answers -dumpspecs: old", "1.0, answers -dumpspecs: new")],
        ),
        ({"/bin/as": answer("as 1.0 #12")}, {"/bin/as": answer("as 1.1 #-13")}, [("tool", "/bin/as", "1.0", "1.1")]),
        ({"/bin/as": answer("as 1.0")}, {"/bin/as": answer("as 1.0")}, []),
    ],
)
def test_fingerprints(left: dict[str, Any], right: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    """Programs by version, those of one package together; headers and libraries by path; the first line that differs."""
    assert [(f.kind, f.subject, f.left, f.right) for f in compare_fingerprints(left, right)] == expected


PLACES = ["cas/{0:.2}/{0}", "{0:.2}/{0}", "cas/{0}", "cas.v2/{0:.2}/{0}-{1}-77", "execroot/_main/{2}", "{2}"]


@pytest.mark.parametrize("where", PLACES)
def test_contents(tmp_path: Path, where: str) -> None:
    """A file is found in each layout of caches and output bases; another file at its path, of the same size, is not taken."""
    name, path = hashlib.sha256(b"text").hexdigest(), "bazel-out/x/bin/f.json"
    place = tmp_path / where.format(name, 4, path)
    place.parent.mkdir(parents=True)
    place.write_text("text", encoding="utf-8")
    assert Contents([str(tmp_path)]).text(f"{name}/4", path) == "text"
    assert Contents([str(tmp_path)]).text(f"{name}/5", path) is None
    if "{2}" in where:
        place.write_text("texT", encoding="utf-8")
        assert Contents([str(tmp_path)]).text(f"{name}/4", path) is None


def test_toolchain_in_a_cache(tmp_path: Path) -> None:
    """The toolchain of many packages is one root cause: the flag, if a cache has both files; else the file, with what to pass."""
    old, new = (json.dumps({"c_flags": flags, "tools": GCC}) for flags in (["-a"], ["-a", "-O1"]))
    left, right = ([build(name=name, toolchain=text) for name in ("foo", "bar", "baz")] for text in (old, new))
    found = analyse(tmp_path, left, right, keep(tmp_path / "disk", old, new))
    assert told(found) == [("flag", "-O1 added to C flags", None, "-O1")]
    assert (found.roots[0].spawns, found.roots[0].alone) == (3, 3)
    (root,) = analyse(tmp_path, left, right, keep(tmp_path / "half", old)).roots
    assert (root.kind, root.unread, root.here, len(root.paths)) == ("written", True, 3, 2)


def test_flag_of_other_actions(tmp_path: Path) -> None:
    """The same flag on a compiler's command line is the same cause; another flag there is another one."""
    facts = [{"toolchain": {"c_flags": flags}} for flags in ([], ["-O1"])]
    left, right = (
        [build(facts=facts[n], toolchain=f"{n}"), Made("//:c", {}, {"c.o": f"{n}"}, "CppCompile", args=["gcc", *flags])]
        for n, flags in enumerate(([], ["-O1"]))
    )
    assert told(analyse(tmp_path, left, right)) == [("flag", "-O1 added to C flags", None, "-O1")]
    right[1].args.append("-g")
    assert [cause[0] for cause in told(analyse(tmp_path, left, right))] == ["flag", "argument"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([], ["--deep"], ("setting", "deep", "false", "true")),
        (["--env=A=1"], ["--env=A=1", "--env=B=2"], ("setting", "build_env", None, "B=2")),
        (["--epoch=1"], ["--epoch=2"], ("setting", "epoch", "1", "2")),
        (["--version=1.0"], ["--version=1.1"], ("package", "foo", "1.0", "1.1")),
        (["--python=/usr/bin/python3.13"], ["--python=/usr/bin/python3.14"],
         ("python", "interpreter", "/usr/bin/python3.13", "/usr/bin/python3.14")),
        (["--build-wheel=e/setuptools-80.1-py3-none-any.whl"], ["--build-wheel=f/setuptools-80.2-py3-none-any.whl"],
         ("requirement", "setuptools", "80.1", "80.2")),
        ([], ["--build-wheel=f/wheel-1-py3-none-any.whl"], ("requirement", "wheel", None, "1")),
    ],
)  # fmt: skip
def test_command_lines(tmp_path: Path, left: list[str], right: list[str], expected: tuple[str | None, ...]) -> None:
    """What an action was asked for is named by its setting, in the command line and in a parameter file that is at hand."""
    assert told(analyse(tmp_path, [build(*left)], [build(*right)])) == [expected]
    texts = ["\n".join(["foo.tar.gz", "--name=foo", *options]) + "\n" for options in (left, right)]
    spawns = [[build(params=text)] for text in texts]
    assert told(analyse(tmp_path, *spawns, keep(tmp_path / "disk", *texts))) == [expected]
    (root,) = analyse(tmp_path, *spawns).roots
    assert (root.kind, root.unread) == ("written", True)


def test_requirement_and_its_file(tmp_path: Path) -> None:
    """The wheel of a changed build requirement is no cause of its own; a wheel of the same name with other bytes is a file."""
    old, new = ("external/s/setuptools-80.1-py3-none-any.whl", "external/t/setuptools-80.2-py3-none-any.whl")
    left, right = build(f"--build-wheel={old}"), build(f"--build-wheel={new}")
    left.inputs[old], right.inputs[new] = "1", "2"
    assert told(analyse(tmp_path, [left], [right])) == [("requirement", "setuptools", "80.1", "80.2")]
    same = build(f"--build-wheel={old}")
    same.inputs[old] = "3"
    assert [cause[:2] for cause in told(analyse(tmp_path, [left], [same]))] == [("source", old)]


def test_other_version_of_a_package(tmp_path: Path) -> None:
    """Versions of Python and the package are in names of outputs; the actions are compared all the same, and what follows."""
    left, right = build("--version=1.0", "--python=/a/python3.13"), build("--version=1.1", "--python=/a/python3.14")
    right.label = right.label.replace("1_0", "1_1")
    left.outputs, right.outputs = {SPOKE + "foo-1.0-cp313.whl": "1"}, {SPOKE.replace("1_0", "1_1") + "foo-1.1-cp314.whl": "2"}
    users = [Made("//:use", dict(side.outputs), {"used": text}) for side, text in ((left, "1"), (right, "2"))]
    found = analyse(tmp_path, [left, users[0]], [right, users[1]])
    assert (found.pairing.only_left, found.pairing.only_right) == ([], [])
    assert sorted(cause[:2] for cause in told(found)) == [("package", "foo"), ("python", "interpreter")]
    assert {root.spawns for root in found.roots} == {2}


def test_equal_causes_are_one(tmp_path: Path) -> None:
    """A file of Bazel's with the same change in two places is one; other changes, and sources that change alike, stay two."""
    left, right = ([Made(f"//:{n}", {f"{BIN}{n}.x": text}, {n: text + n}) for n in "pq"] for text in "ab")
    assert len(analyse(tmp_path, left, right).roots) == 1
    right[1].inputs[f"{BIN}q.x"] = "c"
    assert len(analyse(tmp_path, left, right).roots) == 2
    left, right = ([Made(f"//:{n}", {f"{n}.x": text}, {n: text}) for n in "pq"] for text in "ab")
    assert len(analyse(tmp_path, left, right).roots) == 2


def test_files_of_a_repository(tmp_path: Path) -> None:
    """The files of an external repository that change together are one root cause; those of another one are another."""
    left, right = ([Made("//:x", {f"external/r/{n}": text for n in "123"}, {"o": text})] for text in "ab")
    (root,) = analyse(tmp_path, left, right).roots
    assert (root.subject, [detail[0] for detail in root.details]) == ("@@r: 3 files", [f"external/r/{n}" for n in "123"])
    left[0].inputs["external/s/1"], right[0].inputs["external/s/1"] = "a", "b"
    assert len(analyse(tmp_path, left, right).roots) == 2


def test_lines_of_a_file(tmp_path: Path) -> None:
    """Of any file that Bazel writes, the lines that differ are told where it is at hand."""
    left, right = ([Made("//:x", {BIN + "x.params": text}, {"o": text})] for text in ("one\ntwo\n", "one\nTWO\n"))
    (root,) = analyse(tmp_path, left, right, keep(tmp_path / "disk", "one\ntwo\n", "one\nTWO\n")).roots
    assert (root.details, root.unread) == ([("line 2", "two", "TWO")], False)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("@@rules_reprowheel++pip+pypi_311_foo_1_0//:whl_file", "@pypi//foo:whl"),
        ("@@rules_reprowheel++pip+pypi_311_foo//:pkg", "@pypi//foo"),
        ("@@rules_reprowheel~~pip~pypi_313_linux_x86_64_foo_bar_1_0_2//:pkg.site", "@pypi//foo_bar:pkg.site"),
        ("@@rules_reprowheel++pip+my_hub_foo_1_0//:whl", "@my_hub//foo:whl"),
        ("@@pypi_foo_2_0rc1//:whl", "@pypi//foo:whl"),
        ("@@rules_reprowheel++pip+pypi_build_setuptools_80_1//:whl_file", "@@…pypi_build_setuptools_80_1//:whl_file"),
        ("@@rules_python++python+python_3_11_x86_64//:files", "@@…python_3_11_x86_64//:files"),
        ("@@rules_reprowheel+//python:helper_bytecode", "@@rules_reprowheel//python:helper_bytecode"),
        ("//app:test", "//app:test"),
    ],
)
def test_names(tmp_path: Path, label: str, expected: str) -> None:
    """Repositories of distributions are named as users name them; others by the last part of their canonical name."""
    spawn = build("--hub=my_hub")
    log = read_log(write_log(tmp_path / "a", [spawn]), Store())
    assert Names(log).readable(label) == expected


def test_two_variants_keep_their_names(tmp_path: Path) -> None:
    """Where one log has a package for two Pythons, the names tell them apart."""
    labels = [f"@@rules_reprowheel++pip+pypi_{python}_foo_1_0//:whl" for python in ("313", "314")]
    log = read_log(write_log(tmp_path / "a", [Made(label, {}, {label: "x"}) for label in labels]), Store())
    assert [Names(log).readable(label) for label in labels] == ["@@…pypi_313_foo_1_0//:whl", "@@…pypi_314_foo_1_0//:whl"]


def test_settings_are_those_of_the_rules() -> None:
    """Each option of a build is named by the attribute that settings.bzl has for it."""
    text = (ROOT / "python/private/wheel/settings.bzl").read_text(encoding="utf-8")
    flags = re.search(r"^BUILD_FLAGS = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    assert flags
    assert {option: name for name, option in ast.literal_eval(flags[1]).items()} == SETTINGS["ReprowheelBuild"]


def test_folders_of_contents(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files come from --contents and from the workspace's own outputs; a folder that is not there is refused in one line."""
    old, new = (json.dumps({"c_flags": flags}) for flags in ([], ["-O1"]))
    logs = [write_log(tmp_path / side, [build(toolchain=text)]) for side, text in (("a", old), ("b", new))]
    assert main(logs) == 1
    assert "pass --contents DIR for each build" in capsys.readouterr().out
    place = tmp_path / "w" / (SPOKE + "whl.toolchain.json")
    place.parent.mkdir(parents=True)
    place.write_text(new, encoding="utf-8")
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path / "w"))
    assert main([*logs, "--contents", str(keep(tmp_path / "disk", old))]) == 1
    assert "  COMPILER FLAG  -O1 added to C flags\n" in capsys.readouterr().out
    assert main([*logs, "--contents", str(tmp_path / "none")]) == 2
    error = capsys.readouterr().err
    what = "no such folder; expected a disk cache, an output base or a workspace for --contents"
    assert error == f"ERROR {tmp_path}/none: {what}\n"
