"""What people and programs read: the text, the page, the JSON, the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from execlog.cli import main
from support.execution_logs import BIN, Made, write_log
from support.visible import Outline

REMOTE = "remote cache hit"
HOSTILE = {"PATH": "/bin", "E": "\x1b[2J<b>"}
LEFT = [
    Made("@@+pip+pypi_foo_1_0//:whl", {"external/foo/foo.tar.gz": "s"}, {BIN + "external/foo/foo.whl": "1"}, "ReprowheelBuild"),
    Made("//app:copy", {BIN + "external/foo/foo.whl": "1", "app/c.sh": "c"}, {BIN + "app/copy": "1"}, tools=("app/c.sh",)),
    Made("//app:test", {BIN + "app/copy": "1"}, {BIN + "app/test.log": "ok"}, "TestRunner", runner=REMOTE, cache_hit=True),
    Made("//app:same", {"app/x": "x"}, {BIN + "app/same": "x"}),
    Made("//app:gone", {}, {BIN + "app/gone": "x"}),
]
RIGHT = [
    Made("@@+pip+pypi_foo_1_0//:whl", {"external/foo/foo.tar.gz": "s"}, {BIN + "external/foo/foo.whl": "22"}, "ReprowheelBuild"),
    Made("//app:copy", {BIN + "external/foo/foo.whl": "22", "app/c.sh": "d"}, {BIN + "app/copy": "22"}, tools=("app/c.sh",)),
    Made("//app:test", {BIN + "app/copy": "22"}, {BIN + "app/test.log": "ok"}, "TestRunner", env=HOSTILE),
    Made("//app:same", {"app/x": "x"}, {BIN + "app/same": "x"}, cache_hit=True, runner="disk cache hit"),
]
# printf 1 | sha256sum; printf 22 | sha256sum
TEXT = """\
DIFFERENT 2 of 4 spawns with other inputs, 1 with equal inputs and other results, 1 only in A, 0 only in B; 3 root causes
  A: {a} (compact, 5 spawns, 1 from caches)
  B: {b} (compact, 4 spawns, 1 from caches)

From caches      A remote    A disk     A ran  B remote    B disk     B ran
all                     1         0         4         0         1         3
Genrule                 0         0         3         0         1         1
ReprowheelBuild         0         0         1         0         0         1
TestRunner              1         0         0         0         0         1

@pypi//foo
  NOT DETERMINISTIC  bazel-out/k8-fastbuild/bin/external/foo/foo.whl
    in ReprowheelBuild @pypi//foo:whl  bazel-out/k8-fastbuild/bin/external/foo/foo.whl
    A: 6b86b273ff34 (1 byte)
    B: 785f3ec7eb32 (2 bytes)
    explains 2 spawns with other inputs (0 of them alone), 2 not from a cache in B
    the inputs are the same, the outputs are not; `reprowheel compare A B` says what differs in two files

//app
  SOURCE FILE (a tool)  app/c.sh
    A: 2e7d2c03a950 (1 byte)
    B: 18ac3e7343f0 (1 byte)
    explains 2 spawns with other inputs (0 of them alone), 2 not from a cache in B
    in Genrule //app:copy

(in no single package)
  ENVIRONMENT  E
    A: (not there)
    B: \\x1b[2J<b>
    explains 1 spawn with other inputs (0 of them alone), 1 not from a cache in B
    in TestRunner //app:test
    pass it with a fixed value (--action_env=NAME=VALUE) or not at all (--incompatible_strict_action_env)

Only in A: 1 spawn
  Genrule //app:gone  bazel-out/k8-fastbuild/bin/app/gone
"""
WHY = """\
TestRunner //app:test  bazel-out/k8-fastbuild/bin/app/test.log
  <= ENVIRONMENT E
       A: (not there)
       B: \\x1b[2J<b>
  <- bazel-out/k8-fastbuild/bin/app/copy
     of Genrule //app:copy  bazel-out/k8-fastbuild/bin/app/copy
  <- bazel-out/k8-fastbuild/bin/external/foo/foo.whl
     of ReprowheelBuild @pypi//foo:whl  bazel-out/k8-fastbuild/bin/external/foo/foo.whl
  <= NOT DETERMINISTIC bazel-out/k8-fastbuild/bin/external/foo/foo.whl
       A: 6b86b273ff34 (1 byte)
       B: 785f3ec7eb32 (2 bytes)
  <- bazel-out/k8-fastbuild/bin/app/copy
     of Genrule //app:copy  bazel-out/k8-fastbuild/bin/app/copy
  <= SOURCE FILE app/c.sh
       A: 2e7d2c03a950 (1 byte)
       B: 18ac3e7343f0 (1 byte)
"""


@pytest.fixture
def logs(tmp_path: Path) -> tuple[str, str]:
    """Two logs in a folder."""
    return write_log(tmp_path / "a.log", LEFT, "compact"), write_log(tmp_path / "b.log", RIGHT, "compact")


def test_text(logs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Root causes by package, those that explain most first; nothing in it moves a terminal's cursor."""
    assert main(logs) == 1
    assert capsys.readouterr().out == TEXT.format(a=logs[0], b=logs[1])


def test_why(logs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The way back from one target, by its label or a part of an output's path."""
    for wanted in ("//app:test", "app/test.log"):
        assert main([*logs, "--why", wanted]) == 1
        assert sorted(capsys.readouterr().out.split("\n")) == sorted(WHY.split("\n"))
    main([*logs, "--why", "//app:same"])
    assert capsys.readouterr().out.split("\n")[1] == "  has equal inputs and outputs"
    main([*logs, "--why", "//no:such"])
    assert capsys.readouterr().out == "no spawn of both logs has the label, or an output, //no:such\n"


def test_json(logs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Everything, for programs: root causes refer to spawns by their numbers."""
    assert main([*logs, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["spawns"] == {"both": 4, "inputs_differ": 2, "outputs_differ": 2}
    assert [(r["kind"], r["subject"], r["spawns"]) for r in found["root_causes"]] == [
        ("nondeterministic", BIN + "external/foo/foo.whl", 2),
        ("source", "app/c.sh", 2),
        ("environment", "E", 1),
    ]
    names = {r["id"]: r["subject"] for r in found["root_causes"]}
    assert {d["label"]: {names[n] for n in d["root_causes"]} for d in found["different"]}["//app:test"] == set(names.values())
    assert [d["inputs"][0]["path"] for d in found["different"] if d["label"] == "//app:test"] == [BIN + "app/copy"]
    assert found["only_in_a"] == [{"label": "//app:gone", "mnemonic": "Genrule", "outputs": [BIN + "app/gone"], "origin": "ran"}]
    assert found["logs"]["b"]["caches"]["Genrule"] == {"ran": 1, "disk": 1}
    assert found["logs"]["a"]["caches"]["TestRunner"] == {"remote": 1}


class Page(Outline):
    """What a page has: its text, what it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        allowed = {"lang", "charset", "name", "content", "class", "href", "id", "tabindex", "data-head"}
        assert {name for name, _ in self.attributes} <= allowed
        self.links = [value or "" for name, value in self.attributes if name == "href"]
        self.names = {value or "" for name, value in self.attributes if name == "id"}


def test_page(logs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One page without scripts or other files, in which nothing from a log is markup; links lead to causes on it."""
    assert main([*logs, "--html", str(tmp_path / "page.html")]) == 1
    assert capsys.readouterr().out.startswith("DIFFERENT ")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "b2"} & set(page.tags)
    assert "url(" not in text
    assert "@import" not in text
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= page.names
    for part in ("app/c.sh", "foo.whl", "\\x1b[2J<b>", "@pypi//foo", "Explains 2 spawns", "1 spawn only in A"):
        assert part in page.text
    assert sorted(os.listdir(tmp_path)) == ["a.log", "b.log", "page.html"]


def test_many_causes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of many root causes the text shows fifty and the page five hundred, and both say how many are left."""
    left, right = ([Made(f"//p{n % 3}:{n}", {f"p{n % 3}/{n}": side}, {f"o{n}": "x"}) for n in range(510)] for side in "ab")
    logs = [write_log(tmp_path / side, spawns) for side, spawns in (("a", left), ("b", right))]
    assert main([*logs, "--html", str(tmp_path / "page.html")]) == 1
    text = capsys.readouterr().out
    assert text.count("  SOURCE FILE  ") == 50
    assert "\n… and 460 more root causes; --json has all of them\n" in text
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len(page.names - {""}) == 500
    assert "… and 10 more root causes; --json has all of them." in page.text
    assert {link.removeprefix("#") for link in page.links} <= page.names


def test_equal(logs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Equal builds end with 0, and have a page, too."""
    assert main([logs[0], logs[0], "--html", str(tmp_path / "page.html")]) == 0
    assert capsys.readouterr().out.startswith("EQUAL 5 spawns: the same inputs, the same outputs\n")
    assert Page((tmp_path / "page.html").read_text(encoding="utf-8")).text.count("The two builds are equal: 5 spawns") == 1


def test_errors(logs: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, with the file; nothing on standard output, no page."""
    bad = tmp_path / "bad\x1b.log"
    bad.write_bytes(b"{]" + b" " * 20)
    page = tmp_path / "page.html"
    assert main([logs[0], str(bad), "--html", str(page)]) == 2
    captured = capsys.readouterr()
    shown = str(bad).replace("\x1b", "\\x1b")
    assert (captured.out, page.exists()) == ("", False)
    assert captured.err == f"ERROR {shown}: byte 1: not JSON: Expecting property name enclosed in double quotes\n"
    assert main([*logs, "--html", str(tmp_path / "none" / "page.html")]) == 2
    assert capsys.readouterr().err == f"ERROR {tmp_path}/none/page.html: cannot be written: No such file or directory\n"
    for arguments in ([logs[0]], [*logs, "--json", "--why", "x"]):
        with pytest.raises(SystemExit) as wrong:
            main(arguments)
        assert wrong.value.code == 2


def test_reader_that_ends_first(logs: tuple[str, str]) -> None:
    """Where the reader of standard output has gone, the program ends as other verbs do, without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    program = Path(__file__).resolve().parents[2] / "tools" / "execlog"
    done = subprocess.run([sys.executable, program, *logs], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.usefixtures("logs")
def test_paths_of_bazel_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under `bazel run`, paths are those of the shell that it was called from."""
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    monkeypatch.chdir("/")
    assert main(["a.log", "b.log", "--html", "page.html"]) == 1
    assert (tmp_path / "page.html").exists()
