"""What a difference says is read from command lines, and from files that are at hand; a file of another build is not taken."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from execlog.analysis import Analysis
from execlog.cli import main
from execlog.explain.contents import Contents
from execlog.model import Store
from execlog.read import read_log
from support.execution_logs import BIN, Made, write_log
from support.wheel_logs import GCC, SPOKE, A, B, answer, build


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
        (["--crates=e/itoa-1.0.18.crate"], ["--crates=f/itoa-1.0.19.crate"], ("crate", "itoa", "1.0.18", "1.0.19")),
        ([], ["--crates=f/a-2-b-1.0.0+x.crate"], ("crate", "a-2-b", None, "1.0.0+x")),
        (["--crates=e/itoa-1.0.19.crate"], ["--crates=f/itoa-1.0.19.crate"],
         ("crate", "itoa", "e/itoa-1.0.19.crate", "f/itoa-1.0.19.crate")),
        ([f"--crates=e/it-{A}.tar.gz"], [f"--crates=e/it-{B}.tar.gz"], ("crate", "it", A, B)),
        (["--cargo-lock=Cargo.lock=x/foo.cargo_lock_0"], [], ("setting", "cargo_locks", "Cargo.lock=x/foo.cargo_lock_0", None)),
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


def test_rust_toolchain(tmp_path: Path) -> None:
    """Another rustc is one cause: by its version, by the standard library that goes with it, or by the files that are inputs."""
    std = ["-c", 'cd "$("$1" --print sysroot)/lib/rustlib" && sha256sum */lib/*.rlib', "sh", "/usr/bin/rustc"]
    sides = []
    for n, digest in ((94, A), (95, B)):
        answers = {
            "/usr/bin/rustc": answer(f"rustc 1.{n}.0 (hash)", "-vV"),
            "/bin/sh": answer(f"{digest}  x/lib/libstd.rlib", *std),
        }
        sides.append([build(facts={"fingerprint": answers}, fingerprint=str(n))])
    found = analyse(tmp_path, *sides)
    assert sorted(told(found)) == [("rust", "/usr/bin/rustc", "1.94.0", "1.95.0"), ("rust", "x/lib/libstd.rlib", A[:12], B[:12])]
    root = "external/rust/toolchain"
    both = []
    for n in ("old", "new"):
        made = build("--rust-toolchain=x.rust.json", facts={"rust": {"rustc": f"{root}/bin/rustc"}})
        made.inputs.update({f"{root}/bin/rustc": f"{n} rustc", f"{root}/lib/libstd.rlib": f"{n} std"})
        both.append(made)
    found = analyse(tmp_path, *([made] for made in both))
    assert [cause[:2] for cause in told(found)] == [("rust", f"{root}/bin/rustc")]


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
    users = [
        Made("//:use", dict(side.outputs), {"used": text}, args=["cat", *side.outputs])
        for side, text in ((left, "1"), (right, "2"))
    ]
    other = build(name="other")
    for spawn in (left, right, other):  # a hub of several Pythons
        spawn.label = spawn.label.replace("pypi_", "pypi_313_")
    found = analyse(tmp_path, [left, users[0], other], [right, users[1], other])
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
    left, right = ([Made("//:x", {f"external/p_{v}/{n}": v for n in "ab"}, {"o": v})] for v in ("1_0", "1_1"))
    (root,) = analyse(tmp_path, left, right).roots
    assert root.subject == "@@p_1_0 → @@p_1_1: 4 files"


def test_declared_on_the_host(tmp_path: Path) -> None:
    """A header that is declared now is the setting alone, though its digest is new; a changed one beside it is its own cause."""
    both = [answer(f"{digest}  /i/old.h", "-path", "/i/old.h") for digest in (A, A, B)]
    new = answer(f"{A}  /i/new.h", "-path", "/i/new.h")
    sides = [{"/bin/sh": both[0]}, {"/bin/sh": both[1] + new}, {"/bin/sh": both[2] + new}]
    spawns = [
        build(*options, facts={"fingerprint": side}, fingerprint=str(side))
        for side, options in zip(sides, ([], ["--host-header=new.h"], ["--host-header=new.h"]), strict=True)
    ]
    setting = ("setting", "host_headers", None, "new.h")
    assert told(analyse(tmp_path, [spawns[0]], [spawns[1]])) == [setting]
    assert told(analyse(tmp_path, [spawns[0]], [spawns[2]])) == [setting, ("header", "/i/old.h", A[:12], B[:12])]


def test_native_dependency(tmp_path: Path) -> None:
    """A C library that one build has is one cause, with its headers; a changed header of it is a source file."""
    native = {"headers": {"n.h": "lib/n.h"}, "libraries": ["lib/n.a"], "defines": [], "link_flags": []}
    left, right = build(), build("--native=n.json", facts={"native": native}, native="1")
    right.inputs["lib/n.h"] = "h"
    (root,) = analyse(tmp_path, [left], [right]).roots
    assert (root.kind, root.subject) == ("native", "defines, headers, libraries, link_flags")
    other = build("--native=n.json", facts={"native": native}, native="1")
    other.inputs["lib/n.h"] = "H"
    assert [cause[:2] for cause in told(analyse(tmp_path, [right], [other]))] == [("source", "lib/n.h")]


def test_second_build_of_a_wheel(tmp_path: Path) -> None:
    """What builds a wheel once more, to verify it, differs because of the same; it is no other cause."""
    sides = []
    for text, version in (("1", "80.1"), ("2", "80.2")):
        path = f"{SPOKE}whl.toolchain.json"
        facts = {"toolchain": {"c_flags": [f"-O{text}"]}}
        spawn = build(
            f"--cc-toolchain={path}", f"--build-wheel=s/setuptools-{version}-py3-none-any.whl", facts=facts, toolchain=text
        )
        inputs = {path: text, f"{SPOKE}whl.request": text, f"s/setuptools-{version}-py3-none-any.whl": text}
        spawn.inputs = {name: content for name, content in inputs.items() if not name.endswith(".request")}
        args = ["/usr/bin/python3", "l.py", "--", "verify", f"@{SPOKE}whl.request", "--against=x"]
        sides.append([Made(spawn.label, inputs, {"verdict": text}, "ReprowheelVerify", args=args), spawn])
    found = analyse(tmp_path, *sides)
    assert sorted(cause[:2] for cause in told(found)) == [("flag", "-O1 → -O2 in C flags"), ("requirement", "setuptools")]
    assert {root.here for root in found.roots} == {2}


def test_mode_of_compilation(tmp_path: Path) -> None:
    """Another compilation mode is one cause: the folder of the outputs, and the flags that come with it."""
    left, right = (build(facts={"toolchain": {"c_flags": flags}}, toolchain=str(flags)) for flags in ([], ["-O2", "-g0"]))
    for given in (right.inputs, right.outputs):
        for path in list(given):
            given[path.replace("fastbuild", "opt")] = given.pop(path)
    (root,) = analyse(tmp_path, [left], [right]).roots
    assert (root.kind, root.left, root.right) == ("configuration", "k8-fastbuild", "k8-opt")
    assert [what for what, *_ in root.details] == ["-O2 added to C flags", "-g0 added to C flags"]


def test_interpreter(tmp_path: Path) -> None:
    """Another Python is one cause in all actions, whatever it is named by; its own files go with it."""
    sides = []
    for version in ("3.13", "3.14"):
        home = f"external/python_{version.replace('.', '_')}/"
        spawn = build(f"--python={home}bin/python3", facts={"fingerprint": {}})
        compiled = Made("@@rules_reprowheel+//python:helper_bytecode", {home + "lib/os.py": version}, {BIN + "b": version})
        compiled.mnemonic, compiled.args, compiled.env = (
            "ReprowheelBytecode",
            [f"{home}bin/python3", "b.py"],
            {"REPROWHEEL_PYTHON": version},
        )
        spawn.args[0] = f"{home}bin/python3"
        spawn.inputs = {home + "lib/os.py": version, home + "lib/re.py": version}
        sides.append([spawn, compiled])
    (root,) = analyse(tmp_path, *sides).roots
    at_one_place = [[replace(s, args=sides[0][n].args, inputs={}) for n, s in enumerate(side)] for side in sides]
    for side, version in zip(at_one_place, ("3.13.1", "3.14.2"), strict=True):
        told_of = {"fingerprint": {"/bin/python3": answer(f'{{"implementation_version": "{version}"}}', "-c")}}
        side[0] = replace(build(facts=told_of, fingerprint=version), outputs={SPOKE + f"cp{version[:4]}.whl": version})
    assert told(analyse(tmp_path, *at_one_place)) == [("python", "/bin/python3", "3.13.1", "3.14.2")]
    homes = ("external/python_3_13/bin/python3", "external/python_3_14/bin/python3")
    assert (root.kind, root.subject, root.left, root.right, root.here) == ("python", "interpreter", *homes, 2)


def test_lines_of_a_file(tmp_path: Path) -> None:
    """Of any file that Bazel writes, the lines that differ are told where it is at hand."""
    left, right = ([Made("//:x", {BIN + "x.params": text}, {"o": text})] for text in ("one\ntwo\n", "one\nTWO\n"))
    (root,) = analyse(tmp_path, left, right, keep(tmp_path / "disk", "one\ntwo\n", "one\nTWO\n")).roots
    assert (root.details, root.unread) == ([("line 2", "two", "TWO")], False)


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
